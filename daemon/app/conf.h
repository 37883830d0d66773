/*
 * The settings, whole and checked: what /etc/hailong/hailong.conf and the files it names say. A struct
 * conf exists only if not one fault was found; it is never changed afterwards, a reload builds a new one
 * beside it. All times are ms. Strings are owned by the struct and never NULL.
 */
#ifndef APP_CONF_H
#define APP_CONF_H

#include <stdio.h>

#include "app/registry.h"
#include "app/tokens.h"
#include "base/err.h"
#include "core/calendar.h"
#include "core/phone.h"
#include "core/template.h"
#include "io/keyring.h"
#include "port/setting.h"
#include "text/lexicon.h"

#define CONF_CHANNELS_MAX   16
#define CONF_PARTITIONS_MAX 32

enum conf_mode  { CONF_LIVE, CONF_TRIAL };
enum conf_marks { CONF_MARKS_STRIP, CONF_MARKS_KEEP };
enum conf_class { CONF_P0, CONF_P1, CONF_P2, CONF_P3, CONF_CLASS_MAX };

/* One server; exactly one of socket and host is not "". */
struct conf_redis {
	char   *url, *prefix;
	char   *password;                /* "" = none */
	char   *user;                    /* from the url, "" = none */
	char   *host;                    /* address or name, without brackets */
	int     port;
	char   *socket;                  /* absolute path */
	int     db;
	int64_t partitions;              /* power of two, 1..CONF_PARTITIONS_MAX */
	bool    require_durable;
};

struct conf_survey {
	int64_t delay_ms, remind_after_ms, open_for_ms, late_for_ms, too_old_ms;
	int64_t every_ms;                /* at most one survey per citizen in this time */
	char   *window;
	struct setting_list days;
	struct day_plan plan;            /* window and days, ready for the calendar */
	int64_t unsolicited_per_day, answers_per_conversation;
	int64_t low_score;               /* a score up to this opens a follow-up */
	int64_t ask_reason_at;           /* a score up to this is asked why; 0 = never */
	int     marks;                   /* enum conf_marks */
	int64_t sample_pct;
	int64_t sure_pct;                /* a score read with less confidence is asked about once */
	struct setting_list exclude_procedures, exclude_units;
};

struct conf_followup {
	struct setting_work ack[CONF_CLASS_MAX];         /* P0: round the clock; the others in working time; P3: {0,0} = none */
	struct setting_work answer[CONF_CLASS_MAX];      /* P0: {0,0} = none */
	int64_t repeat_alert_ms;
	char   *work_hours;
	struct setting_list work_days;
	struct day_plan work;            /* work_hours and work_days, ready for the calendar */
	char   *webhook;                 /* http(s) URL, "" = none */
	char   *webhook_secret;          /* not "" when webhook is not "" */
};

struct conf_retention { int64_t phone_ms, text_ms, access_log_ms, scores_ms; };

struct conf_channel {
	char       *name, *driver;
	const struct setting *keys;      /* the driver's table, static */
	void       *conf;                /* the struct these keys fill */
	size_t      conf_size;
	int         line;                /* in the settings file */
};

/* Indexes into conf.channels, best first. alerts is never empty: without a list it is order. */
struct conf_route {
	struct setting_list order, alerts;
	size_t order_at[CONF_CHANNELS_MAX], n_order;
	size_t alerts_at[CONF_CHANNELS_MAX], n_alerts;
};

struct conf {
	char *file;                      /* absolute path of the settings file */
	char *instance, *timezone;
	int   mode;                      /* enum conf_mode */
	struct setting_list trial_numbers;
	struct phone *trial_phones;      /* parsed, as many as trial_numbers.n */
	char *public, *private;          /* as httpd_open takes them; public "" = no public listener */
	char *state_dir, *units, *staff, *holidays, *texts_file, *lexicon_dir, *tokens_file, *keys_file;   /* absolute */
	struct setting_list trusted_proxies;                                                /* canonical addresses */

	struct conf_redis     redis;
	struct conf_survey    survey;
	struct conf_followup  followup;
	struct conf_retention retention;
	struct conf_channel   channels[CONF_CHANNELS_MAX];
	size_t                n_channels;
	struct conf_route     route;

	struct calendar     *calendar;   /* zone and holidays */
	struct template_set  texts;
	struct registry     *registry;
	struct tokens       *tokens;
	struct lexicon      *lexicon;    /* of replies */
	struct keyring      *keys;
};

/* Everything that was wrong, in the order it was found. */
struct conf_fault  { char *file; int line; char *text; };        /* line 0 = the file as a whole */
struct conf_faults { struct conf_fault *at; size_t n; bool cut; };   /* starts as {0}; cut: there were more than fit */

/* ERR_SYNTAX (also when a file is missing): *faults has at least one row and *out is untouched. */
MUST_CHECK enum err conf_load(const char *path, struct conf **out, struct conf_faults *faults);
void conf_free(struct conf *c);                  /* secrets are wiped */

void conf_fault_add(struct conf_faults *f, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void conf_faults_print(const struct conf_faults *f, FILE *to);   /* FILE:LINE: what is wrong */
void conf_faults_done(struct conf_faults *f);

const struct conf_channel *conf_channel(const struct conf *c, struct sv name);    /* NULL = none of that name */
bool conf_is_trial_phone(const struct conf *c, const struct phone *p);

/* May `now` replace `old` in a running process? ERR_STATE names the first key that may not change. */
MUST_CHECK enum err conf_reload_diff(const struct conf *old, const struct conf *now, struct diag *why);

/* The complete commented file; it passes conf_load apart from missing secrets and registries. */
void conf_sample(FILE *to);
/* The values in use, secrets as "***": settings syntax, or one JSON object. */
void conf_print(const struct conf *c, bool json, FILE *to);

/* Where a top-level file key ("tokens_file", "keys_file") points, for tools that make that very file: reads
 * the settings syntax only and judges nothing else. The caller frees *out. */
MUST_CHECK enum err conf_path(const char *path, const char *key, char **out, struct conf_faults *faults);

#endif
