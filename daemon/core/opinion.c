/* The learnt model: its features, its file and its sums; see the header. How it is trained: tests/model. */
#include "core/opinion.h"

#include <endian.h>
#include <string.h>

/*
 * File, all numbers little-endian 32 bit:
 *   magic  version  heads  buckets (a power of two)  sum of what follows (FNV-1a)
 *   heads x { bias, scale in 1/65536; threshold in 1/1000 }
 *   buckets x { 4 rows of OPINION_LANES signed bytes; 4 keys }
 * A key says which feature a row belongs to, 0 none; a feature that is not in its bucket weighs nothing.
 */
#define MAGIC        0x4d4f4c48u /* "HLOM" */
#define VERSION      1
#define BUCKETS_MAX  (1u << 15)
#define SLOTS        4
#define BUCKET_BYTES (SLOTS * (4 + OPINION_LANES))
#define HEAD_BYTES   (5 * 4)
#define HEADER_BYTES (HEAD_BYTES + OPINION_HEADS * 12)

_Static_assert(BUCKET_BYTES == 64, "a bucket is one line of the cache");

/* ---- features ---- */

enum {
	GRAM_LETTERS = 1,
	GRAM_MARKED = 8,
	WORD_ONE = 16,
	WORD_TWO,
	WORD_THREE,
	WORD_SKIP,
	MARKED_ONE,
	MARKED_TWO
};

#define MARKED_BITS  12
#define LOW(x, bits) ((x) & ((1ull << (bits)) - 1))

static inline uint32_t
key_of(uint64_t what, unsigned sort)
{
	uint64_t h = (what + sort) * 0x9e3779b97f4a7c15u;

	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
	/* Never 0; the second bit tells words from runs of letters, which training weighs by themselves. */
	return (uint32_t)LOW(h >> 32, 30) | 1u << 31 | (sort >= WORD_ONE ? 1u << 30 : 0);
}

/* Letters 1..26, and what else a person types in five sorts. */
static inline unsigned
letter_code(const struct glyph *g)
{
	if (g->base)
		return (unsigned)(g->base - 'a' + 1);
	if (g->c == ' ' || g->c == '\n')
		return 27;
	if (g->c >= '0' && g->c <= '9')
		return 28;
	return g->c == '?' ? 29 : g->c < 0x2000 ? 30 : 31;
}

/* With its marks: ten bits more. */
static inline unsigned
marked_code(const struct glyph *g)
{
	return letter_code(g) | (unsigned)g->shape << 5 | (unsigned)g->tone << 9;
}

/* Runs of 3 to 5 letters, with the blanks around words; of 3 and 4 with their marks, where there are any. */
static inline __attribute__((always_inline)) void
each_gram(const struct plain *p, opinion_feature_fn *fn, void *arg)
{
	uint64_t run = 27, marked = 27;
	size_t have = 1;

	for (size_t i = 0; i <= p->n; i++) {
		static const struct glyph end = { .c = ' ' };
		const struct glyph *g = i < p->n ? &p->at[i] : &end;
		unsigned code = letter_code(g);

		/* "tooootttt" is "toott". */
		if (LOW(run, 10) == (code << 5 | code) || (code == 27 && LOW(run, 5) == 27))
			continue;
		run = run << 5 | code;
		marked = marked << MARKED_BITS | marked_code(g);
		have++;
		if (have >= 3)
			fn(arg, key_of(LOW(run, 15), GRAM_LETTERS + 3));
		if (have >= 4)
			fn(arg, key_of(LOW(run, 20), GRAM_LETTERS + 4));
		if (have >= 5)
			fn(arg, key_of(LOW(run, 25), GRAM_LETTERS + 5));
		if (p->marked && have >= 3)
			fn(arg, key_of(LOW(marked, 3 * MARKED_BITS), GRAM_MARKED + 3));
		if (p->marked && have >= 4)
			fn(arg, key_of(LOW(marked, 4 * MARKED_BITS), GRAM_MARKED + 4));
	}
}

static inline uint32_t
text_hash(const char *s)
{
	uint32_t h = 2166136261u;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h;
}

/* A number counts as its sort, but 1 to 5 may be a score. */
static inline uint32_t
word_hash(const struct word *w)
{
	if (w->kind == WORD_NUMBER)
		return w->number == NUMBER_PLAIN && w->value <= 5 ? 8 + (uint32_t)w->value
								  : 16 + (uint32_t)w->number;
	return w->kind == WORD_CODE ? 15 : text_hash(w->text);
}

