/*
 * Puts the settings together: syntax (conf_file), values (conf_value), what must fit together (conf_check)
 * and the files they name (conf_files). It goes on after a fault, so that one look shows all of them.
 */
#include "app/conf.h"

#include <unistd.h>

#include "app/conf_load.h"
#include "app/conf_tables.h"
#include "app/conf_value.h"
#include "app/file.h"
#include "base/mem.h"
#include "channel/channels.h"

#define FILE_MAX     (1024 * 1024)
#define NAMES_MAX    256
#define DRIVER_KEY   "driver"

/* ---- one load ---- */

const struct conf_section *
load_section(const struct load *l, const char *name)
{
	for (size_t i = 0; i < l->tree.n; i++)
		if (strcmp(l->tree.sections[i].name, name) == 0)
			return &l->tree.sections[i];
	return NULL;
}

int
load_line(const struct load *l, const char *section, const char *key)
{
	const struct conf_section *s = load_section(l, section);
	const struct conf_item *it = s ? conf_item(s, key) : NULL;

	return it ? it->line : s ? s->line : 1;
}

bool
load_plain_name(const char *name, size_t max)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n <= max && name[n] == '\0';
}

bool
load_has_channel(const struct load *l, const char *name)
{
	for (size_t i = 1; i < l->tree.n; i++)
		if (strcmp(l->tree.sections[i].name, "channel") == 0 && strcmp(l->tree.sections[i].title, name) == 0)
			return true;
	return false;
}

static bool
in_table(const struct setting *keys, const char *name)
{
	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name != NULL;
}

/* section NULL: not in the file, all defaults. */
static void
set_all(struct load *l, const struct setting *keys, void *base, const struct conf_section *section)
{
	static const struct conf_section nothing = { .line = 1 };
	const struct conf_section *s = section ? section : &nothing;

	for (const struct setting *k = keys; k->name; k++) {
		const struct conf_item *it = conf_item(s, k->name);
		struct diag why;

		if (value_set(k, base, it, l->dir, &why))
			LOAD_BAD(l, it ? it->line : s->line, "%s%s%s", s->name ? s->name : "", s->name && *s->name ? ": " : "", why.text);
	}
}

static void
set_parts(struct load *l)
{
	for (size_t i = 0; i < CONF_PARTS; i++) {
		const struct conf_part *p = &conf_parts[i];

		set_all(l, p->keys, (char *)l->c + p->at, load_section(l, p->name));
	}
}

static void
check_sections(struct load *l)
{
	for (size_t i = 1; i < l->tree.n; i++)
		for (size_t j = 1; j < i; j++) {
			const struct conf_section *a = &l->tree.sections[j], *b = &l->tree.sections[i];

			if (strcmp(a->name, b->name) == 0 && strcmp(a->title, b->title) == 0)
				LOAD_BAD(l, b->line, "%s%s%s is there twice, first in line %d", b->name, *b->title ? " " : "", b->title,
				    a->line);
		}
	for (size_t i = 0; i < l->tree.sections[0].n; i++) {
		const struct conf_item *it = &l->tree.sections[0].items[i];

		if (!in_table(conf_parts[0].keys, it->key))      /* the library's other spelling: section|key */
			LOAD_BAD(l, it->line, "unknown key \"%s\"", it->key);
	}
}

/* ---- channels ---- */

static void
list_drivers(struct sbuf *out)
{
	for (const char *const *d = channel_drivers(); *d; d++)
		sbuf_addf(out, "%s%s", out->n ? ", " : "", *d);
}

static const char *
driver_of(struct load *l, const struct conf_section *s, size_t *size, const struct setting **keys)
{
	const struct conf_item *it = conf_item(s, DRIVER_KEY);
	AUTO_SBUF all;

	sbuf_init(&all, 200);
	list_drivers(&all);
	if (!it || it->list) {
		LOAD_BAD(l, it ? it->line : s->line, "channel %s: driver is missing: one of %s", s->title, sbuf_sv(&all).p);
		return NULL;
	}
	*keys = channel_keys(it->values[0], size);
	if (!*keys)
		LOAD_BAD(l, it->line, "channel %s: driver \"%s\" is none of %s", s->title, it->values[0], sbuf_sv(&all).p);
	return *keys ? it->values[0] : NULL;
}

static void
set_channel(struct load *l, struct conf_channel *ch, const struct conf_section *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i].key, DRIVER_KEY) != 0 && !in_table(ch->keys, s->items[i].key))
			LOAD_BAD(l, s->items[i].line, "channel %s: driver %s has no key \"%s\"", ch->name, ch->driver, s->items[i].key);
	for (const struct setting *k = ch->keys; k->name; k++) {
		const struct conf_item *it = conf_item(s, k->name);
		struct diag why;

		if (value_set(k, ch->conf, it, l->dir, &why))
			LOAD_BAD(l, it ? it->line : s->line, "channel %s: %s", ch->name, why.text);
	}
}

static void
add_channel(struct load *l, const struct conf_section *s)
{
	struct conf *c = l->c;
	struct conf_channel ch = { .line = s->line };
	const char *driver = driver_of(l, s, &ch.conf_size, &ch.keys);

	if (!load_plain_name(s->title, 32))
		LOAD_BAD(l, s->line, "channel \"%s\": a name has 1 to 32 letters, digits and . _ -", s->title);
	if (!driver)
		return;
	if (c->n_channels == CONF_CHANNELS_MAX) {
		LOAD_BAD(l, s->line, "more than %d channels", CONF_CHANNELS_MAX);
		return;
	}
	ch.name = mem_strdup(s->title);
	ch.driver = mem_strdup(driver);
	ch.conf = mem_alloc(ch.conf_size ? ch.conf_size : 1);
	set_channel(l, &ch, s);
	c->channels[c->n_channels++] = ch;
}

