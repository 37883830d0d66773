/*
 * The reader's own features and sums, for the trainer. Texts come one a line, with \n and \t written so:
 *   opinion_tool features <texts        per text: key:count ..., keys in hex
 *   opinion_tool score FILE <texts      per text: the chances of all heads, the class and the reasons
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/opinion.h"

#define KEYS_MAX 65536

struct keys {
	uint32_t at[KEYS_MAX];
	size_t n;
};

static struct plain plain;
static struct words words;

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
keep(void *arg, uint32_t key)
{
	struct keys *k = arg;

	must(k->n < KEYS_MAX);
	k->at[k->n++] = key;
}

static void
print_features(void)
{
	static struct keys k;

	k.n = 0;
	opinion_features(&plain, &words, keep, &k);
	qsort(k.at, k.n, sizeof *k.at, compare);
	for (size_t i = 0, j; i < k.n; i = j) {
		for (j = i; j < k.n && k.at[j] == k.at[i]; j++)
			;
		printf("%s%x:%zu", i ? " " : "", k.at[i], j - i);
	}
	putchar('\n');
}

static void
print_opinion(const struct opinion_model *m)
{
	struct opinion o;
	char letters[REASON_N + 1];

	opinion_read(m, &plain, &words, &o);
	for (int i = 0; i < OPINION_HEADS; i++)
		printf("%d ", o.chance[i]);
	reply_reasons_text(opinion_reasons(m, &o), letters);
	printf("%s %s\n", reply_class_name(opinion_class(m, &o)), *letters ? letters : "-");
}

static size_t
unescape(char *s)
{
	char *to = s;

	for (const char *p = s; *p && *p != '\n'; p++) {
		bool escaped = *p == '\\' && (p[1] == 'n' || p[1] == 't');

		*to++ = escaped ? (p[1] == 'n' ? '\n' : '\t') : *p;
		p += escaped;
	}
	return (size_t)(to - s);
}

static char *
slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *data = NULL;
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) <= 0 || fseek(f, 0, SEEK_SET)) {
		perror(path);
		exit(1);
	}
	data = mem_alloc((size_t)size);
	*n = fread(data, 1, (size_t)size, f);
	fclose(f);
	return data;
}

static struct lexicon *
lexicon(void)
{
	struct lexicon *lx = reply_lexicon_new();
	struct diag why;

	if (lexicon_add(lx, reply_lexicon_builtin(), &why) || lexicon_seal(lx, &why)) {
		fprintf(stderr, "lexicon: %s\n", why.text);
		exit(1);
	}
	return lx;
}

int
main(int argc, char **argv)
{
	bool score = argc == 3 && !strcmp(argv[1], "score");
	struct opinion_model m;
	struct lexicon *lx = lexicon();
	char *line = NULL;
	size_t room = 0, n;

	if (!score && !(argc == 2 && !strcmp(argv[1], "features"))) {
		fprintf(stderr, "usage: opinion_tool features | score FILE, texts on standard input\n");
		return 2;
	}
	if (score) {
		char *file = slurp(argv[2], &n);

		if (opinion_open((struct sv){ file, n }, &m)) {
			fprintf(stderr, "%s: not a model of ours\n", argv[2]);
			return 1;
		}
	}
	while (getline(&line, &room, stdin) > 0) {
		plain_read((struct sv){ line, unescape(line) }, &plain);
		words_read(lx, &plain, 0, &words);
		if (score)
			print_opinion(&m);
		else
			print_features();
	}
	free(line);
	lexicon_free(lx);
	return 0;
}
