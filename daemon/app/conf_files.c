/* The files the settings name: each is read whole and every bad line is a fault of that file. */
#include "app/conf_load.h"

#include <string.h>

#include "app/file.h"
#include "app/lexicons.h"
#include "app/texts.h"
#include "base/mem.h"

#define HOLIDAYS_MAX (1024 * 1024)
#define KEYS_MAX     (64 * 1024)

static void
load_holidays(struct load *l)
{
	const char *path = l->c->holidays;
	AUTO_SBUF text;
	struct sv rest;
	struct diag why;

	if (!path || *path == '\0')
		return;
	sbuf_init(&text, HOLIDAYS_MAX);
	if (file_read(path, &text, &why)) {
		conf_fault_add(l->faults, path, 0, "%s", why.text);
		return;
	}
	rest = sbuf_sv(&text);
	if (sv_starts(rest, SV("\xef\xbb\xbf"))) {
		rest.p += 3;
		rest.n -= 3;
	}
	for (int line = 1; rest.p; line++)
		if (calendar_add_line(l->c->calendar, sv_cut(&rest, '\n'), &why))
			conf_fault_add(l->faults, path, line, "%s", why.text);
}

/* The file behind a top-level key; key also says how it is made. */
static bool
load_secret(struct load *l, const char *key, const char *path, const char *make, struct sbuf *out)
{
	struct diag why;
	enum err e = path ? file_secret(path, out, &why) : ERR_MISSING;

	if (path && e == ERR_MISSING)
		LOAD_BAD(l, load_line(l, "", key), "%s: secret %s: not there; make it with: hailongctl -c %s %s", key, path, l->c->file,
		    make);
	else if (path && e)
		LOAD_BAD(l, load_line(l, "", key), "%s: secret %s: %s", key, path, why.text);
	return e == ERR_OK;
}

static void
load_lexicon(struct load *l)
{
	struct conf *c = l->c;
	struct diag why;
	char file[256];

	if (c->lexicon_dir && lexicons_load(c->lexicon_dir, &c->lexicon, file, &why)) {
		AUTO_FREE char *path = *file ? file_join(c->lexicon_dir, file) : mem_strdup(c->lexicon_dir);

		conf_fault_add(l->faults, path, why.line, "%s", why.text);
	}
}

static void
load_keys(struct load *l)
{
	struct conf *c = l->c;
	AUTO_SBUF text;
	struct diag why;

	sbuf_init(&text, KEYS_MAX);
	if (load_secret(l, "keys_file", c->keys_file, "keys new", &text) && keyring_parse(sbuf_sv(&text), &c->keys, &why))
		conf_fault_add(l->faults, c->keys_file, why.line, "%s", why.text);
	if (text.p)
		explicit_bzero(text.p, text.n);
}

static void
load_tokens(struct load *l)
{
	struct conf *c = l->c;
	AUTO_SBUF text;

	sbuf_init(&text, TOKENS_FILE_MAX);
	if (load_secret(l, "tokens_file", c->tokens_file, "token new NAME --scope ...", &text) &&
	    tokens_parse(sbuf_sv(&text), c->tokens_file, &c->tokens, l->faults))
		c->tokens = NULL;                /* its faults are in *faults */
}

static void
check_people(struct load *l)
{
	const struct conf *c = l->c;
	size_t n = 0;
	const struct staff *s = registry_people(c->registry, &n);

	for (size_t i = 0; i < n; i++)
		if (*s[i].channel && !conf_channel(c, sv_of(s[i].channel)) && !load_has_channel(l, s[i].channel))
			conf_fault_add(l->faults, c->staff, s[i].line, "channel \"%s\" of %s is not in the settings", s[i].channel,
			               s[i].id);
	registry_units(c->registry, &n);
	for (size_t i = 0; n && i < c->survey.exclude_units.n; i++)
		if (!registry_unit(c->registry, sv_of(c->survey.exclude_units.at[i])))
			LOAD_BAD(l, load_line(l, "survey", "exclude_units"), "survey: exclude_units: \"%s\" is not in the units file",
			    c->survey.exclude_units.at[i]);
}

void
load_files(struct load *l)
{
	struct conf *c = l->c;
	struct diag why = { 0 };

	load_holidays(l);
	load_lexicon(l);
	if (c->texts_file && texts_load(c->texts_file, &c->texts, &why))
		conf_fault_add(l->faults, c->texts_file, why.line, "%s", why.text);
	load_keys(l);
	load_tokens(l);
	if (c->units && c->staff && registry_load(c->units, c->staff, &c->registry, l->faults) == ERR_OK)
		check_people(l);
}
