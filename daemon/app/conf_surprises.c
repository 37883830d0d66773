/*
 * What libconfuse would do to a text without a word: put environment variables into it, drop characters it
 * does not expect. This follows its scanner through quotes and comments and makes faults of both.
 */
#include "app/conf_file.h"

enum place { PLAIN, DOUBLE_QUOTES, SINGLE_QUOTES, LINE_COMMENT, BLOCK_COMMENT };

/* Where the scanner of libconfuse will be behind p; *skip further bytes belong to this step. */
static enum place
next_place(enum place at, const char *p, size_t left, size_t *skip)
{
	char c = p[0], d = left > 1 ? p[1] : '\0';

	switch (at) {
	case PLAIN:
		*skip = c == '/' && d == '*';
		return c == '"' ? DOUBLE_QUOTES : c == '\'' ? SINGLE_QUOTES : c == '#' || (c == '/' && d == '/') ? LINE_COMMENT :
		       *skip ? BLOCK_COMMENT : PLAIN;
	case DOUBLE_QUOTES:
		*skip = c == '\\' && d && d != '\n';
		return c == '"' ? PLAIN : at;
	case SINGLE_QUOTES:
		*skip = c == '\\' && (d == '\\' || d == '\'');
		return c == '\'' ? PLAIN : at;
	case LINE_COMMENT:
		return c == '\n' ? PLAIN : at;
	case BLOCK_COMMENT:
		*skip = c == '*' && d == '/';
		return *skip ? PLAIN : at;
	}
	return at;
}

/* Outside quotes the scanner drops these without a word. */
static bool
is_dropped(char c, char d)
{
	return c == '*' || (c == '+' && d != '=') || (c == '/' && (!d || strchr(" #\"'\t\n\r={}()+,", d)));
}

static const char *
surprise_at(enum place at, char c, char d)
{
	if ((at == PLAIN || at == DOUBLE_QUOTES) && c == '$' && d == '{')
		return "environment variables are not read; for the characters themselves write \"\\${\"";
	if (at == PLAIN && is_dropped(c, d))
		return "the characters + * / outside a text: put the value into quotes";
	return NULL;
}

bool
conf_surprises(struct sv text, const char *file, struct conf_faults *faults)
{
	enum place at = PLAIN;
	bool found = false;
	int line = 1;

	for (size_t i = 0, skip = 0; i < text.n; i += 1 + skip, skip = 0) {
		const char *what = surprise_at(at, text.p[i], i + 1 < text.n ? text.p[i + 1] : '\0');

		if (what)
			conf_fault_add(faults, file, line, "%s", what);
		found = found || what;
		line += text.p[i] == '\n';
		at = next_place(at, text.p + i, text.n - i, &skip);
	}
	return found;
}