#define EDGE       1u /* where a message or a part of it begins or ends */
#define ASKED      2u
#define PAIR(a, b) ((uint64_t)(a) << 32 | (b))

/* Words spelled right and without marks: single, in twos and threes, and two with one between. */
static inline __attribute__((always_inline)) void
each_word(const struct words *w, opinion_feature_fn *fn, void *arg)
{
	uint32_t before = EDGE, first = EDGE;

	for (size_t i = 0; i < w->n; i++) {
		uint32_t h = word_hash(&w->at[i]);

		if (w->at[i].gap == GAP_QUESTION)
			fn(arg, key_of(ASKED, WORD_ONE));
		if (w->at[i].gap >= GAP_COMMA) {
			fn(arg, key_of(PAIR(before, EDGE), WORD_TWO));
			before = first = EDGE;
		}
		fn(arg, key_of(h, WORD_ONE));
		fn(arg, key_of(PAIR(before, h), WORD_TWO));
		if (before != EDGE) {
			fn(arg, key_of(PAIR(first * 31 + before, h), WORD_THREE));
			fn(arg, key_of(PAIR(first, h), WORD_SKIP));
		}
		first = before;
		before = h;
	}
	fn(arg, key_of(PAIR(before, EDGE), WORD_TWO));
	if (w->end == GAP_QUESTION)
		fn(arg, key_of(ASKED, WORD_ONE));
}

/* Words as they were typed, with their marks: single and in twos. */
static inline __attribute__((always_inline)) void
each_marked_word(const struct plain *p, opinion_feature_fn *fn, void *arg)
{
	uint32_t before = EDGE;

	for (size_t i = 0; i < p->n; i++) {
		uint64_t h = 0;

		if (!p->at[i].base)
			continue;
		for (; i < p->n && p->at[i].base; i++)
			h = h * 0x100000001b3u + marked_code(&p->at[i]);
		fn(arg, key_of(h, MARKED_ONE));
		fn(arg, key_of(PAIR(before, (uint32_t)h), MARKED_TWO));
		before = (uint32_t)h;
	}
}

static inline __attribute__((always_inline)) void
each_feature(const struct plain *p, const struct words *w, opinion_feature_fn *fn, void *arg)
{
	each_gram(p, fn, arg);
	each_word(w, fn, arg);
	if (p->marked)
		each_marked_word(p, fn, arg);
}

void
opinion_features(const struct plain *p, const struct words *w, opinion_feature_fn *fn, void *arg)
{
	each_feature(p, w, fn, arg);
}

/* ---- the file ---- */

__asm__(".section .rodata\n"
	".balign 64\n"
	"opinion_file:\n"
	".incbin \"data/model/reply.bin\"\n"
	"opinion_file_end:\n"
	".previous\n");
extern const char opinion_file[], opinion_file_end[];

struct sv
opinion_builtin(void)
{
	return (struct sv){ opinion_file, (size_t)(opinion_file_end - opinion_file) };
}

static uint32_t
number_at(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return le32toh(v);
}

static uint32_t
sum_of(const unsigned char *p, size_t n)
{
	uint32_t h = 2166136261u;

	while (n--)
		h = (h ^ *p++) * 16777619u;
	return h;
}

enum err
opinion_open(struct sv file, struct opinion_model *out)
{
	const unsigned char *p = (const unsigned char *)file.p;
	uint32_t buckets;

	if (file.n < HEADER_BYTES || number_at(p) != MAGIC || number_at(p + 4) != VERSION ||
	    number_at(p + 8) != OPINION_HEADS)
		return ERR_CORRUPT;
	buckets = number_at(p + 12);
	if (!buckets || buckets > BUCKETS_MAX || (buckets & (buckets - 1)) ||
	    file.n != HEADER_BYTES + (size_t)buckets * BUCKET_BYTES ||
	    number_at(p + 16) != sum_of(p + HEAD_BYTES, file.n - HEAD_BYTES))
		return ERR_CORRUPT;
	for (size_t i = 0; i < OPINION_HEADS; i++) {
		const unsigned char *head = p + HEAD_BYTES + i * 12;

		out->bias[i] = (int32_t)number_at(head);
		out->scale[i] = (int32_t)number_at(head + 4);
		out->at_least[i] = (int32_t)number_at(head + 8);
	}
	out->buckets = p + HEADER_BYTES;
	out->mask = buckets - 1;
	return ERR_OK;
}

/* ---- reading ---- */

/*
 * Here is where the time goes. Whether a feature is known is anybody's guess, and a wrong guess costs more
 * than the sum: so features are gathered, looked up without a branch, and what was found is added up, a row
 * at a time.
 */
