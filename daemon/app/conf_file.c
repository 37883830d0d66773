/*
 * The settings syntax, read by libconfuse. What it does not do by itself is done around it:
 *
 *   - it stops at the first unknown name: the name is reported, declared, and the text read again;
 *   - it keeps no lines: every value is taken down in its callback, when the line is known;
 *   - it takes the last of two equal keys: the second one is a fault;
 *   - it does not mind an open section or comment at the end of the file: a mark behind the text must be
 *     seen at the top level;
 *   - it puts environment variables into texts, and drops characters it does not expect: both are refused
 *     before it sees them (conf_surprises.c);
 *   - it counts lines wrong behind a comment: it gets none to see.
 *
 * Its callbacks carry no argument and its scanner is one per process, hence the one static pointer.
 */
#include "app/conf_file.h"

#include <ctype.h>

#include <confuse.h>

#include "app/file.h"
#include "base/mem.h"

#define END_MARK     "__end_of_settings"
#define UNKNOWN_MAX  64
#define TOP          "root"          /* libconfuse's name for the top level */

/* A name nobody knows, declared so that reading can go on. */
struct unknown { char *section, *key; bool is_section, titled; };

struct reader {
	struct sv text;
	const char *file;
	const struct conf_names *names;
	struct conf_tree *tree;
	struct conf_faults *faults;
	struct conf_faults twice;        /* of this reading; each reading finds them again */
	struct unknown unknown[UNKNOWN_MAX];
	size_t n_unknown;
	struct conf_section *open;       /* the section being read, NULL at the top level */
	size_t calls;                    /* of on_assigned since the newest key began */
	bool again, ended, broken;       /* a name was added; the mark was seen; the text is no settings syntax */
};

static struct reader *reader;

/* ---- the tree ---- */

static void
item_done(struct conf_item *it)
{
	for (size_t i = 0; i < it->n; i++)
		mem_free(it->values[i]);
	mem_free(it->values);
	mem_free(it->key);
}

void
conf_tree_done(struct conf_tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct conf_section *s = &t->sections[i];

		for (size_t j = 0; j < s->n; j++)
			item_done(&s->items[j]);
		mem_free(s->items);
		mem_free(s->name);
		mem_free(s->title);
	}
	mem_free(t->sections);
	*t = (struct conf_tree){ 0 };
}

const struct conf_item *
conf_item(const struct conf_section *s, const char *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i].key, key) == 0)
			return &s->items[i];
	return NULL;
}

static struct conf_section *
add_section(struct conf_tree *t, const char *name, const char *title, int line)
{
	struct conf_section *s;

	t->sections = mem_resize(t->sections, (t->n + 1) * sizeof *t->sections);
	s = &t->sections[t->n++];
	*s = (struct conf_section){ .name = mem_strdup(name), .title = mem_strdup(title ? title : ""), .line = line };
	return s;
}

static struct conf_item *
add_item(struct conf_section *s, const char *key, int line)
{
	struct conf_item *it;

	s->items = mem_resize(s->items, (s->n + 1) * sizeof *s->items);
	it = &s->items[s->n++];
	*it = (struct conf_item){ .key = mem_strdup(key), .line = line };
	return it;
}

static void
add_value(struct conf_item *it, const char *value)
{
	it->values = mem_resize(it->values, (it->n + 1) * sizeof *it->values);
	it->values[it->n++] = mem_strdup(value);
}

/* ---- lines ---- */

static struct sv
line_of(struct sv text, int line)
{
	struct sv at = { "", 0 };

	for (int i = 0; i < line && text.p; i++)
		at = sv_cut(&text, '\n');
	return at;
}

/* The last line up to `from` that begins with this name: where a section or key was written. */
static int
line_with(const char *name, int from)
{
	for (int line = from; line > 0; line--)
		if (sv_starts(sv_trim(line_of(reader->text, line)), sv_of(name)))
			return line;
	return from;
}

/* ---- libconfuse's callbacks ---- */

static bool
is_unknown(const char *section, const char *key)
{
	for (size_t i = 0; i < reader->n_unknown; i++) {
		const struct unknown *u = &reader->unknown[i];

		if (strcmp(u->section, section) == 0 && strcmp(u->key, key) == 0)
			return true;
	}
	return false;
}

static bool
is_unknown_section(const char *name)
{
	for (size_t i = 0; i < reader->n_unknown; i++)
		if (reader->unknown[i].is_section && strcmp(reader->unknown[i].key, name) == 0)
			return true;
	return false;
}

static struct conf_section *
section_of(cfg_t *cfg)
{
	if (strcmp(cfg->name, TOP) == 0)
		return &reader->tree->sections[0];
	if (!reader->open)
		reader->open = add_section(reader->tree, cfg->name, cfg->title, line_with(cfg->name, cfg->line));
	return reader->open;
}

/* A name or a section that is reported as unknown, or our own mark, is not taken down. */
static bool
is_ours(cfg_t *cfg, cfg_opt_t *opt)
{
	return !is_unknown(cfg->name, opt->name) && !is_unknown_section(cfg->name) &&
	       strncmp(opt->name, END_MARK, strlen(END_MARK)) != 0;
}