static void
add_channels(struct load *l)
{
	for (size_t i = 1; i < l->tree.n; i++)
		if (strcmp(l->tree.sections[i].name, "channel") == 0)
			add_channel(l, &l->tree.sections[i]);
}

const struct conf_channel *
conf_channel(const struct conf *c, struct sv name)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (sv_is(name, c->channels[i].name))
			return &c->channels[i];
	return NULL;
}

/* ---- names for the syntax ---- */

struct names { const char *at[NAMES_MAX]; size_t n; };

static void
add_name(struct names *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->at[i], name) == 0)
			return;
	must(all->n < NAMES_MAX - 1);
	all->at[all->n++] = name;
}

static void
add_names(struct names *all, const struct setting *keys)
{
	for (; keys->name; keys++)
		add_name(all, keys->name);
}

static enum err
parse(struct sv text, const char *file, struct conf_tree *out, struct conf_faults *faults)
{
	AUTO_FREE struct names *all = mem_alloc((CONF_PARTS + 1) * sizeof *all);
	struct conf_names sections[CONF_PARTS + 2] = { 0 };
	struct names *channel = &all[CONF_PARTS];
	size_t size;

	for (size_t i = 0; i < CONF_PARTS; i++) {
		add_names(&all[i], conf_parts[i].keys);
		sections[i] = (struct conf_names){ conf_parts[i].name, false, all[i].at };
	}
	/* The driver may be written last: at first every driver's keys are known. */
	add_name(channel, DRIVER_KEY);
	for (const char *const *d = channel_drivers(); *d; d++)
		add_names(channel, channel_keys(*d, &size));
	sections[CONF_PARTS] = (struct conf_names){ "channel", true, channel->at };
	return conf_file_parse(text, file, sections, out, faults);
}

static char *
absolute(const char *path)
{
	AUTO_FREE char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

	return file_join(here ? here : "/", path);
}

static enum err
read_tree(const char *file, struct conf_tree *out, struct conf_faults *faults)
{
	AUTO_SBUF text;
	struct diag why;

	sbuf_init(&text, FILE_MAX);
	if (file_read(file, &text, &why)) {
		conf_fault_add(faults, file, 0, "%s", why.text);
		return ERR_SYNTAX;
	}
	return parse(sbuf_sv(&text), file, out, faults);
}

static void
build(struct load *l)
{
	if (read_tree(l->c->file, &l->tree, l->faults))
		return;
	check_sections(l);
	set_parts(l);
	add_channels(l);
	load_check(l);
	load_files(l);
}

enum err
conf_load(const char *path, struct conf **out, struct conf_faults *faults)
{
	struct load l = { .c = mem_alloc(sizeof *l.c), .faults = faults };
	size_t before = faults->n;

	l.c->file = absolute(path);
	l.c->calendar = mem_alloc(sizeof *l.c->calendar);
	l.dir = file_dir(l.c->file);
	build(&l);
	conf_tree_done(&l.tree);
	mem_free(l.dir);
	if (faults->n > before || faults->cut) {
		conf_free(l.c);
		return ERR_SYNTAX;
	}
	*out = l.c;
	return ERR_OK;
}

enum err
conf_path(const char *path, const char *key, char **out, struct conf_faults *faults)
{
	AUTO_FREE char *file = absolute(path), *dir = file_dir(file);
	struct conf_faults names = { 0 };        /* unknown names are not judged here */
	struct conf_tree tree = { 0 };
	const struct setting *k = conf_parts[0].keys;
	struct conf c = { 0 };
	struct diag why;
	enum err e = read_tree(file, &tree, &names);

	while (k->name && strcmp(k->name, key) != 0)
		k++;
	must(k->name && k->type == SETTING_PATH);
	if (e)
		conf_fault_add(faults, file, names.n ? names.at[names.n - 1].line : 0, "%s",
		               names.n ? names.at[names.n - 1].text : "cannot be read as settings");
	else if (value_set(k, &c, conf_item(&tree.sections[0], key), dir, &why)) {
		conf_fault_add(faults, file, 0, "%s", why.text);
		e = ERR_SYNTAX;
	}
	if (!e)
		memcpy(out, (char *)&c + k->at, sizeof *out);
	conf_tree_done(&tree);
	conf_faults_done(&names);
	return e;
}

bool
conf_is_trial_phone(const struct conf *c, const struct phone *p)
{
	for (size_t i = 0; i < c->trial_numbers.n; i++)
		if (strcmp(c->trial_phones[i].e164, p->e164) == 0)
			return true;
	return false;
}

static void
free_values(const struct setting *keys, void *base)
{
	for (; keys->name; keys++)
		value_done(keys, base);
}

static void
free_channel(struct conf_channel *ch)
{
	free_values(ch->keys, ch->conf);
	mem_free(ch->conf);
	mem_free(ch->name);
	mem_free(ch->driver);
}

void
conf_free(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONF_PARTS; i++)
		free_values(conf_parts[i].keys, (char *)c + conf_parts[i].at);
	for (size_t i = 0; i < c->n_channels; i++)
		free_channel(&c->channels[i]);
	mem_free(c->redis.host);
	mem_free(c->redis.user);
	mem_free(c->redis.socket);
	mem_free(c->trial_phones);
	mem_free(c->calendar);
	mem_free(c->file);
	template_set_done(&c->texts);
	registry_free(c->registry);
	tokens_free(c->tokens);
	lexicon_free(c->lexicon);
	keyring_free(c->keys);
	mem_free(c);
}
