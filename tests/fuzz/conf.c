/* Any bytes as a settings file: refused with a fault, or read into a tree that means the same when written out again. */
#include "app/conf_file.h"
#include "app/file.h"
#include "fuzz.h"

static const char *const top[] = { "instance", "mode", "list", NULL };
static const char *const inner[] = { "url", "days", NULL };
static const struct conf_names names[] = {
	{ "", false, top }, { "redis", false, inner }, { "channel", true, inner }, { NULL, false, NULL },
};

static void
add_quoted(struct sbuf *out, const char *s)
{
	sbuf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\' || (*s == '$' && s[1] == '{'))
			sbuf_addc(out, '\\');
		sbuf_addc(out, *s);
	}
	sbuf_addc(out, '"');
}

static void
add_item(struct sbuf *out, const struct conf_item *it)
{
	sbuf_addf(out, "%s = %s", it->key, it->list ? "{" : "");
	for (size_t i = 0; i < it->n; i++) {
		sbuf_adds(out, i ? ", " : "");
		add_quoted(out, it->values[i]);
	}
	sbuf_adds(out, it->list ? "}\n" : "\n");
}

static void
write_tree(const struct conf_tree *t, struct sbuf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct conf_section *s = &t->sections[i];

		if (*s->name) {
			sbuf_addf(out, "%s ", s->name);
			if (!strcmp(s->name, "channel"))
				add_quoted(out, s->title);
			sbuf_adds(out, " {\n");
		}
		for (size_t k = 0; k < s->n; k++)
			add_item(out, &s->items[k]);
		if (*s->name)
			sbuf_adds(out, "}\n");
	}
}

static void
read_again(const struct conf_tree *tree)
{
	struct conf_faults faults = { 0 };
	struct conf_tree again;
	AUTO_SBUF one, two;

	sbuf_init(&one, 1 << 20);
	sbuf_init(&two, 1 << 20);
	write_tree(tree, &one);
	if (file_bad_line(sbuf_sv(&one)))
		return;                              /* escapes made what a file may not hold; conf_types.c refuses it */
	must(!conf_surprises(sbuf_sv(&one), "y", &faults));
	must(!conf_file_parse(sbuf_sv(&one), "y", names, &again, &faults) && !faults.n);
	write_tree(&again, &two);
	must(sv_eq(sbuf_sv(&one), sbuf_sv(&two)));
	conf_tree_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf_faults faults = { 0 };
	struct conf_tree tree;
	struct sv in = fuzz_in(data, n);
	bool surprised = conf_surprises(in, "x", &faults);
	enum err e;

	must(surprised == (faults.n > 0));
	e = conf_file_parse(in, "x", names, &tree, &faults);
	must(e ? faults.n > 0 && tree.n == 0 : tree.n > 0);
	for (size_t i = 0; i < faults.n; i++)
		must(faults.at[i].line >= 0 && faults.at[i].text[0]);
	if (!faults.n)
		read_again(&tree);
	conf_tree_done(&tree);
	conf_faults_done(&faults);
	return 0;
}
