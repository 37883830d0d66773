/* The settings tables. A default is written as a person would write it and goes through the same parser. */
#include "app/conf_tables.h"

#include "base/clock.h"

#define AT(field)    offsetof(struct conf, field)
#define DAYS(n)      ((n) * DAY_MS)
#define MONTHS(n)    ((n) * 30 * DAY_MS)

static const char *const modes[] = { [CONF_LIVE] = "live", [CONF_TRIAL] = "trial", NULL };
static const char *const marks[] = { [CONF_MARKS_STRIP] = "strip", [CONF_MARKS_KEEP] = "keep", NULL };

static const struct setting top_keys[] = {
	{ .name = "instance", .type = SETTING_STRING, .at = AT(instance), .deflt = "hailong", .min = 1, .max = 32,
	  .help = "Name of this installation in logs, metrics and Redis: letters, digits and . _ -" },
	{ .name = "timezone", .type = SETTING_STRING, .at = AT(timezone), .deflt = "Asia/Ho_Chi_Minh", .min = 1, .max = 64,
	  .help = "Zone of all windows, working hours and days: Asia/Ho_Chi_Minh or another name of UTC+7." },
	{ .name = "mode", .type = SETTING_CHOICE, .at = AT(mode), .deflt = "live", .choices = modes, .flags = SETTING_RELOAD,
	  .help = "\"trial\": only numbers in trial_numbers are really sent to, the rest go to the channel with driver "
	          "\"sandbox\"." },
	{ .name = "trial_numbers", .type = SETTING_LIST, .at = AT(trial_numbers), .deflt = "", .flags = SETTING_RELOAD,
	  .help = "Mobile numbers, in any spelling, that mode \"trial\" really sends to." },
	{ .name = "public", .type = SETTING_STRING, .at = AT(public), .deflt = "0.0.0.0:8480", .max = 200,
	  .help = "Address for the providers' webhooks; \"\" for none. A systemd socket named \"public\" wins over it." },
	{ .name = "private", .type = SETTING_STRING, .at = AT(private), .deflt = "127.0.0.1:8481", .min = 1, .max = 200,
	  .help = "Address of API, console and metrics; \"unix:/run/hailong/private.sock\" also works. A systemd socket named "
	          "\"private\" wins over it." },
	{ .name = "state_dir", .type = SETTING_PATH, .at = AT(state_dir), .deflt = "/var/lib/hailong", .min = 1,
	  .help = "Folder of the spool that is used while Redis is away. Paths are relative to this file." },
	{ .name = "units", .type = SETTING_PATH, .at = AT(units), .deflt = "units.csv", .flags = SETTING_RELOAD,
	  .help = "The offices: code,parent,name,short_name,hotline,kind,valid_from,valid_to,successor. \"\" for none." },
	{ .name = "staff", .type = SETTING_PATH, .at = AT(staff), .deflt = "staff.csv", .flags = SETTING_RELOAD,
	  .help = "The people: id,name,unit,phone,role,channel. Their phones are never surveyed. \"\" for none." },
	{ .name = "holidays", .type = SETTING_PATH, .at = AT(holidays), .deflt = "holidays.txt", .flags = SETTING_RELOAD,
	  .help = "Free days, one YYYY-MM-DD a line; +YYYY-MM-DD is a working day moved to a weekend. \"\" for none." },
	{ .name = "texts", .type = SETTING_PATH, .at = AT(texts_file), .deflt = "texts-vi.conf", .min = 1,
	  .flags = SETTING_RELOAD,
	  .help = "The texts to citizens and officers, each with and without marks." },
	{ .name = "lexicon", .type = SETTING_PATH, .at = AT(lexicon_dir), .deflt = "lexicon", .flags = SETTING_RELOAD,
	  .help = "Folder of *.txt files that take the place of the built-in words and rules for reading answers; without "
	          "such a folder the built-in ones hold. Start from a copy of /usr/share/hailong/lexicon." },
	{ .name = "tokens_file", .type = SETTING_PATH, .at = AT(tokens_file), .deflt = "tokens", .min = 1,
	  .flags = SETTING_RELOAD,
	  .help = "Tokens of the private API (hailongctl token new). Secrets are looked up by their file name in "
	          "$CREDENTIALS_DIRECTORY first, then beside this file, where others must not be able to read them." },
	{ .name = "keys_file", .type = SETTING_PATH, .at = AT(keys_file), .deflt = "keys", .min = 1, .flags = SETTING_RELOAD,
	  .help = "Keys that name citizens and seal their texts (hailongctl keys new)." },
	{ .name = "trusted_proxies", .type = SETTING_LIST, .at = AT(trusted_proxies), .deflt = "127.0.0.1", .max = 32,
	  .flags = SETTING_RELOAD,
	  .help = "Addresses whose X-Forwarded-For is believed." },
	SETTING_END
};

