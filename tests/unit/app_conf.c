/* Settings: which text gives which fault in which line, which value; secrets, sample, reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/conf.h"
#include "app/conf_redis.h"
#include "app/file.h"
#include "base/clock.h"
#include "base/mem.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES  "1111111111111111111111111111111111111111111111111111111111111111"

static char folder[64], texts[4096];

static void
put(const char *name, const char *text, mode_t mode)
{
	AUTO_FREE char *path = file_join(folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
drop(const char *name)
{
	AUTO_FREE char *path = file_join(folder, name);

	unlink(path);
}

static int
set_up(void **state)
{
	char here[2048];

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	snprintf(folder, sizeof folder, "/tmp/hailong-conf-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_non_null(getcwd(here, sizeof here));
	snprintf(texts, sizeof texts, "%s/conf/texts-vi.conf", here);
	put("units.csv", "code,parent,name,short_name,hotline,kind,valid_from,valid_to,successor\nH36,,Tinh,,,province,,,\n", 0644);
	put("staff.csv", "id,name,unit,phone,role,channel\nnv1,An,H36,0912345678,officer,\n", 0644);
	put("holidays.txt", "2026-09-02 Quoc khanh\n", 0644);
	put("keys", "index 1 " ZEROS "\nseal 1 " ONES "\n", 0600);
	put("tokens", "console read sha256:" ZEROS "\n", 0600);
	put("word", "0123456789abcdef\n", 0600);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "units.csv", "staff.csv", "holidays.txt", "keys", "tokens", "hailong.conf",
	                                     "pw", "pw2", "word", "cred/pw", "cred/keys" };

	(void)state;
	for (size_t i = 0; i < ARRAY_N(names); i++)
		drop(names[i]);
	{
		AUTO_FREE char *cred = file_join(folder, "cred");

		rmdir(cred);
	}
	return rmdir(folder);
}

/* rest: what a file needs besides the row's text. */
#define CHANNEL "\nchannel \"sms\" { driver = \"sandbox\" }"
#define ROUTE   "\nroute { order = {\"sms\"} }"
#define REST    CHANNEL ROUTE

static enum err
load(const char *text, const char *rest, struct conf **out, struct conf_faults *faults)
{
	AUTO_FREE char *path = file_join(folder, "hailong.conf");
	AUTO_SBUF all;

	sbuf_init(&all, 1 << 20);
	sbuf_adds(&all, text);
	sbuf_addf(&all, "%s\ntexts = \"%s\"\n", rest, texts);
	put("hailong.conf", sbuf_sv(&all).p, 0644);
	return conf_load(path, out, faults);
}

static void
printed(const struct conf *c, bool json, char *out, size_t size)
{
	FILE *f = fmemopen(out, size, "w");

	assert_non_null(f);
	conf_print(c, json, f);
	fclose(f);
}

