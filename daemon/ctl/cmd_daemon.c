/* Commands that ask the running daemon: status, why, sandbox. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/calendar.h"
#include "ctl/client.h"

static void
print_json(const json_t *j)
{
	json_dumpf(j, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
}

static const char *
text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static long long
number_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* Calls and answers with the JSON, or says what went wrong. */
static enum ctl_exit
ask(const struct ctl *c, const char *name, const char *path, const char *type, struct sv body, json_t **out)
{
	struct client *k = client_new(c, name);
	struct client_answer a;
	enum ctl_exit e;

	if (!k)
		return CTL_DOWN;
	e = client_call(k, path, type, body, &a);
	if (!e && (a.status >= 300 || !a.json))
		e = client_complain(name, &a);
	*out = e ? NULL : json_incref(a.json);
	client_answer_done(&a);
	client_free(k);
	return e;
}

/* ---- status ---- */

static void
print_status(const json_t *s)
{
	static const char *const rows[] = { "cases", "replies", "receipts", "scores", "followups", "sends", "sends_unknown",
	                                    "conflicts", "failures", "buried" };
	const json_t *store = json_object_get(s, "store"), *ch;
	size_t i;

	printf("%s  hailong %s  %s  up %llds\n", text_of(s, "instance"), text_of(s, "version"), text_of(s, "mode"),
	       number_of(s, "uptime_s"));
	printf("store    %s  %s%s\n", json_is_true(json_object_get(store, "ready")) ? "ready" : "AWAY", text_of(store, "server"),
	       text_of(store, "reason"));
	if (*text_of(s, "paused"))
		printf("PAUSED   %s\n", text_of(s, "paused"));
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		printf("%-14s %lld\n", rows[i], number_of(s, rows[i]));
	puts("\nchannel        driver     state    running accepted not_sent rejected unknown      mo     dlr  last error");
	json_array_foreach(json_object_get(s, "channels"), i, ch)
		printf("%-14s %-10s %-8s %7lld %8lld %8lld %8lld %7lld %7lld %7lld  %s\n", text_of(ch, "name"), text_of(ch, "driver"),
		       text_of(ch, "state"), number_of(ch, "running"), number_of(ch, "accepted"), number_of(ch, "not_sent"),
		       number_of(ch, "rejected"), number_of(ch, "unknown"), number_of(ch, "mo"), number_of(ch, "dlr"),
		       text_of(ch, "last_error"));
}

enum ctl_exit
cmd_status(const struct ctl *c, int argc, char **argv)
{
	json_t *s;
	enum ctl_exit e;

	if (argc != 1)
		return ctl_usage(argv[0], "takes nothing");
	if ((e = ask(c, argv[0], "/v1/status", NULL, (struct sv){ NULL, 0 }, &s)))
		return e;
	if (c->json)
		print_json(s);
	else
		print_status(s);
	json_decref(s);
	return CTL_DONE;
}

/* ---- pause, resume ---- */

static enum ctl_exit
set_pause(const struct ctl *c, int argc, char **argv)
{
	AUTO_SBUF path;
	json_t *o;
	enum ctl_exit e;

	if (argc != 2)
		return ctl_usage(argv[0], "needs the name of a channel, or all");
	sbuf_init(&path, 512);
	sbuf_adds(&path, "/v1/channels/");
	client_segment(&path, argv[1]);
	sbuf_addf(&path, "/%s", argv[0]);
	if ((e = ask(c, argv[0], path.p, "application/json", SV("{}"), &o)))
		return e;
	if (c->json)
		print_json(o);
	else if (*text_of(o, "paused"))
		printf("paused now: %s\n", text_of(o, "paused"));
	else
		puts("nothing is paused");
	json_decref(o);
	return CTL_DONE;
}

enum ctl_exit
cmd_pause(const struct ctl *c, int argc, char **argv)
{
	return set_pause(c, argc, argv);
}