#undef AT
#define AT(field) offsetof(struct conf_redis, field)

static const struct setting redis_keys[] = {
	{ .name = "url", .type = SETTING_STRING, .at = AT(url), .deflt = "redis://127.0.0.1:6379/0", .min = 1, .max = 400,
	  .help = "redis://host:port/db, or unix:///path/redis.sock?db=0 (a path may be relative: unix:redis.sock)." },
	{ .name = "password_file", .type = SETTING_SECRET, .at = AT(password), .deflt = "", .max = 512,
	  .help = "Secret: file with the password; \"\" for a server without one. A user name goes into the url." },
	{ .name = "prefix", .type = SETTING_STRING, .at = AT(prefix), .deflt = "hl", .min = 1, .max = 32,
	  .help = "First part of every key: letters, digits and . _ -" },
	{ .name = "partitions", .type = SETTING_INT, .at = AT(partitions), .deflt = "16", .min = 1, .max = CONF_PARTITIONS_MAX,
	  .help = "Power of two; fixed at the first start, another number is then refused." },
	{ .name = "require_durable", .type = SETTING_BOOL, .at = AT(require_durable), .deflt = "true",
	  .help = "Refuse to start on a server that does not write each change to disk; false only for trials." },
	SETTING_END
};

#undef AT
#define AT(field) offsetof(struct conf_survey, field)