/* want: the fault's text holds it (line: its line), or without a line the printed value. */
static const struct row { const char *name, *text, *rest; int line; const char *want; } rows[] = {
	{ "defaults",            "", REST, 0, "delay = \"2h\"" },
	{ "months print as days","retention { text = 12mo }", REST, 0, "text = \"360d\"" },
	{ "single quotes",       "instance = 'x1'", REST, 0, "instance = \"x1\"" },
	{ "no quotes",           "instance = x1", REST, 0, "instance = \"x1\"" },
	{ "hours stay hours",    "survey { remind_after = \"36h\" }", REST, 0, "remind_after = \"36h\"" },
	{ "zero",                "survey { remind_after = \"0s\" }", REST, 0, "remind_after = \"0s\"" },
	{ "working hours",       "followup { ack_p1 = \"24h\" }", REST, 0, "ack_p1 = \"24h\"" },
	{ "working days",        "followup { answer_p3 = \"7wd\" }", REST, 0, "answer_p3 = \"7wd\"" },
	{ "empty list",          "trusted_proxies = {}", REST, 0, "trusted_proxies = {}" },
	{ "list in two lines",   "trusted_proxies = {\"10.0.0.1\",\n\"::1\"}", REST, 0, "trusted_proxies = {\"10.0.0.1\", \"::1\"}" },
	{ "address spelling",    "trusted_proxies = {\"0:0::0001\"}", REST, 0, "trusted_proxies = {\"::1\"}" },
	{ "key after section",   "redis { prefix = a }\ninstance = b", REST, 0, "instance = \"b\"" },
	{ "all in one line",     "survey { delay = 1h window = '06:00-22:00' days = {sun} }", REST, 0, "days = {\"sun\"}" },
	{ "comments",            "# a\n// b\n/* c\n ${D} */\ninstance = \"x\" # ${e}", REST, 0, "instance = \"x\"" },
	{ "comment signs in texts", "state_dir = \"/a#b/*c\" # d\ninstance = 'x' // e", REST, 0, "state_dir = \"/a#b/*c\"" },
	{ "slashes in a word",   "redis { url = redis://127.0.0.1:7/1 }", REST, 0, "url = \"redis://127.0.0.1:7/1\"" },
	{ "variable's text",     "state_dir = \"/a\\${b}\" instance = 'x'", REST, 0, "state_dir = \"/a\\${b}\"" },
	{ "in single quotes",    "state_dir = '/a${b}\\'c'", REST, 0, "state_dir = \"/a\\${b}'c\"" },
	{ "CR LF",               "instance = \"x\"\r\nmode = \"live\"\r\n", REST, 0, "instance = \"x\"" },
	{ "escapes",             "followup { webhook = \"\" }\nstate_dir = \"/a\\\"b\"", REST, 0, "state_dir = \"/a\\\"b\"" },
	{ "relative path",       "state_dir = \"../x/./y\"", REST, 0, "state_dir = \"/tmp/x/y\"" },
	{ "driver written last", "channel \"sms\" { rate = 7 username = \"u\" from = \"8088\" password_file = \"word\" hook_token_file = \"word\" "
	  "hook_url = \"http://127.0.0.1/hook/sms\" driver = \"kannel\" }", ROUTE, 0, "rate = 7" },
	{ "trial",               "mode = \"trial\"\ntrial_numbers = {\"0912 345 678\"}", REST, 0, "mode = \"trial\"" },
	{ "no public listener",  "public = \"\"", REST, 0, "public = \"\"" },
	{ "IPv6 listener",       "private = \"[::1]:0\"", REST, 0, "private = \"[::1]:0\"" },
	{ "socket listener",     "private = \"unix:a/b.sock\"", REST, 0, "/a/b.sock\"" },
	{ "any hour, any day",   "survey { window = \"00:00-24:00\" days = {mon,tue,wed,thu,fri,sat,sun} }", REST, 0,
	  "window = \"00:00-24:00\"" },

	{ "unknown key",         "\ninstanze = \"x\"", REST, 2, "unknown key \"instanze\"" },
	{ "unknown key, list",   "x = {\"a\", \"b\"}", REST, 1, "unknown key \"x\"" },
	{ "unknown in section",  "redis {\n prefix = a\n urls = 3\n}", REST, 3, "unknown key \"urls\" in section redis" },
	{ "unknown section",     "rediss {\n url = 3\n}", REST, 1, "unknown section \"rediss\"" },
	{ "unknown titled",      "chanel \"x\" {\n url = 3\n}", REST, 1, "unknown section \"chanel\"" },
	{ "section in section",  "redis {\n tls { a = 1 }\n}", REST, 2, "unknown section \"tls\"" },
	{ "other spelling",      "\nredis {}\nredis|url = \"redis://1.1.1.1\"", REST, 3, "unknown key" },
	{ "include",             "include(\"/etc/passwd\")", REST, 1, "unknown" },
	{ "given twice",         "instance = a\n\ninstance = b", REST, 3, "given twice, first in line 1" },
	{ "list twice",          "trusted_proxies = {\"1.1.1.1\"}\ntrusted_proxies = {}", REST, 2, "given twice" },
	{ "section twice",       "redis {\n}\nredis {\n}", REST, 3, "redis is there twice, first in line 1" },
	{ "channel twice",       "channel \"sms\" {\n driver = sandbox\n}\nchannel \"sms\" {\n driver = sandbox\n}", ROUTE, 4,
	  "channel sms is there twice" },
	{ "section not closed",  "survey {\n delay = 1h\n", "", 1, "never closed" },
	{ "text not closed",     "instance = \"x\n", REST, 0, "" },
	{ "comment not closed",  "\n/* x", REST, 0, "" },
	{ "too many braces",     "redis { } }", REST, 1, "unexpected closing brace" },
	{ "no value",            "instance =\nmode = live", REST, 2, "" },
	{ "no equal sign",       "instance \"x\"", REST, 1, "equal sign" },
	{ "variable",            "\ninstance = \"${HOME}\"", REST, 2, "environment" },
	{ "behind a quote",      "instance = 'it\\'s'\nstate_dir = \"${HOME}\"", REST, 2, "environment" },
	{ "behind a comment",    "/* \" */ instance = \"\\\"${A}\"", REST, 1, "environment" },
	{ "variable, no quotes", "instance = ${HOME}", REST, 1, "environment" },
	{ "behind slashes",      "redis { url = redis://127.0.0.1:7 prefix = \"${A}\" }", REST, 1, "environment" },
	{ "line behind comments", "# a\n# b\n// c\n/* d\n e */\n\nmode = \"x\" # f", REST, 7, "none of" },
	{ "line in a section",   "# a\nredis { # b\n # c\n prefix = \"h{l\"\n}", REST, 4, "only letters" },
	{ "section behind comments", "# a\n# b\nrediss {\n # c\n}", REST, 3, "unknown section" },
	{ "syntax behind comments", "# a\n# b\ninstance \"x\"", REST, 3, "equal sign" },
	{ "twice behind comments", "# a\ninstance = a\n# b\ninstance = b", REST, 4, "first in line 2" },
	{ "names in comments",   "# redis\n/* redis\nredis */ redis {\n}\n# redis\nredis {\n}", REST, 6, "first in line 3" },
	{ "list behind comments", "# a\nroute {\n # order\n order = {} }", CHANNEL, 4, "order: the list is empty" },
	{ "not UTF-8",           "\n# \xff", REST, 2, "UTF-8" },
	{ "control character",   "instance = \"a\\001b\"", REST, 1, "control characters" },
	{ "broken by escape",    "instance = \"a\\xffb\"", REST, 1, "UTF-8" },
	{ "empty",               "instance = \"\"", REST, 1, "must not be empty" },
	{ "too long",            "instance = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", REST, 1, "33 bytes" },
	{ "bad instance",        "instance = \"a b\"", REST, 1, "only letters" },
	{ "list for one",        "instance = {\"a\"}", REST, 1, "not a list" },
	{ "empty list for one",  "instance = {}", REST, 1, "not a list" },
	{ "one for list",        "\ntrusted_proxies = \"127.0.0.1\"", REST, 2, "takes a list" },
	{ "twice in list",       "trusted_proxies = {\"1.1.1.1\", \"1.1.1.1\"}", REST, 1, "twice" },
	{ "no zone",             "timezone = \"Europe/Berlin\"", REST, 1, "UTC+7" },
	{ "no choice",           "mode = \"Live\"", REST, 1, "none of \"live\", \"trial\"" },
	{ "no number",           "redis {\n partitions = \"many\"\n}", REST, 2, "no whole number from 1 to 32" },
	{ "number with plus",    "redis {\n partitions = +4\n}", REST, 2, "" },
	{ "no power of two",     "redis {\n\n partitions = 12\n}", REST, 3, "power of two" },
	{ "too many partitions", "redis { partitions = 64 }", REST, 1, "1 to 32" },
	{ "no bool",             "redis { require_durable = yes }", REST, 1, "neither true nor false" },
	{ "bad prefix",          "redis { prefix = \"h{l\" }", REST, 1, "only letters" },
	{ "no unit of time",     "survey {\n delay = 2\n}", REST, 2, "no duration" },
	{ "two units",           "survey { delay = 1h30m }", REST, 1, "no duration" },
	{ "fraction",            "survey { delay = 1.5h }", REST, 1, "no duration" },
	{ "negative",            "survey { delay = \"-1h\" }", REST, 1, "no duration" },
	{ "huge",                "survey { delay = 99999999999999999999d }", REST, 1, "no duration" },
	{ "too long a time",     "survey { delay = 31d }", REST, 1, "not within 0s to 30d" },
	{ "working days for ms", "survey { delay = 1wd }", REST, 1, "no duration" },
	{ "days for work",       "followup { ack_p1 = 1d }", REST, 1, "no working time" },
	{ "no work",             "followup { ack_p1 = 0h }", REST, 1, "no working time" },
	{ "P0 in days",          "followup { ack_p0 = 1wd }", REST, 1, "round the clock" },
	{ "window",              "survey { window = \"20:00-08:00\" }", REST, 1, "no span" },
	{ "tab in a window",     "survey { window = \"08:00-20:00\\t\" }", REST, 1, "control characters" },
	{ "no days",             "survey { days = {} }", REST, 1, "empty" },
	{ "day",                 "survey {\n days = {\"mon\", \"monday\"} }", REST, 2, "\"monday\" is none" },
	{ "percent",             "survey { sample_pct = 101 }", REST, 1, "0 to 100" },
	{ "reminder too late",   "survey {\n remind_after = 8d }", REST, 2, "shorter than open_for" },
	{ "unit not there",      "survey {\n exclude_units = {\"H37\"} }", REST, 2, "\"H37\" is not in the units" },
	{ "listener",            "public = \"localhost:80\"", REST, 1, "no address" },
	{ "listener's port",     "public = \"0.0.0.0:99999\"", REST, 1, "no address" },
	{ "no private listener", "private = \"\"", REST, 1, "must not be empty" },
	{ "proxy",               "trusted_proxies = {\"10.0.0.0/8\"}", REST, 1, "no address" },
	{ "trial number",        "\ntrial_numbers = {\"0912345678\", \"12\"}", REST, 2, "number 2 is no mobile" },
	{ "webhook",             "followup { webhook = \"ftp://x\" webhook_secret_file = \"keys\" }", REST, 1, "" },
	{ "webhook, no secret",  "followup {\n webhook = \"https://x/\" }", REST, 2, "needs webhook_secret_file" },
	{ "sentinel",            "redis {\n url = \"sentinel://a:1,b:2/m\" }", REST, 2, "one server" },
	{ "no driver",           "channel \"sms\" {\n}", ROUTE, 1, "driver is missing" },
	{ "wrong driver",        "channel \"sms\" {\n driver = \"pigeon\" }", ROUTE, 2, "\"pigeon\" is none of" },
	{ "no title",            "channel { driver = sandbox }", ROUTE, 1, "missing title" },
	{ "channel's name",      "channel \"a b\" { driver = sandbox }", REST, 1, "letters" },
	{ "another's key",       "channel \"x\" {\n driver = sandbox\n url = \"http://x\" }", REST, 3, "has no key \"url\"" },
	{ "nobody's key",        "channel \"x\" {\n driver = sandbox\n colour = red }", REST, 3, "unknown key \"colour\"" },
	{ "no route",            "", CHANNEL, 1, "order is missing" },
	{ "empty route",         "route {\n order = {} }", CHANNEL, 2, "order: the list is empty" },
	{ "route to nowhere",    "route {\n order = {\"sms\", \"zalo\"} }", CHANNEL, 2, "no channel \"zalo\"" },
	{ "alerts to nowhere",   "route { order = {\"sms\"}\n alerts = {\"x\"} }", CHANNEL, 2, "no channel \"x\"" },
	{ "units not there",     "units = \"none.csv\"", REST, 1, "not there" },
	{ "secret not there",    "redis {\n password_file = \"none\"\n}", REST, 2, "secret" },
};