static void
refuse_second(const struct conf_section *s, const char *key, int line)
{
	const struct conf_item *before = conf_item(s, key);

	if (before)
		conf_fault_add(&reader->twice, reader->file, line, "%s is given twice, first in line %d", key, before->line);
}

static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct conf_section *s;

	*(const char **)result = value;
	if (strcmp(opt->name, END_MARK) == 0 && strcmp(cfg->name, TOP) == 0)
		reader->ended = true;
	if (!is_ours(cfg, opt))
		return 0;
	s = section_of(cfg);
	if (opt->nvalues == 1) {                 /* the first value of an assignment: what was before is thrown away */
		refuse_second(s, opt->name, cfg->line);
		add_item(s, opt->name, cfg->line);
		reader->calls = 0;
	}
	must(s->n);
	add_value(&s->items[s->n - 1], value);
	return 0;
}

/* Called after every value, and once more at the closing brace of a list. */
static int
on_assigned(cfg_t *cfg, cfg_opt_t *opt)
{
	struct conf_section *s;

	if (!is_ours(cfg, opt))
		return 0;
	s = section_of(cfg);
	must(s->n);
	if (++reader->calls > s->items[s->n - 1].n)
		s->items[s->n - 1].list = true;
	return 0;
}

/* An empty list calls nobody back; it shows as a name that was assigned and has no values. */
static void
take_empty_lists(cfg_t *cfg, struct conf_section *s, int upto)
{
	for (cfg_opt_t *o = cfg->opts; o->name; o++) {
		int line;

		if (!(o->flags & CFGF_LIST) || !(o->flags & CFGF_MODIFIED) || o->nvalues || !is_ours(cfg, o))
			continue;
		line = line_with(o->name, upto);
		refuse_second(s, o->name, line);
		add_item(s, o->name, line)->list = true;
	}
}

static int
on_section_end(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sec = opt->values[opt->nvalues - 1]->section;

	if (!is_unknown_section(opt->name)) {
		if (!reader->open)               /* nothing in it so far */
			section_of(sec);
		take_empty_lists(sec, reader->open, cfg->line);
	}
	reader->open = NULL;
	return 0;
}

/* ---- unknown names ---- */

/* What follows a name tells what it would have been: '=' a key, '{' a section, anything else a titled
 * section. False when it is none of these. */
static bool
guess_kind(struct unknown *u, int line)
{
	struct sv rest = { reader->text.p, reader->text.n }, name = sv_of(u->key);
	const char *at = NULL, *end = reader->text.p + reader->text.n;

	for (int i = 1; i < line; i++)
		sv_cut(&rest, '\n');
	if (rest.p)
		at = memmem(rest.p, rest.n, name.p, name.n);
	if (!at)
		return false;
	for (at += name.n; at < end && isspace((unsigned char)*at); at++)
		;
	if (at == end || *at == '\0')
		return false;
	u->is_section = *at != '=' && *at != '+';
	u->titled = u->is_section && *at != '{';
	return !u->titled || *at == '"' || *at == '\'' || isalnum((unsigned char)*at);
}

static void
take_unknown(cfg_t *cfg, const char *key)
{
	bool top = strcmp(cfg->name, TOP) == 0, known_kind;
	struct unknown u = { .section = (char *)(uintptr_t)cfg->name, .key = (char *)(uintptr_t)key };

	if (strcmp(key, END_MARK) == 0) {
		conf_fault_add(reader->faults, reader->file, line_with(cfg->name, cfg->line),
		               "section %s is never closed: \"}\" is missing", cfg->name);
		reader->broken = true;
		return;
	}
	known_kind = guess_kind(&u, cfg->line);
	/* A section inside a section has no place in the table: reading ends there. */
	reader->again = known_kind && reader->n_unknown < UNKNOWN_MAX && (top || !u.is_section);
	reader->broken = !reader->again;
	if (!is_unknown_section(cfg->name))
		conf_fault_add(reader->faults, reader->file, cfg->line, "unknown %s \"%s\"%s%s",
		               known_kind && u.is_section ? "section" : "key", key, top ? "" : " in section ",
		               top ? "" : cfg->name);
	if (!reader->again)
		return;
	u.section = mem_strdup(cfg->name);
	u.key = mem_strdup(key);
	reader->unknown[reader->n_unknown++] = u;
}

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[200];

	if (strcmp(fmt, "no such option '%s'") == 0) {
		take_unknown(cfg, va_arg(ap, const char *));
		return;
	}
	vsnprintf(text, sizeof text, fmt, ap);
	conf_fault_add(reader->faults, reader->file, cfg->line, "%s", text);
	reader->broken = true;
}

/* ---- declaring names to libconfuse ---- */

struct opts { cfg_opt_t *at; size_t n; };

static void
declare(struct opts *o, cfg_opt_t opt)
{
	static const cfg_opt_t end = CFG_END();

	o->at = mem_resize(o->at, (o->n + 2) * sizeof *o->at);
	o->at[o->n++] = opt;
	o->at[o->n] = end;
}

