/* A message cut into folded words; see the header. */
#include "text/words.h"

#include <string.h>
#include <utf8proc.h>

struct cutter {
	struct words *out;
	size_t        n;                     /* letters of the word being read */
	bool          number;
};

static void
end_word(struct cutter *c)
{
	struct word *w = &c->out->at[c->out->n];

	if (!c->n)
		return;
	while (c->number && c->n && strchr("/.,-", w->text[c->n - 1]))
		c->n--;                              /* a full stop behind a number is none of it */
	w->text[c->n] = '\0';
	w->number = c->number;
	if (c->n)
		c->out->n++;
	c->n = 0;
	c->number = false;
}

static bool
is_digit(utf8proc_int32_t c)
{
	return c >= '0' && c <= '9';
}

static void
take(struct cutter *c, utf8proc_int32_t ch)
{
	bool joins = c->number && ch < 0x80 && ch > 0 && strchr("/.,-", (int)ch), letter = ch >= 'a' && ch <= 'z';

	if (c->out->n == WORDS_MAX)
		return;
	if (!is_digit(ch) && !letter && !joins) {
		end_word(c);
		return;
	}
	if (c->n && !joins && is_digit(ch) != c->number)
		end_word(c);
	if (c->out->n == WORDS_MAX || c->n + 1 >= WORD_MAX)
		return;
	if (!c->n)
		c->number = is_digit(ch);
	c->out->at[c->out->n].text[c->n++] = (char)ch;
}

/* One character as its base letter: compatibility forms, case and marks gone. */
static void
fold(struct cutter *c, utf8proc_int32_t ch)
{
	utf8proc_int32_t parts[32];
	int last = 0;
	utf8proc_ssize_t n = utf8proc_decompose_char(ch, parts, 32, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD
	                                             | UTF8PROC_IGNORE | UTF8PROC_STRIPMARK, &last);

	for (utf8proc_ssize_t i = 0; i < n && i < 32; i++)
		take(c, parts[i] == 0x111 ? 'd' : parts[i]);
}

void
words_cut(struct sv text, struct words *out)
{
	struct cutter c = { .out = out };

	out->n = 0;
	while (text.n) {
		utf8proc_int32_t ch;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, &ch);

		if (n > 0)
			fold(&c, ch);
		else
			n = 1;
		text.p += n;
		text.n -= (size_t)n;
	}
	if (out->n < WORDS_MAX)
		end_word(&c);
}