static void
run_row(const struct row *r)
{
	struct conf_faults faults = { 0 };
	struct conf *c = NULL;
	enum err e = load(r->text, r->rest, &c, &faults);
	char *text = mem_alloc(1 << 16);
	bool found = false;

	if (r->line == 0 && *r->want) {
		if (e) {
			conf_faults_print(&faults, stderr);
			fail_msg("%s: refused", r->name);
		}
		printed(c, false, text, 1 << 16);
		if (!strstr(text, r->want))
			fail_msg("%s: %s is not in\n%s", r->name, r->want, text);
	} else {
		for (size_t i = 0; i < faults.n; i++)
			found = found || ((!r->line || faults.at[i].line == r->line || !faults.at[i].line) && strstr(faults.at[i].text, r->want));
		if (!e || !found) {
			conf_faults_print(&faults, stderr);
			fail_msg("%s: no such fault", r->name);
		}
	}
	mem_free(text);
	conf_free(c);
	conf_faults_done(&faults);
}

static void
texts_and_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++)
		run_row(&rows[i]);
}

/* Exactly these faults, and no more. */
static void
all_at_once(void **state)
{
	static const struct { int line; const char *text; } want[] = {
		{ 2, "unknown key \"a\"" }, { 4, "unknown key \"b\" in section survey" }, { 6, "unknown section \"c\"" },
		{ 3, "mode" }, { 5, "survey: delay" }, { 9, "driver \"d\"" },
	};
	struct conf_faults faults = { 0 };
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(load("\na = 1\nmode = x\nsurvey { b = {1,2}\n delay = soon }\nc {\n d = 1\n e = {}}\nchannel \"z\" { driver = d }",
	                      REST, &c, &faults), ERR_SYNTAX);
	assert_null(c);
	if (faults.n != ARRAY_N(want))
		conf_faults_print(&faults, stderr);
	assert_int_equal(faults.n, ARRAY_N(want));
	for (size_t i = 0; i < ARRAY_N(want); i++)
		if (faults.at[i].line != want[i].line || !strstr(faults.at[i].text, want[i].text))
			fail_msg("%d %s, wanted %d %s", faults.at[i].line, faults.at[i].text, want[i].line, want[i].text);
	conf_faults_done(&faults);
}

