/* Commands that need no daemon: phone, render, parse. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "app/conf.h"
#include "app/json.h"
#include "app/texts.h"
#include "base/mem.h"
#include "core/phone.h"
#include "core/reply.h"
#include "core/template.h"
#include "ctl/ctl.h"
#include "text/segments.h"

#define OUT_MAX (64 * 1024)
#define INPUT_MAX (256 * 1024 * 1024)

static void
print_line(const struct sbuf *b)
{
	fwrite(b->p, 1, b->n, stdout);
	putchar('\n');
}

/* ---- phone ---- */

enum ctl_exit
cmd_phone(const struct ctl *c, int argc, char **argv)
{
	enum ctl_exit e = CTL_DONE;

	(void)c;
	if (argc < 2)
		return ctl_usage(argv[0], "needs at least one number");
	for (int i = 1; i < argc; i++) {
		const char *why = "";
		struct phone p;
		enum phone_kind kind = phone_parse(sv_of(argv[i]), &p, &why);
		struct json_out j;
		AUTO_SBUF out;

		sbuf_init(&out, OUT_MAX);
		json_begin(&j, &out);
		json_text(&j, "in", argv[i]);
		if (kind == PHONE_MOBILE)
			json_text(&j, "e164", p.e164);
		json_text(&j, "kind", phone_kind_name(kind));
		if (kind == PHONE_MOBILE)
			json_text(&j, "carrier", phone_carrier(&p));
		else
			json_text(&j, "reason", why);
		json_end(&j);
		print_line(&out);
		if (kind != PHONE_MOBILE)
			e = CTL_NO;
	}
	return e;
}

/* ---- render ---- */

/* What a hole shows when nothing is given for it. */
static const char *const samples[HOLE_MAX] = {
	[HOLE_CQ] = "TTHCC P.Phan Thiết", [HOLE_MA] = "261123-0007", [HOLE_MB] = "261120-0031",
	[HOLE_PA] = "7KQ2M4XD", [HOLE_HAN] = "17h00 09/03",
	[HOLE_TK] = "A7K2", [HOLE_SO] = "8088", [HOLE_DT] = "0200000090", [HOLE_DTTT] = "0200000099",
	[HOLE_TT] = "Thanh tra tỉnh", [HOLE_KQ] = "đã hướng dẫn lại", [HOLE_DC] = "Ban Tiếp công dân", [HOLE_D] = "2",
	[HOLE_LD] = "C, D", [HOLE_GIO] = "24", [HOLE_NHAN] = "Không hài lòng",
};

static void
print_rendered(const struct ctl *c, const char *spelling, struct sv text)
{
	struct segments s = { 0 };
	struct json_out j;
	AUTO_SBUF out;

	(void)!segments_count(text, &s);
	if (!c->json) {
		printf("%s (%s, %u characters, %u units, %u segments)\n  " SV_FMT "\n", spelling, s.ucs2 ? "UCS-2" : "GSM-7",
		       s.characters, s.units, s.parts, SV_ARG(text));
		return;
	}
	sbuf_init(&out, OUT_MAX);
	json_begin(&j, &out);
	json_text(&j, "spelling", spelling);
	json_text(&j, "encoding", s.ucs2 ? "UCS-2" : "GSM-7");
	json_int(&j, "characters", s.characters);
	json_int(&j, "units", s.units);
	json_int(&j, "segments", s.parts);
	json_sv(&j, "text", text);
	json_end(&j);
	print_line(&out);
}

static enum ctl_exit
render_both(const struct ctl *c, const char *name, const struct template_set *t, enum template_id id,
            const struct template_values *v)
{
	for (int marks = 1; marks >= 0; marks--) {
		struct diag why = { .line = 0 };
		AUTO_SBUF text;

		sbuf_init(&text, OUT_MAX);
		if (template_render(t, id, marks, v, &text, &why))
			return ctl_fail(CTL_NO, name, "%s", why.text);
		print_rendered(c, marks ? "marked" : "plain", sbuf_sv(&text));
	}
	return CTL_DONE;
}

