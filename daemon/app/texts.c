/* The file of texts; see the header. */
#include "app/texts.h"

#include <string.h>

#include "app/conf_file.h"
#include "app/file.h"

#define FILE_MAX (256 * 1024)

static const char *const keys[] = { "marked", "plain", NULL };
static const char *const none[] = { NULL };
static const struct conf_names names[] = { { "", false, none }, { "text", true, keys }, { NULL, false, NULL } };

static enum err
first_fault(const struct conf_faults *f, struct diag *why)
{
	diag_set(why, f->at[0].line, "%s", f->at[0].text);
	return ERR_SYNTAX;
}

static enum err
take_section(const struct conf_section *s, struct template_set *out, struct diag *why)
{
	const struct conf_item *marked = conf_item(s, "marked"), *plain = conf_item(s, "plain");
	enum template_id id;
	struct diag inner = { .line = 0 };
	enum err e;

	if (!template_find(sv_of(s->title), &id)) {
		diag_set(why, s->line, "there is no text called \"%s\"", s->title);
		return ERR_SYNTAX;
	}
	if (out->marked[id]) {
		diag_set(why, s->line, "text \"%s\" is given twice", s->title);
		return ERR_SYNTAX;
	}
	if (!marked || !plain || marked->n != 1 || plain->n != 1) {
		diag_set(why, s->line, "text \"%s\" needs marked = \"...\" and plain = \"...\"", s->title);
		return ERR_SYNTAX;
	}
	if ((e = template_set_text(out, id, sv_of(marked->values[0]), sv_of(plain->values[0]), &inner)))
		diag_set(why, s->line, "%s", inner.text);
	return e;
}

static enum err
take_all(const struct conf_tree *tree, struct template_set *out, struct diag *why)
{
	enum err e = ERR_OK;

	for (size_t i = 1; i < tree->n && !e; i++)
		e = take_section(&tree->sections[i], out, why);
	if (!e)
		e = template_set_whole(out, why);
	if (e)
		template_set_done(out);
	return e;
}

enum err
texts_load(const char *path, struct template_set *out, struct diag *why)
{
	struct conf_faults faults = { 0 };
	struct conf_tree tree = { 0 };
	AUTO_SBUF text;
	enum err e;

	sbuf_init(&text, FILE_MAX);
	if ((e = file_read(path, &text, why)))
		return e;
	if (conf_surprises(sbuf_sv(&text), path, &faults)
	    || conf_file_parse(sbuf_sv(&text), path, names, &tree, &faults) || faults.n)
		e = first_fault(&faults, why);
	else
		e = take_all(&tree, out, why);
	conf_tree_done(&tree);
	conf_faults_done(&faults);
	return e;
}