static struct conf *
good(const char *text, const char *rest)
{
	struct conf_faults faults = { 0 };
	struct conf *c = NULL;

	if (load(text, rest, &c, &faults)) {
		conf_faults_print(&faults, stderr);
		fail_msg("refused: %s", text);
	}
	conf_faults_done(&faults);
	return c;
}

/* Fails and says text. */
static void
bad(const char *text, const char *rest, const char *want)
{
	struct conf_faults faults = { 0 };
	struct conf *c = NULL;
	bool found = false;

	assert_int_equal(load(text, rest, &c, &faults), ERR_SYNTAX);
	for (size_t i = 0; i < faults.n; i++)
		found = found || strstr(faults.at[i].text, want);
	if (!found) {
		conf_faults_print(&faults, stderr);
		fail_msg("no fault with: %s", want);
	}
	conf_faults_done(&faults);
}

static void
values(void **state)
{
	struct conf *c = good("survey { days = {mon,sun} window = '08:00-11:30,13:00-20:00' }\ntrial_numbers = {'0912.345.678'}\n"
	                      "channel \"b\" { driver = sandbox }", CHANNEL "\nroute { order = {sms, b} alerts = {b} }");
	struct phone in = { "84912345678" }, out = { "84912345679" };

	(void)state;
	assert_int_equal(c->survey.plan.days, 0x41);
	assert_int_equal(c->survey.plan.n_spans, 2);
	assert_int_equal(c->survey.plan.spans[1].from_min, 13 * 60);
	assert_int_equal(c->followup.work.days, 0x1f);
	assert_int_equal(c->followup.ack[CONF_P0].ms, 30 * MIN_MS);
	assert_int_equal(c->followup.ack[CONF_P2].days, 1);
	assert_int_equal(c->followup.ack[CONF_P3].days, 0);
	assert_int_equal(c->retention.scores_ms, 1800 * DAY_MS);
	assert_int_equal(c->calendar->offset_ms, 7 * HOUR_MS);
	assert_int_equal(c->calendar->n_days, 1);
	assert_int_equal(c->route.n_order, 2);
	assert_string_equal(c->channels[c->route.order_at[0]].name, "sms");
	assert_int_equal(c->route.n_alerts, 1);
	assert_string_equal(c->channels[c->route.alerts_at[0]].name, "b");
	assert_ptr_equal(conf_channel(c, SV("b")), &c->channels[c->route.order_at[1]]);
	assert_null(conf_channel(c, SV("c")));
	assert_true(conf_is_trial_phone(c, &in));
	assert_false(conf_is_trial_phone(c, &out));
	assert_non_null(registry_unit(c->registry, SV("H36")));
	assert_int_equal(tokens_n(c->tokens), 1);
	assert_non_null(c->keys);
	conf_free(c);
	c = good("", REST);
	assert_int_equal(c->route.n_alerts, 1);
	assert_string_equal(c->redis.host, "127.0.0.1");
	conf_free(c);
}

