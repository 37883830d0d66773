/* Records as text; see the header. Values are escaped so that a line end or tab in one never starts another. */
#include "core/record.h"

#include <string.h>

#include "base/num.h"

static void
add_escaped(struct sbuf *out, const char *s)
{
	size_t plain;

	for (;;) {
		plain = strcspn(s, "\\\n\t");
		sbuf_add(out, s, plain);
		s += plain;
		if (!*s)
			return;
		sbuf_addc(out, '\\');
		sbuf_addc(out, *s == '\n' ? 'n' : *s == '\t' ? 't' : '\\');
		s++;
	}
}

static bool
is_default(const struct record_field *f, const char *at)
{
	int64_t wide;
	int narrow;

	switch (f->type) {
	case RECORD_TEXT: return !*at;
	case RECORD_TIMES:
	case RECORD_I64:  memcpy(&wide, at, sizeof wide); return wide == 0;
	case RECORD_INT:  memcpy(&narrow, at, sizeof narrow); return narrow == 0;
	case RECORD_BOOL: return !*(const bool *)at;
	}
	return true;
}

static void
add_times(struct sbuf *out, const char *at, size_t size)
{
	int64_t t;

	for (size_t i = 0; i + sizeof t <= size; i += sizeof t) {
		memcpy(&t, at + i, sizeof t);
		if (!t)
			return;
		if (i)
			sbuf_addc(out, ',');
		sbuf_addi(out, t);
	}
}

static void
add_value(struct sbuf *out, const struct record_field *f, const char *at)
{
	int64_t wide;
	int narrow;

	switch (f->type) {
	case RECORD_TEXT: add_escaped(out, at); break;
	case RECORD_TIMES: add_times(out, at, f->size); break;
	case RECORD_I64:  memcpy(&wide, at, sizeof wide); sbuf_addi(out, wide); break;
	case RECORD_INT:  memcpy(&narrow, at, sizeof narrow); sbuf_addi(out, narrow); break;
	case RECORD_BOOL: sbuf_addc(out, *(const bool *)at ? '1' : '0'); break;
	}
}

void
record_write(const struct record_field *f, const void *obj, struct sbuf *out)
{
	const char *at;

	for (; f->name; f++) {
		at = (const char *)obj + f->at;
		if (is_default(f, at))
			continue;
		sbuf_adds(out, f->name);
		sbuf_addc(out, '=');
		add_value(out, f, at);
		sbuf_addc(out, '\n');
	}
}

void
record_write_row(char letter, const struct record_field *f, const void *obj, struct sbuf *out)
{
	const char *at;

	sbuf_addc(out, letter);
	for (; f->name; f++) {
		at = (const char *)obj + f->at;
		sbuf_addc(out, '\t');
		if (!is_default(f, at))
			add_value(out, f, at);
	}
	sbuf_addc(out, '\n');
}

static enum err
read_text(struct sv v, char *out, size_t size)
{
	size_t n = 0;
	char c;

	for (size_t i = 0; i < v.n; i++) {
		c = v.p[i];
		if (c == '\\') {
			if (++i == v.n)
				return ERR_CORRUPT;
			c = v.p[i] == 'n' ? '\n' : v.p[i] == 't' ? '\t' : v.p[i];
		}
		if (!c || n + 1 >= size)
			return ERR_CORRUPT;
		out[n++] = c;
	}
	out[n] = '\0';
	return ERR_OK;
}

static enum err
read_times(struct sv v, char *at, size_t size)
{
	int64_t t;

	memset(at, 0, size);
	for (size_t i = 0; v.p && v.n; i += sizeof t) {
		if (i + sizeof t > size || num_parse(sv_cut(&v, ','), 1, RECORD_I64_MAX, &t))
			return ERR_CORRUPT;
		memcpy(at + i, &t, sizeof t);
	}
	return ERR_OK;
}

static enum err
read_value(const struct record_field *f, struct sv v, void *obj)
{
	int64_t max = f->type == RECORD_I64 ? RECORD_I64_MAX : f->type == RECORD_INT ? f->max : 1, wide;
	char *at = (char *)obj + f->at;
	int narrow;

	if (f->type == RECORD_TEXT)
		return read_text(v, at, f->size);
	if (f->type == RECORD_TIMES)
		return read_times(v, at, f->size);
	if (num_parse(v, f->type == RECORD_I64 ? -max : 0, max, &wide))
		return ERR_CORRUPT;
	if (f->type == RECORD_I64) {
		memcpy(at, &wide, sizeof wide);
	} else if (f->type == RECORD_INT) {
		narrow = (int)wide;
		memcpy(at, &narrow, sizeof narrow);
	} else {
		*(bool *)at = wide != 0;
	}
	return ERR_OK;
}

enum err
record_read(const struct record_field *f, struct sv line, void *obj)
{
	struct sv name = sv_cut(&line, '=');

	if (!line.p)
		return ERR_CORRUPT;
	for (; f->name; f++)
		if (sv_is(name, f->name))
			return read_value(f, line, obj);
	return ERR_OK;
}

enum err
record_read_row(const struct record_field *f, struct sv columns, void *obj)
{
	enum err e;

	for (; f->name && columns.p; f++) {
		struct sv v = sv_cut(&columns, '\t');

		if (v.n && (e = read_value(f, v, obj)))
			return e;
	}
	return ERR_OK;
}
