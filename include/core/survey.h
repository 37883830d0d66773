/*
 * The survey: one closed case, one question to one citizen, and what came of it. survey_plan and
 * survey_step are the whole business: they take the records as read, an event and the time, change the
 * records and say what else is to be written. Pure; the engine stores records and acts in one
 * transaction and only then performs the send. A step repeated after a crash finds its own traces.
 *
 *   planned --wake--> sending --accepted--> asked --reply--> answered --time--> closed
 *      |                 |  \--unknown--> unknown  |  \--> clarify
 *      \--> not_asked(reason)                      \--> reminded --time--> expired
 *
 * Nothing leaves an ended survey by itself; only a citizen's own message is still heard, and answered once.
 */
#ifndef CORE_SURVEY_H
#define CORE_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sbuf.h"
#include "base/sv.h"
#include "core/calendar.h"
#include "core/case.h"
#include "core/reply.h"
#include "core/template.h"
#include "port/channel.h"

#define SURVEY_ID          8             /* characters: partition, 30 random bits, check */
#define SURVEY_MESSAGES    16
#define SURVEY_STORY       48
#define SURVEY_DETAIL      80
#define SURVEY_ROUTE_MAX   16            /* channels in route.order */
#define SURVEY_TOKEN       4             /* characters of the token a citizen may write in front of an answer */
#define CITIZEN_NAME       32
#define CITIZEN_OPEN       8
#define CITIZEN_SENDS      100           /* highest unsolicited_per_day */
#define MESSAGE_REF_MAX    (SURVEY_ID + 4)

#define SURVEY_STATE_LIST(X) \
	X(NEW, "new") X(NOT_ASKED, "not_asked") X(PLANNED, "planned") X(SENDING, "sending") X(UNKNOWN, "unknown") \
	X(ASKED, "asked") X(REMINDED, "reminded") X(CLARIFY, "clarify") X(ANSWERED, "answered") X(CLOSED, "closed") X(EXPIRED, "expired")

/* The closed list of reasons; NONE = asked, or may be. */
#define NOT_ASKED_LIST(X) \
	X(NONE, "") X(NO_PHONE, "no_phone") X(BAD_PHONE, "bad_phone") X(LANDLINE, "landline") X(FOREIGN, "foreign") \
	X(STAFF_NUMBER, "staff_number") X(OPTED_OUT, "opted_out") X(WRONG_PERSON, "wrong_person") X(CAPPED, "capped") \
	X(EXCLUDED, "excluded") X(NO_CONTACT, "no_contact") X(TOO_OLD, "too_old") X(SAMPLED_OUT, "sampled_out") \
	X(REOPENED, "reopened") X(TRIAL, "trial") X(NO_CHANNEL, "no_channel") X(EXPIRED_WINDOW, "expired_window")

#define MESSAGE_STATE_LIST(X) \
	X(QUEUED, "queued") X(INTENT, "intent") X(SENT, "sent") X(DELIVERED, "delivered") X(UNDELIVERED, "undelivered") \
	X(REFUSED, "refused") X(UNKNOWN, "unknown") X(DROPPED, "dropped")

/* How an answer was tied to its survey, and how sure that is in percent. */
#define MATCH_LIST(X) \
	X(NONE, "", 0) X(REF, "reference", 100) X(TOKEN, "token", 100) X(SENDER, "sender", 95) X(ONLY, "only_open", 100) \
	X(EXPECTED, "expected", 90) X(NEWEST, "newest_open", 60) X(LAST, "last_asked", 80)

enum survey_state {
#define X(code, text) SURVEY_##code,
	SURVEY_STATE_LIST(X)
#undef X
	SURVEY_STATE_MAX
};

enum not_asked {
#define X(code, text) NOT_ASKED_##code,
	NOT_ASKED_LIST(X)
#undef X
	NOT_ASKED_MAX
};

enum message_state {
#define X(code, text) MESSAGE_##code,
	MESSAGE_STATE_LIST(X)
#undef X
	MESSAGE_STATE_MAX
};

enum match {
#define X(code, text, pct) MATCH_##code,
	MATCH_LIST(X)
#undef X
	MATCH_MAX
};

/* One text to the citizen. Its words are rendered from the template when it is sent. */
struct message {
	int     text;                        /* enum template_id */
	int     state;                       /* enum message_state */
	int     channel;                     /* place in route.order it was or will be given to */
	int     attempts;
	int64_t queued_ms, next_ms;          /* asked for; not to be tried before */
	int64_t intent_ms, sent_ms, final_ms;
	int64_t charged_ms;                  /* its place in a budget; 0 = none taken */
	char    fence[25];                   /* which attempt may settle it */
	char    provider_id[64];
};