static const struct setting survey_keys[] = {
	{ .name = "delay", .type = SETTING_MSEC, .at = AT(delay_ms), .deflt = "2h", .max = DAYS(30), .flags = SETTING_RELOAD,
	  .help = "From the close of a case to the question." },
	{ .name = "window", .type = SETTING_SPANS, .at = AT(window), .deflt = "08:00-20:00", .flags = SETTING_RELOAD,
	  .help = "Times of day in which citizens are written to unasked." },
	{ .name = "days", .type = SETTING_LIST, .at = AT(days), .deflt = "mon,tue,wed,thu,fri,sat", .min = 1, .max = 7,
	  .flags = SETTING_RELOAD,
	  .help = "Week days on which they are: mon tue wed thu fri sat sun." },
	{ .name = "remind_after", .type = SETTING_MSEC, .at = AT(remind_after_ms), .deflt = "48h", .max = DAYS(60),
	  .flags = SETTING_RELOAD,
	  .help = "One reminder after this time without an answer; 0s for none." },
	{ .name = "open_for", .type = SETTING_MSEC, .at = AT(open_for_ms), .deflt = "7d", .min = SEC_MS, .max = DAYS(90),
	  .flags = SETTING_RELOAD,
	  .help = "A question waits this long for its answer." },
	{ .name = "late_for", .type = SETTING_MSEC, .at = AT(late_for_ms), .deflt = "30d", .max = DAYS(365),
	  .flags = SETTING_RELOAD,
	  .help = "An answer this much later still counts, marked late." },
	{ .name = "too_old", .type = SETTING_MSEC, .at = AT(too_old_ms), .deflt = "10d", .min = SEC_MS, .max = DAYS(365),
	  .flags = SETTING_RELOAD,
	  .help = "Cases closed longer ago are not asked about." },
	{ .name = "every", .type = SETTING_MSEC, .at = AT(every_ms), .deflt = "30d", .max = DAYS(730), .flags = SETTING_RELOAD,
	  .help = "A citizen is asked at most once in this time; 0s for no limit." },
	{ .name = "unsolicited_per_day", .type = SETTING_INT, .at = AT(unsolicited_per_day), .deflt = "3", .min = 1, .max = 100,
	  .flags = SETTING_RELOAD,
	  .help = "Texts a number may get in 24 hours that do not answer one of its own." },
	{ .name = "answers_per_conversation", .type = SETTING_INT, .at = AT(answers_per_conversation), .deflt = "4", .min = 1,
	  .max = 100, .flags = SETTING_RELOAD,
	  .help = "Our answers within one survey, so that two machines never talk for long." },
	{ .name = "low_score", .type = SETTING_INT, .at = AT(low_score), .deflt = "2", .min = 0, .max = 5,
	  .flags = SETTING_RELOAD,
	  .help = "A score up to this opens a follow-up." },
	{ .name = "ask_reason_at", .type = SETTING_INT, .at = AT(ask_reason_at), .deflt = "2", .min = 0, .max = 5,
	  .flags = SETTING_RELOAD,
	  .help = "A score up to this is asked for its reason; 0 for never." },
	{ .name = "sure_at", .type = SETTING_INT, .at = AT(sure_pct), .deflt = "50", .min = 0, .max = 100,
	  .flags = SETTING_RELOAD,
	  .help = "A score read with less confidence, in percent, is asked about once; 0 for never." },
	{ .name = "marks", .type = SETTING_CHOICE, .at = AT(marks), .deflt = "strip", .choices = marks, .flags = SETTING_RELOAD,
	  .help = "Vietnamese marks in SMS: \"strip\" or \"keep\" (shorter parts, dearer)." },
	{ .name = "exclude_procedures", .type = SETTING_LIST, .at = AT(exclude_procedures), .deflt = "", .flags = SETTING_RELOAD,
	  .help = "Procedures nobody is asked about." },
	{ .name = "exclude_units", .type = SETTING_LIST, .at = AT(exclude_units), .deflt = "", .flags = SETTING_RELOAD,
	  .help = "Codes of handling units nobody is asked about." },
	{ .name = "sample_pct", .type = SETTING_INT, .at = AT(sample_pct), .deflt = "100", .min = 0, .max = 100,
	  .flags = SETTING_RELOAD,
	  .help = "Share of eligible cases that are asked, in percent." },
	SETTING_END
};

#undef AT
#define AT(field) offsetof(struct conf_followup, field)