static enum ctl_exit
take_values(const char *name, int argc, char **argv, struct template_values *v)
{
	for (int i = 0; i < HOLE_MAX; i++)
		v->at[i] = sv_of(samples[i]);
	for (int i = 2; i < argc; i++) {
		struct sv value = sv_of(argv[i]), key = sv_cut(&value, '=');
		enum hole h;

		if (!value.p || !hole_find(key, &h))
			return ctl_usage(name, "\"%s\" is no HOLE=value", argv[i]);
		v->at[h] = value;
	}
	return CTL_DONE;
}

/* The texts alone: who words them need not have the keys and tokens that the rest of the settings asks for. */
static enum ctl_exit
load_texts(const struct ctl *c, struct template_set *out)
{
	struct conf_faults faults = { 0 };
	struct diag why = { .line = 0 };
	AUTO_FREE char *path = NULL;

	if (!conf_path(c->conf, "texts", &path, &faults) && texts_load(path, out, &why))
		conf_fault_add(&faults, path, why.line, "%s", why.text);
	conf_faults_print(&faults, stderr);
	if (!faults.n)
		return CTL_DONE;
	conf_faults_done(&faults);
	return CTL_NO;
}

static enum ctl_exit
no_text(const char *name, const char *id)
{
	AUTO_SBUF all;

	sbuf_init(&all, OUT_MAX);
	for (int i = 0; i < TEMPLATE_MAX; i++)
		sbuf_addf(&all, " %s", template_name((enum template_id)i));
	return ctl_fail(CTL_NO, name, "there is no text called \"%s\"; there are%s", id, all.p);
}

enum ctl_exit
cmd_render(const struct ctl *c, int argc, char **argv)
{
	struct template_set texts = { .marked = { NULL } };
	struct template_values v;
	enum template_id id;
	enum ctl_exit e;

	if (argc < 2)
		return ctl_usage(argv[0], "needs a text id, for example T1");
	if (!template_find(sv_of(argv[1]), &id))
		return no_text(argv[0], argv[1]);
	if ((e = take_values(argv[0], argc, argv, &v)) || (e = load_texts(c, &texts)))
		return e;
	e = render_both(c, argv[0], &texts, id, &v);
	template_set_done(&texts);
	return e;
}

/* ---- parse ---- */

static void
print_reading(const char *id, const struct reading *r)
{
	char reasons[REASON_N + 1], confidence[16];
	struct json_out j;
	AUTO_SBUF out;

	sbuf_init(&out, OUT_MAX);
	reply_reasons_text(r->reasons, reasons);
	snprintf(confidence, sizeof confidence, "%d.%02d", r->confidence_pct / 100, r->confidence_pct % 100);
	json_begin(&j, &out);
	if (id)
		json_text(&j, "id", id);
	json_text(&j, "kind", reply_kind_name(r->kind));
	if (r->score)
		json_int(&j, "score", r->score);
	else
		json_raw(&j, "score", SV("null"));
	json_name(&j, "reasons");
	sbuf_addc(&out, '[');
	for (const char *p = reasons; *p; p++)
		sbuf_addf(&out, "%s\"%c\"", p == reasons ? "" : ",", *p);
	sbuf_addc(&out, ']');
	json_text(&j, "class", reply_class_name(r->klass));
	if (r->clarify)
		json_text(&j, "clarify", reply_clarify_name(r->clarify));
	else
		json_raw(&j, "clarify", SV("null"));
	json_raw(&j, "solved", r->solved < 0 ? SV("null") : r->solved ? SV("true") : SV("false"));
	json_bool(&j, "complaint", r->complaint);
	json_raw(&j, "confidence", sv_of(confidence));
	json_text(&j, "rule", r->rule);
	if (*r->token)
		json_text(&j, "token", r->token);
	if (r->token_bad)
		json_bool(&j, "token_bad", true);
	json_end(&j);
	print_line(&out);
}

