/*
 * A lexicon file: refused with a line and a reason, or taken; then any message is read with it and every hit lies
 * within the message. Input: the file, a NUL, the message.
 */
#include "app/file.h"
#include "fuzz.h"
#include "text/words.h"

static const char *const tags[] = { "p1", "p2", "review", NULL };
static const char *const sets[] = { "neg", NULL };

static void
on_hit(void *arg, const struct lexicon_hit *h)
{
	const struct words *w = arg;

	must(h->tag >= 0 && h->tag < (int)ARRAY_N(tags) - 1);
	must(h->from <= h->to && h->to <= w->n);
}

static void
read_with(const struct lexicon *lx, struct sv message)
{
	static struct plain p;
	static struct words w;

	plain_read(message, &p);
	words_read(lx, &p, 0, &w);
	must(w.n <= WORDS_MAX);
	for (size_t i = 0; i < w.n; i++) {
		must(memchr(w.at[i].text, '\0', sizeof w.at[i].text));
		lexicon_match(lx, &w, i, on_hit, &w);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct lexicon_names names = { tags, sets };
	struct sv in = fuzz_in(data, n), file = fuzz_part(&in, '\0');
	struct lexicon *lx;
	struct diag why = { .text = "" };

	if (file_bad_line(file))
		return 0;                            /* the loader has refused it by then */
	lx = lexicon_new(&names);
	if (lexicon_add(lx, file, &why))
		must(why.text[0] && why.line > 0);
	else if (lexicon_seal(lx, &why))
		must(why.text[0]);
	else
		read_with(lx, fuzz_rest(in));
	lexicon_free(lx);
	return 0;
}
