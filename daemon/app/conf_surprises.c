/*
 * What libconfuse would do to a text without a word: put environment variables into it, drop characters it
 * does not expect, and count three lines for each comment. This follows its scanner through quotes, words and
 * comments, makes faults of the first two and takes the comments out.
 */
#include "app/conf_file.h"

enum place { PLAIN, DOUBLE_QUOTES, SINGLE_QUOTES, LINE_COMMENT, BLOCK_COMMENT };

struct scan {
	struct sv rest;                  /* of the text, from this step on */
	enum place at;
	bool in_word;                    /* of one without quotes: the "//" of redis://host begins no comment */
};

static char
byte_at(const struct scan *s, size_t i)
{
	return i < s->rest.n ? s->rest.p[i] : '\0';
}

static enum place
leave_plain(char c, char d, bool in_word)
{
	if (c == '#' || (c == '/' && d == '/' && !in_word))
		return LINE_COMMENT;
	if (c == '/' && d == '*' && !in_word)
		return BLOCK_COMMENT;
	return c == '"' ? DOUBLE_QUOTES : c == '\'' ? SINGLE_QUOTES : PLAIN;
}

/* The bytes that belong together here; *next is where the scanner of libconfuse will be behind them. */
static size_t
look(const struct scan *s, enum place *next)
{
	char c = byte_at(s, 0), d = byte_at(s, 1);
	bool two = false;

	*next = s->at;
	switch (s->at) {
	case PLAIN:
		*next = leave_plain(c, d, s->in_word);
		two = *next == BLOCK_COMMENT;
		break;
	case DOUBLE_QUOTES:
		two = c == '\\' && d && d != '\n';
		*next = c == '"' ? PLAIN : s->at;
		break;
	case SINGLE_QUOTES:
		two = c == '\\' && (d == '\\' || d == '\'');
		*next = c == '\'' ? PLAIN : s->at;
		break;
	case LINE_COMMENT:
		*next = c == '\n' ? PLAIN : s->at;
		break;
	case BLOCK_COMMENT:
		two = c == '*' && d == '/';
		*next = two ? PLAIN : s->at;
		break;
	}
	return 1 + two;
}

static void
go(struct scan *s, size_t n, enum place next)
{
	char c = s->rest.p[0];

	s->in_word = s->at == PLAIN && next == PLAIN && c && !strchr(" #\"'\t\n\r={}()+,*", c);
	s->at = next;
	s->rest.p += n;
	s->rest.n -= n;
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
	struct scan s = { .rest = text };
	bool found = false;
	int line = 1;

	while (s.rest.n) {
		const char *what = surprise_at(s.at, byte_at(&s, 0), byte_at(&s, 1));
		enum place next;
		size_t n = look(&s, &next);

		if (what)
			conf_fault_add(faults, file, line, "%s", what);
		found = found || what;
		line += s.rest.p[0] == '\n';
		go(&s, n, next);
	}
	return found;
}

static void
blank(char *p, const char *end)
{
	for (; p < end; p++)
		if (*p != '\n')
			*p = ' ';
}

void
conf_blank_comments(char *text, size_t n)
{
	struct scan s = { .rest = { text, n } };
	char *from = text;

	while (s.rest.n) {
		enum place next;
		size_t step = look(&s, &next);
		char *here = text + (n - s.rest.n);

		if (s.at == PLAIN && (next == LINE_COMMENT || next == BLOCK_COMMENT))
			from = here;
		if ((s.at == LINE_COMMENT || s.at == BLOCK_COMMENT) && next == PLAIN)
			blank(from, here + step);
		go(&s, step, next);
	}
}