static const struct url { const char *url; enum err want; const char *user, *host; int port; const char *socket; int db; } urls[] = {
	{ "redis://127.0.0.1:6379/0",     ERR_OK, "", "127.0.0.1", 6379, "", 0 },
	{ "redis://store",                ERR_OK, "", "store", 6379, "", 0 },
	{ "redis://[::1]:7000/3",         ERR_OK, "", "::1", 7000, "", 3 },
	{ "redis://[::1]",                ERR_OK, "", "::1", 6379, "", 0 },
	{ "redis://hailong@10.0.0.1/2",   ERR_OK, "hailong", "10.0.0.1", 6379, "", 2 },
	{ "unix:///run/redis.sock?db=5",  ERR_OK, "", "", 0, "/run/redis.sock", 5 },
	{ "unix:///run/redis.sock",       ERR_OK, "", "", 0, "/run/redis.sock", 0 },
	{ "unix:/run/redis.sock",         ERR_OK, "", "", 0, "/run/redis.sock", 0 },
	{ "unix:../b/redis.sock?db=0",    ERR_OK, "", "", 0, "/etc/b/redis.sock", 0 },
	{ "unix://redis.sock",            ERR_OK, "", "", 0, "/etc/hailong/redis.sock", 0 },
	{ "redis://",                     ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://:6379",                ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://u:secret@h",           ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://h:0",                  ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://h:65536",              ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://h:",                   ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://h/x",                  ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://h/0/1",                ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://[::1",                 ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "redis://[::1]x",               ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "unix:",                        ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "unix:/a?database=1",           ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "unix:/a?db=-1",                ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "rediss://h",                   ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "sentinel://h:1/m",             ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "cluster://h:1",                ERR_SYNTAX, 0, 0, 0, 0, 0 },
	{ "127.0.0.1:6379",               ERR_SYNTAX, 0, 0, 0, 0, 0 },
};

static void
redis_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(urls); i++) {
		const struct url *u = &urls[i];
		struct conf_redis r = { .url = mem_strdup(u->url) };
		struct diag why = { 0 };
		enum err e = conf_redis_url(&r, "/etc/hailong", &why);

		if (e != u->want)
			fail_msg("%s: %s", u->url, why.text);
		if (e && strstr(why.text, "secret"))
			fail_msg("%s: the message shows the password", u->url);
		if (!e && (strcmp(r.user, u->user) || strcmp(r.host, u->host) || r.port != u->port || strcmp(r.socket, u->socket) ||
		           r.db != u->db))
			fail_msg("%s: %s %s %d %s %d", u->url, r.user, r.host, r.port, r.socket, r.db);
		mem_free(r.url);
		mem_free(r.user);
		mem_free(r.host);
		mem_free(r.socket);
	}
}