/* "\t", "\n", "\\" of the corpus format. */
static void
unescape(struct sv s, struct sbuf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\' || i + 1 == s.n) {
			sbuf_addc(out, s.p[i]);
			continue;
		}
		i++;
		sbuf_addc(out, s.p[i] == 't' ? '\t' : s.p[i] == 'n' ? '\n' : s.p[i]);
	}
}

static enum ctl_exit
parse_tsv(const char *name, const char *path, enum reply_sender sender)
{
	AUTO_SBUF file;
	struct sv rest;
	enum err e;
	int line = 1;

	sbuf_init(&file, INPUT_MAX + 1);
	if ((e = ctl_read_file(path, INPUT_MAX, &file)))
		return ctl_fail(CTL_NO, name, "%s: %s", path, err_text(e));
	rest = sbuf_sv(&file);
	(void)sv_cut(&rest, '\n');                   /* the header row */
	while (rest.n) {
		struct sv row = sv_cut(&rest, '\n'), id = sv_cut(&row, '\t'), expect_name = sv_cut(&row, '\t'), text;
		enum reply_sender from;
		enum reply_expect expect;
		struct reading r;
		AUTO_SBUF clear;
		char id_text[128];

		line++;
		/* The corpus writes the sender there when it is not a citizen. */
		from = sv_is(expect_name, "staff") ? SENDER_STAFF : sender;
		if (from == SENDER_STAFF)
			expect_name = SV("closed");
		if (!row.p || !reply_expect_find(expect_name, &expect) || !sv_copy(id, id_text, sizeof id_text))
			return ctl_fail(CTL_NO, name, "%s:%d: not id, expect, text", path, line);
		text = sv_cut(&row, '\t');
		sbuf_init(&clear, INPUT_MAX);
		unescape(text, &clear);
		reply_read(sbuf_sv(&clear), expect, from, &r);
		print_reading(id_text, &r);
	}
	return CTL_DONE;
}

static void
parse_one(struct sv text, enum reply_expect expect, enum reply_sender sender)
{
	struct reading r;

	reply_read(text, expect, sender, &r);
	print_reading(NULL, &r);
}

static enum ctl_exit
parse_stdin(const char *name, enum reply_expect expect, enum reply_sender sender)
{
	AUTO_SBUF in;
	struct sv rest;
	enum err e;

	sbuf_init(&in, INPUT_MAX + 1);
	if ((e = ctl_read_file("-", INPUT_MAX, &in)))
		return ctl_fail(CTL_NO, name, "stdin: %s", err_text(e));
	for (rest = sbuf_sv(&in); rest.n;)
		parse_one(sv_cut(&rest, '\n'), expect, sender);
	return CTL_DONE;
}

enum ctl_exit
cmd_parse(const struct ctl *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "expect", required_argument, NULL, 'e' }, { "sender", required_argument, NULL, 's' },
		{ "tsv", required_argument, NULL, 't' }, { NULL, 0, NULL, 0 },
	};
	enum reply_expect expect = EXPECT_SCORE;
	enum reply_sender sender = SENDER_CITIZEN;
	const char *tsv = NULL;
	int o;

	(void)c;
	while ((o = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (o == 'e' && !reply_expect_find(sv_of(optarg), &expect))
			return ctl_usage(argv[0], "--expect score|reason|verdict|confirm|closed");
		if (o == 's') {
			sender = !strcmp(optarg, "staff") ? SENDER_STAFF : SENDER_CITIZEN;
			if (!sender && strcmp(optarg, "citizen") != 0)
				return ctl_usage(argv[0], "--sender citizen|staff");
		}
		if (o == 't')
			tsv = optarg;
		if (o == '?')
			return CTL_USAGE;
	}
	if (tsv)
		return parse_tsv(argv[0], tsv, sender);
	if (optind == argc)
		return parse_stdin(argv[0], expect, sender);
	for (int i = optind; i < argc; i++)
		parse_one(sv_of(argv[i]), expect, sender);
	return CTL_DONE;
}