/* One decision: when, what, on what ground. Codes are the rows of core/story.h. */
struct story_line {
	int64_t at_ms;
	int     code;                        /* enum story_code */
	char    detail[SURVEY_DETAIL];
};

struct survey {
	int64_t version;                     /* of the stored record; 0 = not stored yet */
	char    id[SURVEY_ID + 1];
	char    citizen[CITIZEN_NAME + 1];
	struct closed_case facts;            /* without phone and chat id */
	int     state, reason;               /* enum survey_state, enum not_asked */
	int64_t made_ms, send_ms;            /* taken in; earliest time to ask */
	int64_t asked_ms, replied_ms, ends_ms;
	int64_t remind_ms;                   /* when to remind, 0 = not (any more) */
	int64_t due_ms;                      /* when it must be looked at again; 0 = never */
	int     channel;                     /* of the last message, place in route.order */
	int     score;                       /* 0 = none */
	bool    late;                        /* it came after the survey had expired */
	int     doubtful;                    /* score waiting for a yes (T4c) */
	char    reasons[REASON_N + 1];
	int     klass;                       /* enum reply_class, highest so far */
	int     replies;                     /* messages of theirs that were kept */
	bool    clarified, reason_asked, which_asked, late_told, legal_told;     /* each is said once */
	bool    optout_confirmed;
	bool    reopened;                    /* the case went on: nothing new is said unasked */
	bool    agent;                       /* the number files for many: see citizen */
	char    other[12];                   /* how the phone's other open case looks in a text (T4b) */
	char    rule[24];                    /* of the score */
	int     confidence_pct, match;
	char    followup[SURVEY_ID + 1];     /* "" = none was opened */
	int64_t followup_due_ms;
	char    channel_name[33];            /* that the citizen was asked over */
	struct message messages[SURVEY_MESSAGES];
	int     n_messages;
	struct story_line story[SURVEY_STORY];
	int     n_story, story_new;          /* the last story_new lines are of this step */
	int     story_cut;                   /* lines that did not fit */
};

/* What one phone number has agreed to and got. */
struct citizen {
	int64_t version;
	char    name[CITIZEN_NAME + 1];
	char    phone[256];                  /* sealed */
	char    zalo[320];                   /* sealed chat id, "" = none */
	bool    opted_out, wrong_person;
	int64_t opted_ms;
	int64_t asked_ms;                    /* last request that may have reached the phone */
	char    asked_survey[SURVEY_ID + 1];
	int64_t sends[CITIZEN_SENDS];        /* when unsolicited texts of the last days went, newest first */
	int     cases;                       /* taken in since cases_ms, counted up to CITIZEN_AGENT: somebody's agent */
	int64_t cases_ms;
	char    open[CITIZEN_OPEN][SURVEY_ID + 1];   /* surveys an answer may belong to, newest first */
};

#define CITIZEN_AGENT 5                  /* cases of one number in 30 days that make it an agent's */

/* What the survey must know of a channel in route.order. */
struct survey_channel {
	const char *name;
	int64_t     deliver_ms;              /* a request without a receipt by then was not delivered; 0 = never concluded */
	bool        one_way;                 /* nobody can answer its sender: the request carries token and number (T1b) */
};

/* What the settings say; borrowed. */
struct survey_policy {
	const struct calendar *calendar;
	const struct day_plan *window;
	int64_t delay_ms, remind_after_ms, open_for_ms, late_for_ms, too_old_ms, every_ms;
	int64_t lease_ms;                    /* how long a send may take before it counts as unknown */
	int     unsolicited_per_day, answers_per_conversation;
	int     low_score, ask_reason_at, sample_pct;
	int     sure_pct;                    /* a score read with less confidence is asked about once */
	bool    confidential;                /* there is somebody outside the offices for complaints about money (T3f) */
	bool    has_text[TEMPLATE_MAX];      /* optional texts may be missing */
	struct survey_channel channels[SURVEY_ROUTE_MAX];
	int     n_channels;                  /* in route.order */
	const struct day_plan *work;
	/* Per CLASS_P3..CLASS_P0 in the order P0, P1, P2, P3: ms of working time, or days. */
	struct { int64_t ack_ms, answer_ms; int ack_days, answer_days; } followup[4];
};

enum survey_event_kind { SURVEY_WAKE, SURVEY_SETTLED, SURVEY_RECEIPT, SURVEY_REPLY, SURVEY_REOPENED, SURVEY_EVENT_MAX };