#define WITH_PW "redis { password_file = \"pw\" }"

static void
secrets(void **state)
{
	AUTO_FREE char *cred = file_join(folder, "cred");
	AUTO_FREE char *long_one = mem_alloc(4200);
	struct conf *c;

	(void)state;
	put("pw", "s3cret\n", 0640);
	c = good(WITH_PW, REST);
	assert_string_equal(c->redis.password, "s3cret");
	conf_free(c);
	put("pw", " two words \r\n", 0600);
	c = good(WITH_PW, REST);
	assert_string_equal(c->redis.password, " two words ");
	conf_free(c);
	put("pw", "s3cret", 0604);
	bad(WITH_PW, REST, "chmod o=");
	put("pw", "\n", 0600);
	bad(WITH_PW, REST, "is empty");
	put("pw", "a\nb\n", 0600);
	bad(WITH_PW, REST, "more than one line");
	memset(long_one, 'x', 4199);
	put("pw", long_one, 0600);
	bad(WITH_PW, REST, "larger than 4096");
	/* The unit's credentials win, whatever their mode; what is not among them is still looked up beside. */
	put("pw", "beside", 0600);
	assert_int_equal(mkdir(cred, 0700), 0);
	put("cred/pw", "given\n", 0444);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", cred, 1), 0);
	c = good(WITH_PW, REST);
	assert_string_equal(c->redis.password, "given");
	conf_free(c);
	drop("cred/pw");
	c = good(WITH_PW, REST);
	assert_string_equal(c->redis.password, "beside");
	conf_free(c);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void
hidden(void **state)
{
	char *text = mem_alloc(1 << 16);
	struct conf *c;

	(void)state;
	put("pw", "s3cret\n", 0600);
	c = good(WITH_PW, REST);
	for (int json = 0; json < 2; json++) {
		memset(text, 0, 1 << 16);
		printed(c, json, text, 1 << 16);
		assert_null(strstr(text, "s3cret"));
		assert_non_null(strstr(text, json ? "\"password_file\": \"***\"" : "password_file = \"***\""));
	}
	conf_free(c);
	mem_free(text);
}

static void
key_files(void **state)
{
	struct conf_faults faults = { 0 };
	AUTO_FREE char *path = file_join(folder, "hailong.conf"), *want = file_join(folder, "../k");
	char *out = NULL;

	(void)state;
	put("keys", "index 1 00\n", 0600);
	bad("", REST, "hexadecimal");
	put("keys", "index 1 " ZEROS "\nseal 1 " ONES "\n", 0644);
	bad("", REST, "chmod o=");
	drop("keys");
	bad("", REST, "/hailong.conf keys new");
	put("keys", "index 1 " ZEROS "\nseal 1 " ONES "\n", 0600);
	put("tokens", "a read sha256:00\n", 0600);
	bad("", REST, "token line");
	drop("tokens");
	bad("", REST, "/hailong.conf token new");
	/* What makes these files works with the other settings in any state. */
	put("hailong.conf", "unknown = 1\nkeys_file = \"../k\"\nroute { order = {} }", 0644);
	assert_int_equal(conf_path(path, "keys_file", &out, &faults), ERR_OK);
	assert_string_equal(out, want);
	mem_free(out);
	put("hailong.conf", "keys_file = ", 0644);
	assert_int_equal(conf_path(path, "keys_file", &out, &faults), ERR_SYNTAX);
	assert_int_equal(faults.n, 1);
	conf_faults_done(&faults);
	put("tokens", "console read sha256:" ZEROS "\n", 0600);
	put("word", "0123456789abcdef\n", 0600);
}

static void
other_files(void **state)
{
	(void)state;
	put("holidays.txt", "2026-09-02\nfriday\n", 0644);
	bad("", REST, "");
	put("holidays.txt", "\xef\xbb\xbf" "2026-09-02\n", 0644);
	put("staff.csv", "id,name,unit,phone,role,channel\nnv1,An,H36,,officer,zalo\n", 0644);
	bad("", REST, "channel \"zalo\" of nv1");
	put("staff.csv", "id,name,unit,phone,role,channel\nnv1,An,H36,,officer,sms\n", 0644);
	conf_free(good("", REST));
	conf_free(good("units = \"\"\nstaff = \"\"\nholidays = \"\"", REST));
}

static const struct reload { const char *name, *old, *now, *want; } reloads[] = {
	{ "nothing",      "", "", NULL },
	{ "the same",     "survey { delay = 2h }", "survey { delay = 120m }", NULL },
	{ "may change",   "survey { delay = 1h }", "mode = trial survey { delay = 2h marks = keep sample_pct = 3 }", NULL },
	{ "instance",     "", "instance = b", "instance changed" },
	{ "redis",        "", "redis { partitions = 8 }", "redis: partitions changed" },
	{ "password",     WITH_PW, "redis { password_file = pw2 }", "redis: password_file changed" },
	{ "one more",     "", "channel \"b\" { driver = sandbox }", "number of channels" },
	{ "other name",   "channel \"a\" { driver = sandbox }", "channel \"b\" { driver = sandbox }", "channel a: the name" },
};

static void
reload(void **state)
{
	struct conf *a, *b;
	struct diag why;

	(void)state;
	put("pw", "one", 0600);
	put("pw2", "two", 0600);
	for (size_t i = 0; i < ARRAY_N(reloads); i++) {
		const struct reload *r = &reloads[i];
		enum err e;

		a = good(r->old, REST);
		b = good(r->now, REST);
		e = conf_reload_diff(a, b, &why);
		if ((e != ERR_OK) != (r->want != NULL) || (e && !strstr(why.text, r->want)))
			fail_msg("%s: %s %s", r->name, err_text(e), e ? why.text : "");
		conf_free(a);
		conf_free(b);
	}
	a = good("", REST);
	put("keys", "index 1 " ZEROS "\nseal 1 " ONES "\nseal 2 " ZEROS "\n", 0600);
	b = good("", REST);
	assert_int_equal(conf_reload_diff(a, b, &why), ERR_OK);
	conf_free(b);
	put("keys", "index 1 " ONES "\nseal 1 " ONES "\n", 0600);
	b = good("", REST);
	assert_int_equal(conf_reload_diff(a, b, &why), ERR_STATE);
	assert_non_null(strstr(why.text, "index key"));
	conf_free(a);
	conf_free(b);
	put("keys", "index 1 " ZEROS "\nseal 1 " ONES "\n", 0600);
}

static void
sample(void **state)
{
	AUTO_FREE char *made = mem_alloc(1 << 17), *path = file_join(folder, "hailong.conf");
	FILE *f = fmemopen(made, 1 << 17, "w");
	struct conf_faults faults = { 0 };
	struct conf *c = NULL;
	AUTO_SBUF kept;
	struct diag why;

	(void)state;
	conf_sample(f);
	fclose(f);
	/* The committed file is this one: make it with build/hailongctl settings --sample > conf/hailong.conf */
	sbuf_init(&kept, 1 << 17);
	assert_int_equal(file_read("conf/hailong.conf", &kept, &why), ERR_OK);
	assert_string_equal(kept.p, made);
	put("hailong.conf", made, 0644);
	/* Only the texts are elsewhere here. */
	assert_int_equal(conf_load(path, &c, &faults), ERR_SYNTAX);
	assert_int_equal(faults.n, 1);
	assert_non_null(strstr(faults.at[0].file, "/texts-vi.conf"));
	conf_faults_done(&faults);
}

/* What is printed can be read again and says the same. */
static void
print_and_read(void **state)
{
	char *one = mem_alloc(1 << 16), *two = mem_alloc(1 << 16);
	struct conf *c = good("survey { window = '07:00-21:00' } instance = 'a'", REST);
	AUTO_FREE char *path = file_join(folder, "hailong.conf");
	struct conf_faults faults = { 0 };

	(void)state;
	printed(c, false, one, 1 << 16);
	conf_free(c);
	put("hailong.conf", one, 0644);
	assert_int_equal(conf_load(path, &c, &faults), ERR_OK);
	printed(c, false, two, 1 << 16);
	assert_string_equal(one, two);
	conf_free(c);
	mem_free(one);
	mem_free(two);
}

static void
no_file(void **state)
{
	struct conf_faults faults = { 0 };
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(conf_load("/nowhere/x.conf", &c, &faults), ERR_SYNTAX);
	assert_int_equal(faults.n, 1);
	assert_string_equal(faults.at[0].file, "/nowhere/x.conf");
	conf_faults_done(&faults);
	assert_int_equal(conf_load("/tmp", &c, &faults), ERR_SYNTAX);
	assert_int_equal(faults.n, 1);
	conf_faults_done(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_faults), cmocka_unit_test(all_at_once), cmocka_unit_test(values),
		cmocka_unit_test(redis_urls),       cmocka_unit_test(secrets),     cmocka_unit_test(hidden),
		cmocka_unit_test(key_files),        cmocka_unit_test(reload),      cmocka_unit_test(sample),
		cmocka_unit_test(print_and_read),   cmocka_unit_test(no_file),     cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