typedef uint32_t keys4 __attribute__((vector_size(16)));
typedef int16_t pairs8
    __attribute__((vector_size(16))); /* a row and what stands behind it, two lanes in each number */
typedef uint16_t bits8 __attribute__((vector_size(16)));

#define BATCH 128 /* rows whose sum fits 16 bits */

struct tally {
	const struct opinion_model *m;
	int32_t sum[OPINION_LANES];
	uint32_t n, waiting;
	uint32_t keys[BATCH];
};

/* 1 + the slot a key is in, 0 = in none. */
static inline uint32_t
slot_of(const unsigned char *bucket, uint32_t key)
{
	keys4 keys;

	memcpy(&keys, bucket + SLOTS * OPINION_LANES, sizeof keys);
	keys = (keys4)(keys == htole32(key)) & (keys4){ 1, 2, 3, 4 };
	return keys[0] | keys[1] | keys[2] | keys[3];
}

static __attribute__((noinline)) void
add_up(struct tally *t)
{
	const unsigned char *buckets = t->m->buckets;
	uint32_t found[BATCH], mask = t->m->mask;
	pairs8 low = { 0 }, high = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < t->waiting; i++) {
		uint32_t bucket = (t->keys[i] & mask) * BUCKET_BYTES,
			 slot = slot_of(buckets + bucket, t->keys[i]);

		found[n] = bucket + (slot - 1) * OPINION_LANES;
		n += slot != 0;
	}
	for (size_t i = 0; i < n; i++) {
		pairs8 row;

		memcpy(&row, buckets + found[i], sizeof row);
		low += (pairs8)((bits8)row << 8) >> 8;
		high += row >> 8;
	}
	for (size_t i = 0; i < OPINION_LANES; i++)
		t->sum[i] += (i & 1) == (BYTE_ORDER == LITTLE_ENDIAN) ? high[i / 2] : low[i / 2];
	t->n += t->waiting;
	t->waiting = 0;
}

static inline __attribute__((always_inline)) void
weigh(void *arg, uint32_t key)
{
	struct tally *t = arg;

	t->keys[t->waiting++] = key;
	if (t->waiting == BATCH)
		add_up(t);
}

static uint32_t
root(uint64_t v)
{
	uint64_t r = 0;

	for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
		if ((r | bit) * (r | bit) <= v)
			r |= bit;
	return (uint32_t)r;
}

/* 1000 / (1 + exp(-x)) for x = 0, 1/4 ... 8; between them a line. */
static int
chance_of(int64_t x_q16)
{
	static const short table[] = {
		500, 562, 622, 679, 731, 777, 818, 852, 881, 905, 924, 940, 953, 963, 971,  977,  982,
		986, 989, 991, 993, 995, 996, 997, 998, 998, 998, 999, 999, 999, 999, 1000, 1000,
	};
	int64_t x = x_q16 < 0 ? -x_q16 : x_q16, step = x >> 14, rest = x & 0x3fff;
	int v = 1000;

	if (step < 32)
		v = table[step] + (int)((table[step + 1] - table[step]) * rest >> 14);
	return x_q16 < 0 ? 1000 - v : v;
}

void
opinion_read(const struct opinion_model *m, const struct plain *p, const struct words *w, struct opinion *out)
{
	struct tally t = { .m = m };
	int64_t length;

	each_feature(p, w, weigh, &t);
	add_up(&t);
	length = root((uint64_t)t.n << 16); /* a long text is not surer than a short one */
	for (size_t i = 0; i < OPINION_HEADS; i++)
		out->chance[i] = chance_of(m->bias[i] + (int64_t)t.sum[i] * m->scale[i] * 256 / length);
}

static bool
is_said(const struct opinion_model *m, const struct opinion *o, enum opinion_head head)
{
	return o->chance[head] >= m->at_least[head];
}

enum reply_class
opinion_class(const struct opinion_model *m, const struct opinion *o)
{
	if (is_said(m, o, OPINION_SEVERE))
		return CLASS_P2;
	if (!is_said(m, o, OPINION_GRIEVANCE))
		return CLASS_NONE;
	return is_said(m, o, OPINION_OFFICE) ? CLASS_P3 : CLASS_P2;
}

unsigned
opinion_reasons(const struct opinion_model *m, const struct opinion *o)
{
	unsigned reasons = 0;

	for (int i = 0; i < 7; i++)
		if (is_said(m, o, (enum opinion_head)(OPINION_REASON + i)))
			reasons |= REASON_BIT(i);
	return reasons;
}