struct survey_event {
	enum survey_event_kind kind;
	int64_t  now_ms;
	uint64_t dice;                       /* random, for back-off */
	/* WAKE */
	int      place;                      /* in route.order, of the channel the message may go over now */
	bool     room;                       /* that channel would take it now */
	bool     paused;                     /* an operator holds it, or the whole province */
	enum not_asked veto;                 /* facts outside the records that forbid asking (staff, excluded, trial) */
	const char *fence;                   /* of a send this step may begin; unique; < 25 characters */
	const char *channel_name;            /* WAKE with room: name of the channel; REPLY: it came over */
	/* SETTLED, RECEIPT */
	int      message;                    /* ordinal */
	const struct send_result *result;
	enum dlr_state receipt;
	struct sv receipt_detail;
	/* REPLY */
	const struct reading *reading;
	enum match match;
	size_t   characters;                 /* of the message */
	const char *other;                   /* the phone's other open case as texts show it, when nobody knows which is meant */
	const char *followup_id;             /* to use if one is opened */
};

#define SCORE_KIND_LIST(X) X(NONE, "") X(SCORE, "score") X(REVISION, "revision") X(LATE, "late")
enum score_kind {
#define X(code, text) SCORE_KIND_##code,
	SCORE_KIND_LIST(X)
#undef X
	SCORE_KIND_MAX
};

/* What is to be written beside the two records. */
struct survey_acts {
	int             send;                /* ordinal of the message to hand to its channel after the commit, -1 = none */
	enum score_kind score;
	int             previous;            /* score it replaces, 0 = none */
	const char     *followup;            /* entry in the followups stream: "opened", "reclassified"; NULL = none */
	int64_t         followup_due_ms;     /* its next deadline */
	bool            keep_text;           /* the citizen's words belong to this survey: seal and keep them */
};

/* A new survey: id, citizen and facts are set by the caller, the rest is zero. It ends up planned or not_asked; veto
 * is a reason the caller knows (phone, registry, settings). */
void survey_plan(struct survey *s, const struct citizen *c, const struct survey_policy *p, enum not_asked veto,
                 int64_t now_ms);

/* c is needed for WAKE, REPLY and REOPENED, NULL otherwise. ERR_STATE: the event means nothing (any more); nothing
 * was changed. */
MUST_CHECK enum err survey_step(struct survey *s, struct citizen *c, const struct survey_policy *p,
                                const struct survey_event *ev, struct survey_acts *acts);

/* What the conversation waits for. */
enum reply_expect survey_expects(const struct survey *s);
/* A case of this number was taken in; true when it is an agent's. */
bool citizen_case(struct citizen *c, int64_t now_ms);
/* A message without any survey to tie it to: opt-out, opt-in and wrong person hold all the same. True when *c changed. */
bool citizen_hears(struct citizen *c, const struct reading *r, int64_t now_ms);
/* May an answer belong to it? (asked, unknown, clarify, answered, or ended not longer ago than late_for) */
bool survey_takes_replies(const struct survey *s, int64_t now_ms, const struct survey_policy *p);
/* "A7K2": what citizens may write in front of an answer; out holds SURVEY_TOKEN + 1 bytes. */
void survey_token(const struct survey *s, char *out);
/* The message to go out next, -1 = none. */
int  survey_queued(const struct survey *s);
/* Values for the holes a survey itself knows are filled in by the caller; this gives {D} and {NHAN}. */
const char *score_label(int score, bool marks);

void survey_write(const struct survey *s, struct sbuf *out);     /* with s->version in the first line */
MUST_CHECK enum err survey_read(struct sv text, struct survey *out);
void citizen_write(const struct citizen *c, struct sbuf *out);
MUST_CHECK enum err citizen_read(struct sv text, struct citizen *out);
/* "v=17\n": what a stored record of this version begins with; out holds 32 bytes. */
void record_version(int64_t version, char *out);

/* "7KQ2M4XD.3" <-> id and ordinal. out holds MESSAGE_REF_MAX + 1 bytes. */
void message_ref(const struct survey *s, int ordinal, char *out);
MUST_CHECK enum err message_ref_parse(struct sv ref, char *id, int *ordinal);
/* A survey or follow-up id of this partition (0..31) from random bits; out holds SURVEY_ID + 1. */
void survey_id_make(int partition, uint64_t random, char *out);
/* Canonical form and partition; ERR_SYNTAX: not an id. */
MUST_CHECK enum err survey_id_parse(struct sv text, char *out, int *partition);

const char *survey_state_name(int state);
const char *not_asked_name(int reason);
const char *message_state_name(int state);
const char *match_name(int match);
int         match_pct(int match);
const char *score_kind_name(int kind);

#endif