enum ctl_exit
cmd_resume(const struct ctl *c, int argc, char **argv)
{
	return set_pause(c, argc, argv);
}

/* ---- why ---- */

static void
print_survey(const struct ctl *c, const json_t *s)
{
	const json_t *line;
	size_t i;

	printf("%s %s: %s%s%s", c->english ? "survey" : "khảo sát", text_of(s, "survey"), text_of(s, "state"),
	       *text_of(s, "reason") ? ", " : "", text_of(s, "reason"));
	if (json_object_get(s, "score"))
		printf(", %s %lld", c->english ? "score" : "điểm", number_of(s, "score"));
	putchar('\n');
	json_array_foreach(json_object_get(s, "why"), i, line)
		printf("  %s  %s\n", text_of(line, "at"), text_of(line, c->english ? "en" : "vi"));
}

enum ctl_exit
cmd_why(const struct ctl *c, int argc, char **argv)
{
	AUTO_SBUF path;
	json_t *o, *s;
	enum ctl_exit e;
	size_t i;

	if (argc != 2)
		return ctl_usage(argv[0], "needs one case id");
	sbuf_init(&path, 4096);
	sbuf_adds(&path, "/v1/cases/");
	client_segment(&path, argv[1]);
	if ((e = ask(c, argv[0], path.p, NULL, (struct sv){ NULL, 0 }, &o)))
		return e;
	if (c->json) {
		print_json(o);
	} else {
		printf("%s %s\n", c->english ? "case" : "hồ sơ", text_of(o, "case_id"));
		json_array_foreach(json_object_get(o, "surveys"), i, s)
			print_survey(c, s);
	}
	json_decref(o);
	return CTL_DONE;
}

/* ---- sandbox ---- */

static void
print_messages(const json_t *list)
{
	struct calendar cal = { .offset_ms = 7 * HOUR_MS };
	const json_t *m;
	char at[32];
	size_t i;

	json_array_foreach(list, i, m) {
		calendar_format(&cal, strtoll(text_of(m, "at"), NULL, 10), at);
		printf("%s  %s  %s\n  %s\n", at, text_of(m, "channel"), text_of(m, "to"), text_of(m, "text"));
	}
}

static enum ctl_exit
sandbox_list(const struct ctl *c, const char *name, const char *number)
{
	AUTO_SBUF path;
	json_t *list;
	enum ctl_exit e;

	sbuf_init(&path, 512);
	sbuf_adds(&path, "/v1/sandbox/messages");
	if (number) {
		sbuf_adds(&path, "?to=");
		client_segment(&path, number);
	}
	if ((e = ask(c, name, path.p, NULL, (struct sv){ NULL, 0 }, &list)))
		return e;
	if (c->json)
		print_json(list);
	else
		print_messages(list);
	json_decref(list);
	return CTL_DONE;
}

static enum ctl_exit
sandbox_reply(const struct ctl *c, const char *name, const char *from, const char *text)
{
	json_t *body = json_pack("{s:s, s:s}", "from", from, "text", text), *answer;
	enum ctl_exit e;
	char *dump;

	if (!body)
		return ctl_usage(name, "number or text is not UTF-8");
	dump = json_dumps(body, JSON_COMPACT);
	e = ask(c, name, "/v1/sandbox/replies", "application/json", sv_of(dump), &answer);
	if (!e && c->json)
		print_json(answer);
	if (!e)
		json_decref(answer);
	mem_free_lib(dump);
	json_decref(body);
	return e;
}

enum ctl_exit
cmd_sandbox(const struct ctl *c, int argc, char **argv)
{
	if ((argc == 2 || argc == 3) && !strcmp(argv[1], "list"))
		return sandbox_list(c, argv[0], argc == 3 ? argv[2] : NULL);
	if (argc == 4 && !strcmp(argv[1], "reply"))
		return sandbox_reply(c, argv[0], argv[2], argv[3]);
	return ctl_usage(argv[0], "list [NUMBER] | reply NUMBER TEXT");
}