/* Everything is a list of texts: what a key really is, its settings row says. */
static void
declare_key(struct opts *o, const char *key)
{
	cfg_opt_t opt = CFG_STR_LIST_CB(NULL, NULL, CFGF_NODEFAULT, on_value);

	opt.name = key;
	opt.validcb = on_assigned;
	declare(o, opt);
}

/* Freed by free_opts. */
static cfg_opt_t *
keys_of(const char *section, const char *const *keys)
{
	struct opts o = { 0 };

	for (; keys && *keys; keys++)
		declare_key(&o, *keys);
	for (size_t i = 0; i < reader->n_unknown; i++)
		if (!reader->unknown[i].is_section && strcmp(reader->unknown[i].section, section) == 0)
			declare_key(&o, reader->unknown[i].key);
	if (!o.at)
		declare_key(&o, END_MARK " ");       /* a table must not be empty; nobody can write this name */
	return o.at;
}

static void
declare_section(struct opts *o, const char *name, bool titled, cfg_opt_t *keys)
{
	cfg_opt_t opt = CFG_SEC(NULL, NULL, CFGF_MULTI);

	opt.name = name;
	opt.subopts = keys;
	opt.flags |= titled ? CFGF_TITLE : 0;
	opt.validcb = on_section_end;
	declare(o, opt);
}

static struct opts
declare_all(void)
{
	struct opts o = { 0 };

	o.at = keys_of(TOP, reader->names[0].keys);
	while (o.at[o.n].name)
		o.n++;
	declare_key(&o, END_MARK);
	for (size_t i = 1; reader->names[i].section; i++) {
		const struct conf_names *s = &reader->names[i];

		declare_section(&o, s->section, s->titled, keys_of(s->section, s->keys));
	}
	for (size_t i = 0; i < reader->n_unknown; i++) {
		const struct unknown *u = &reader->unknown[i];

		if (u->is_section && strcmp(u->section, TOP) == 0)
			declare_section(&o, u->key, u->titled, keys_of(u->key, NULL));
	}
	return o;
}

static void
free_opts(struct opts *o)
{
	for (size_t i = 0; i < o->n; i++)
		mem_free(o->at[i].subopts);
	mem_free(o->at);
}

/* ---- reading ---- */

static void
read_once(const char *text)
{
	struct opts o = declare_all();
	cfg_t *cfg = cfg_init(o.at, CFGF_NONE);          /* copies the table */

	must(cfg);
	free_opts(&o);
	conf_tree_done(reader->tree);
	add_section(reader->tree, "", "", 1);
	reader->open = NULL;
	reader->again = reader->ended = false;
	conf_faults_done(&reader->twice);
	cfg_set_error_function(cfg, on_error);
	if (cfg_parse_buf(cfg, text) == CFG_SUCCESS)
		take_empty_lists(cfg, &reader->tree->sections[0], cfg->line);
	else if (!reader->again)
		reader->broken = true;
	cfg_free(cfg);
}

static void
read_all(void)
{
	AUTO_SBUF text;
	const char *whole;
	size_t before = reader->faults->n;

	sbuf_init(&text, reader->text.n + 64);
	sbuf_addsv(&text, reader->text);
	sbuf_adds(&text, "\n" END_MARK " = 1\n");
	must(sbuf_finish(&text, &whole) == ERR_OK);
	do {
		read_once(whole);
	} while (reader->again && !reader->broken);
	for (size_t i = 0; i < reader->twice.n; i++)
		conf_fault_add(reader->faults, reader->file, reader->twice.at[i].line, "%s", reader->twice.at[i].text);
	conf_faults_done(&reader->twice);
	if (reader->broken && reader->faults->n == before)
		conf_fault_add(reader->faults, reader->file, 0, "cannot be read as settings");
	if (!reader->broken && !reader->ended) {
		conf_fault_add(reader->faults, reader->file, 0, "the file ends inside a comment");
		reader->broken = true;
	}
}

enum err
conf_file_parse(struct sv text, const char *file, const struct conf_names *names, struct conf_tree *out,
                struct conf_faults *faults)
{
	AUTO_FREE struct reader *r = mem_alloc(sizeof *r);
	AUTO_FREE char *bare = mem_dup(text.p, text.n);
	int bad = file_bad_line(text);

	*out = (struct conf_tree){ 0 };
	if (bad) {
		conf_fault_add(faults, file, bad, "not UTF-8 text, or a control character");
		return ERR_SYNTAX;
	}
	conf_blank_comments(bare, text.n);
	*r = (struct reader){ .text = { bare, text.n }, .file = file, .names = names, .tree = out, .faults = faults };
	reader = r;
	r->broken = conf_surprises(text, file, faults);
	if (!r->broken)
		read_all();
	reader = NULL;
	for (size_t i = 0; i < r->n_unknown; i++) {
		mem_free(r->unknown[i].section);
		mem_free(r->unknown[i].key);
	}
	if (r->broken)
		conf_tree_done(out);
	return r->broken ? ERR_SYNTAX : ERR_OK;
}
