/* Commands that need no daemon: phone, render. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "app/conf.h"
#include "app/json.h"
#include "app/texts.h"
#include "base/mem.h"
#include "core/phone.h"
#include "core/template.h"
#include "ctl/ctl.h"
#include "text/segments.h"

#define OUT_MAX (64 * 1024)
#define INPUT_MAX (256 * 1024 * 1024)

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
		ctl_print_line(&out);
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
	ctl_print_line(&out);
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