static const struct setting followup_keys[] = {
	{ .name = "ack_p0", .type = SETTING_WORK, .at = AT(ack[CONF_P0]), .deflt = "30m", .flags = SETTING_RELOAD,
	  .help = "Danger: acknowledged within this time, round the clock. In the others hours count inside working time and "
	          "wd are working days." },
	{ .name = "ack_p1", .type = SETTING_WORK, .at = AT(ack[CONF_P1]), .deflt = "4h", .flags = SETTING_RELOAD,
	  .help = "Money, harassment, corruption: acknowledged within." },
	{ .name = "ack_p2", .type = SETTING_WORK, .at = AT(ack[CONF_P2]), .deflt = "1wd", .flags = SETTING_RELOAD,
	  .help = "Complaint: acknowledged within." },
	{ .name = "answer_p1", .type = SETTING_WORK, .at = AT(answer[CONF_P1]), .deflt = "5wd", .flags = SETTING_RELOAD,
	  .help = "P1 answered within." },
	{ .name = "answer_p2", .type = SETTING_WORK, .at = AT(answer[CONF_P2]), .deflt = "5wd", .flags = SETTING_RELOAD,
	  .help = "P2 answered within." },
	{ .name = "answer_p3", .type = SETTING_WORK, .at = AT(answer[CONF_P3]), .deflt = "10wd", .flags = SETTING_RELOAD,
	  .help = "P3 answered within." },
	{ .name = "repeat_alert", .type = SETTING_MSEC, .at = AT(repeat_alert_ms), .deflt = "30m", .min = SEC_MS, .max = DAYS(7),
	  .flags = SETTING_RELOAD,
	  .help = "An alert nobody acknowledged is sent again after this time." },
	{ .name = "work_hours", .type = SETTING_SPANS, .at = AT(work_hours), .deflt = "07:30-11:30,13:30-17:00",
	  .flags = SETTING_RELOAD,
	  .help = "Working hours." },
	{ .name = "work_days", .type = SETTING_LIST, .at = AT(work_days), .deflt = "mon,tue,wed,thu,fri", .min = 1, .max = 7,
	  .flags = SETTING_RELOAD,
	  .help = "Working days of the week." },
	{ .name = "webhook", .type = SETTING_STRING, .at = AT(webhook), .deflt = "", .max = 500, .flags = SETTING_RELOAD,
	  .help = "http(s) URL that gets a signed POST for each change of a follow-up; \"\" for none." },
	{ .name = "webhook_secret_file", .type = SETTING_SECRET, .at = AT(webhook_secret), .deflt = "", .max = 512,
	  .flags = SETTING_RELOAD,
	  .help = "Secret: file with the key of that signature." },
	SETTING_END
};

#undef AT
#define AT(field) offsetof(struct conf_retention, field)

static const struct setting retention_keys[] = {
	{ .name = "phone", .type = SETTING_MSEC, .at = AT(phone_ms), .deflt = "30d", .min = MIN_MS, .max = MONTHS(12),
	  .flags = SETTING_RELOAD,
	  .help = "Sealed numbers are kept this long after the end of a survey." },
	{ .name = "text", .type = SETTING_MSEC, .at = AT(text_ms), .deflt = "12mo", .min = MIN_MS, .max = MONTHS(60),
	  .flags = SETTING_RELOAD,
	  .help = "Sealed texts of citizens." },
	{ .name = "access_log", .type = SETTING_MSEC, .at = AT(access_log_ms), .deflt = "24mo", .min = MIN_MS,
	  .max = MONTHS(120), .flags = SETTING_RELOAD,
	  .help = "Who read which P0 or P1 text." },
	{ .name = "scores", .type = SETTING_MSEC, .at = AT(scores_ms), .deflt = "60mo", .min = MIN_MS, .max = MONTHS(120),
	  .flags = SETTING_RELOAD,
	  .help = "Scores and counts, which name nobody." },
	SETTING_END
};

#undef AT
#define AT(field) offsetof(struct conf_route, field)

static const struct setting route_keys[] = {
	{ .name = "order", .type = SETTING_LIST, .at = AT(order), .min = 1, .max = CONF_CHANNELS_MAX,
	  .flags = SETTING_RELOAD | SETTING_NEEDED,
	  .help = "Channels for citizens, the best first." },
	{ .name = "alerts", .type = SETTING_LIST, .at = AT(alerts), .deflt = "", .max = CONF_CHANNELS_MAX,
	  .flags = SETTING_RELOAD,
	  .help = "Channels for alerts to officers; empty: the same as order." },
	SETTING_END
};

const struct conf_part conf_parts[CONF_PARTS] = {
	{ "", top_keys, 0, NULL },
	{ "redis", redis_keys, offsetof(struct conf, redis), "The store." },
	{ "survey", survey_keys, offsetof(struct conf, survey), "Whom to ask, when and how often." },
	{ "followup", followup_keys, offsetof(struct conf, followup), "Complaints: classes P0 (danger) to P3 and their times." },
	{ "retention", retention_keys, offsetof(struct conf, retention), "How long what is kept." },
	{ "route", route_keys, offsetof(struct conf, route), "Which channels to use." },
};
