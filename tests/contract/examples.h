/*
 * Recorded examples: tests/data/<driver>/ holds what a provider says and is told, one file each, and what it must mean
 * (docs/CHANNELS.md). `settings` there is `key = value` lines. An example is `name: value` lines, a blank line, and the
 * body; its first line says what it is:
 *   answer: 202                       the provider's answer to a send
 *   push: POST /hook/sms/mo?token=..  a call of the provider
 *   send: ref=.. to=.. ucs2=0         a message of ours
 *   probe: GET http://..              the question whether our account would be taken
 *   probed: 400                       the answer to it
 * A body of other bytes than text is written in percent signs as `bytes: %00T`.
 */
#ifndef TESTS_EXAMPLES_H
#define TESTS_EXAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "app/conf_value.h"
#include "app/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "channel/channels.h"

#define EXAMPLES      "tests/data"       /* tests run in the root of the tree */
#define EXAMPLE_LINES 24

struct example {
	char      name[400];
	char     *text;
	struct { struct sv name, value; } line[EXAMPLE_LINES];
	int       n;
	struct sv body;
	struct sbuf bytes;
};

static inline char *
example_file(const char *driver, const char *name)
{
	char path[512];
	FILE *f;
	char *text = mem_alloc(65536);

	snprintf(path, sizeof path, EXAMPLES "/%s/%s", driver, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot be read (every driver over HTTP has examples; run in the root of the tree)", path);
	(void)!fread(text, 1, 65535, f);
	fclose(f);
	return text;
}

static inline struct sv
example_get(const struct example *x, const char *name)
{
	for (int i = 0; i < x->n; i++)
		if (sv_is(x->line[i].name, name))
			return x->line[i].value;
	return (struct sv){ NULL, 0 };
}

static inline void
example_unpercent(struct sv s, struct sbuf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '%') {
			assert_true(i + 2 < s.n && !num_unhex((struct sv){ s.p + i + 1, 2 }, &c, 1));
			i += 2;
		}
		sbuf_add(out, &c, 1);
	}
}

static inline void
example_read(const char *driver, const char *name, struct example *x)
{
	struct sv rest;

	*x = (struct example){ .text = example_file(driver, name) };
	snprintf(x->name, sizeof x->name, "%s/%s", driver, name);
	sbuf_init(&x->bytes, 65536);
	for (rest = sv_of(x->text); rest.p && rest.n;) {
		struct sv line = sv_cut(&rest, '\n');

		if (!line.n)
			break;
		if (*line.p == '#')
			continue;
		assert_true(x->n < EXAMPLE_LINES);
		x->line[x->n].name = sv_cut(&line, ':');
		if (!line.p)
			fail_msg("%s: a line without colon", x->name);
		x->line[x->n++].value = sv_trim(line);
	}
	x->body = rest.p ? rest : (struct sv){ "", 0 };
	if (x->body.n && x->body.p[x->body.n - 1] == '\n')
		x->body.n--;                             /* the editor's */
	if (example_get(x, "bytes").p) {
		example_unpercent(example_get(x, "bytes"), &x->bytes);
		x->body = sbuf_sv(&x->bytes);
	}
}

static inline void
example_done(struct example *x)
{
	mem_free(x->text);
	sbuf_done(&x->bytes);
}

typedef void example_fn(const char *driver, const struct example *x, void *arg);

static inline void
examples_each(const char *driver, example_fn *fn, void *arg)
{
	struct dirent **names;
	char path[512];
	int n;

	snprintf(path, sizeof path, EXAMPLES "/%s", driver);
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		fail_msg("%s: every driver over HTTP has examples; run in the root of the tree", path);
	for (int i = 0; i < n; i++) {
		struct example x;

		if (*names[i]->d_name != '.' && strcmp(names[i]->d_name, "settings") != 0) {
			example_read(driver, names[i]->d_name, &x);
			fn(driver, &x, arg);
			example_done(&x);
		}
		free(names[i]);
	}
	free(names);
}

/* ---- settings of a driver: the folder's, and on top of them `more` ("key = value" lines) ---- */

static inline struct sv
example_setting(struct sv text, const char *name)
{
	struct sv found = { NULL, 0 };

	while (text.p) {
		struct sv line = sv_cut(&text, '\n'), key = sv_cut(&line, '=');

		if (line.p && sv_is(sv_trim(key), name))
			found = sv_trim(line);
	}
	return found;
}

static inline void
example_set(const struct setting *s, void *conf, struct sv value)
{
	char *text = mem_dup(value.p ? value.p : "", value.n);
	struct conf_item item = { .key = NULL, .values = &text, .n = 1 };
	struct diag why = { .text = "" };

	if (value.p && s->type == SETTING_SECRET) {
		memcpy((char *)conf + s->at, &text, sizeof text);        /* no file of its own */
		return;
	}
	if (value_set(s, conf, value.p ? &item : NULL, "/", &why))
		fail_msg("%s: %s", s->name, why.text);
	mem_free(text);
}

/* NULL when the driver has no dialect and nothing to set. Free with example_conf_free. */
static inline void *
example_conf(const char *driver, const char *more)
{
	size_t size;
	const struct setting *keys = channel_keys(driver, &size);
	char *text = channel_dialect(driver) ? example_file(driver, "settings") : mem_strdup("");
	void *conf = mem_alloc(size);

	for (const struct setting *s = keys; s->name; s++) {
		struct sv value = example_setting(sv_of(more), s->name);

		example_set(s, conf, value.p ? value : example_setting(sv_of(text), s->name));
	}
	mem_free(text);
	return conf;
}

static inline void
example_conf_free(const char *driver, void *conf)
{
	size_t size;

	for (const struct setting *s = channel_keys(driver, &size); s->name; s++)
		value_done(s, conf);
	mem_free(conf);
}

#endif
