/* parse: what replies mean, one by one or a labelled corpus row by row. Needs no daemon. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "app/lexicons.h"
#include "base/mem.h"
#include "core/reply.h"
#include "ctl/ctl.h"

#define OUT_MAX   (64 * 1024)
#define INPUT_MAX (256 * 1024 * 1024)

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
	ctl_print_line(&out);
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
parse_tsv(const struct lexicon *lx, const char *name, const char *path, enum reply_sender sender)
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
		reply_read(lx, sbuf_sv(&clear), expect, from, &r);
		print_reading(id_text, &r);
	}
	return CTL_DONE;
}

static void
parse_one(const struct lexicon *lx, struct sv text, enum reply_expect expect, enum reply_sender sender)
{
	struct reading r;

	reply_read(lx, text, expect, sender, &r);
	print_reading(NULL, &r);
}

static enum ctl_exit
parse_stdin(const struct lexicon *lx, const char *name, enum reply_expect expect, enum reply_sender sender)
{
	AUTO_SBUF in;
	struct sv rest;
	enum err e;

	sbuf_init(&in, INPUT_MAX + 1);
	if ((e = ctl_read_file("-", INPUT_MAX, &in)))
		return ctl_fail(CTL_NO, name, "stdin: %s", err_text(e));
	for (rest = sbuf_sv(&in); rest.n;)
		parse_one(lx, sv_cut(&rest, '\n'), expect, sender);
	return CTL_DONE;
}

static struct lexicon *
open_lexicon(const char *name, const char *folder)
{
	struct lexicon *lx = NULL;
	struct diag why;
	char file[256];

	if (lexicons_load(folder, &lx, file, &why))
		(void)ctl_fail(CTL_NO, name, "%s%s%s:%d: %s", folder, *file ? "/" : "", file, why.line, why.text);
	return lx;
}

enum ctl_exit
cmd_parse(const struct ctl *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "expect", required_argument, NULL, 'e' }, { "sender", required_argument, NULL, 's' },
		{ "tsv", required_argument, NULL, 't' },
		{ "lexicon", required_argument, NULL, 'l' }, { NULL, 0, NULL, 0 },
	};
	enum reply_expect expect = EXPECT_SCORE;
	enum reply_sender sender = SENDER_CITIZEN;
	const char *tsv = NULL, *folder = "";
	struct lexicon *lx;
	enum ctl_exit e = CTL_DONE;
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
		if (o == 'l')
			folder = optarg;
		if (o == '?')
			return CTL_USAGE;
	}
	if (!(lx = open_lexicon(argv[0], folder)))
		return CTL_NO;
	if (tsv)
		e = parse_tsv(lx, argv[0], tsv, sender);
	else if (optind == argc)
		e = parse_stdin(lx, argv[0], expect, sender);
	for (int i = optind; !tsv && i < argc; i++)
		parse_one(lx, sv_of(argv[i]), expect, sender);
	lexicon_free(lx);
	return e;
}
