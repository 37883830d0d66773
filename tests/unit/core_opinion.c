/* The learnt model: hostile files are refused, plain sentences are understood, with and without marks, and
 * nothing is allocated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/sbuf.h"
#include "core/opinion.h"
#include "text/segments.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* Every allocation of the process is counted; the sanitiser has its own allocator, there only the rest is
 * tested. */
static long allocations;

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}
#endif

static struct lexicon *lexicon;
static struct plain plain;
static struct words words;

static struct opinion
think(const struct opinion_model *m, struct sv text)
{
	struct opinion o;

	plain_read(text, &plain);
	words_read(lexicon, &plain, 0, &words);
	opinion_read(m, &plain, &words, &o);
	for (int i = 0; i < OPINION_HEADS; i++)
		assert_in_range(o.chance[i], 0, 1000);
	return o;
}

/* ---- sentences ---- */

#define R(letter) REASON_BIT(letter - 'A')

static const struct row {
	const char *text;
	enum reply_class klass;
	unsigned reasons;
} rows[] = {
	{ "cán bộ quát nạt, thái độ hách dịch với dân", CLASS_P2, R('A') },
	{ "hồ sơ trễ hẹn hai tháng chưa thấy trả kết quả", CLASS_P2, R('C') },
	{ "bắt đi lại nhiều lần bổ sung giấy tờ", CLASS_P2, R('D') },
	{ "giấy khai sinh ghi sai tên con tôi", CLASS_P2, R('E') },
	{ "ghế ngồi chờ hơi ít, quạt yếu", CLASS_P3, R('G') },
	{ "cán bộ vui vẻ, hướng dẫn nhiệt tình", CLASS_NONE, 0 },
	{ "cảm ơn các anh chị, làm việc rất nhanh", CLASS_NONE, 0 },
	{ "bao giờ thì có kết quả vậy ạ", CLASS_NONE, 0 },
	/* Not a word of an office in it. */
	{ "gọi tổng đài mãi không ai nghe máy, làm ăn quá tệ", CLASS_P2, 0 },
	{ "app lỗi suốt, trừ tiền mà không trả lại, thất vọng", CLASS_P2, 0 },
	{ "chúc ngân hàng ngày càng phát triển", CLASS_NONE, 0 },
};

static void
sentences(void **state)
{
	struct opinion_model m;

	(void)state;
	assert_int_equal(opinion_open(opinion_builtin(), &m), ERR_OK);
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		AUTO_SBUF stripped;
		const char *bare = NULL;
		struct opinion o;

		print_message("%s\n", rows[i].text);
		o = think(&m, sv_of(rows[i].text));
		assert_string_equal(reply_class_name(opinion_class(&m, &o)), reply_class_name(rows[i].klass));
		assert_int_equal(opinion_reasons(&m, &o) & rows[i].reasons, rows[i].reasons);

		sbuf_init(&stripped, 256);
		assert_int_equal(segments_strip(sv_of(rows[i].text), &stripped), ERR_OK);
		assert_int_equal(sbuf_finish(&stripped, &bare), ERR_OK);
		o = think(&m, sv_of(bare));
		assert_string_equal(reply_class_name(opinion_class(&m, &o)), reply_class_name(rows[i].klass));
	}
}

/* Nothing, and as much as there may be. */
static void
extremes(void **state)
{
	static char longest[REPLY_TEXT_MAX];
	struct opinion_model m;
	long before;

	(void)state;
	assert_int_equal(opinion_open(opinion_builtin(), &m), ERR_OK);
	before = allocations;
	think(&m, SV(""));
	think(&m, SV("?"));
	think(&m, SV("\xf0\x9f\x98\xa1"));
	for (size_t i = 0; i < sizeof longest; i++)
		longest[i] = "qu\xc3\xa1 t\xe1\xbb\x87 "[i % 9];
	assert_int_equal(
	    opinion_class(&m, &(struct opinion[]){ think(&m, (struct sv){ longest, sizeof longest }) }[0]),
	    CLASS_P2);
	memset(longest, 'a', sizeof longest);
	think(&m, (struct sv){ longest, sizeof longest });
	assert_int_equal(allocations, before);
}

/* ---- files ---- */

enum {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_HEADS = 8,
	AT_BUCKETS = 12,
	AT_SUM = 16,
	AT_BODY = 20,
	HEADER = AT_BODY + OPINION_HEADS * 12
};

static void
put(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static void
put_sum(unsigned char *file, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = AT_BODY; i < n; i++)
		h = (h ^ file[i]) * 16777619u;
	put(file + AT_SUM, h);
}

static const struct damage {
	const char *name;
	size_t at;
	uint32_t v;
	bool summed;
} damages[] = {
	{ "magic", AT_MAGIC, 0x4d4f4c49, true },
	{ "version", AT_VERSION, 2, true },
	{ "one head less", AT_HEADS, OPINION_HEADS - 1, true },
	{ "one head more", AT_HEADS, OPINION_HEADS + 1, true },
	{ "no bucket", AT_BUCKETS, 0, true },
	{ "one bucket", AT_BUCKETS, 1, true },
	{ "three buckets", AT_BUCKETS, 3, true },
	{ "as many as a number holds", AT_BUCKETS, 0xffffffff, true },
	{ "so many that the size wraps", AT_BUCKETS, 0x80000000, true },
	{ "sum", AT_SUM, 0, false },
	{ "a bias", AT_BODY, 0x7fffffff, false },
	{ "a weight", HEADER, 0x7f7f7f7f, false },
};

static void
hostile(void **state)
{
	struct sv good = opinion_builtin();
	AUTO_FREE unsigned char *bad = mem_alloc(good.n + 1);
	struct opinion_model m;

	(void)state;
	for (size_t i = 0; i < ARRAY_N(damages); i++) {
		print_message("%s\n", damages[i].name);
		memcpy(bad, good.p, good.n);
		put(bad + damages[i].at, damages[i].v);
		if (damages[i].summed)
			put_sum(bad, good.n);
		assert_int_equal(opinion_open((struct sv){ (char *)bad, good.n }, &m), ERR_CORRUPT);
	}
	memcpy(bad, good.p, good.n);
	for (size_t n = 0; n <= HEADER + 64; n++)
		assert_int_equal(opinion_open((struct sv){ (char *)bad, n }, &m), ERR_CORRUPT);
	assert_int_equal(opinion_open((struct sv){ (char *)bad, good.n - 1 }, &m), ERR_CORRUPT);
	assert_int_equal(opinion_open((struct sv){ (char *)bad, good.n + 1 }, &m), ERR_CORRUPT);
	assert_int_equal(opinion_open((struct sv){ NULL, 0 }, &m), ERR_CORRUPT);
	assert_int_equal(opinion_open((struct sv){ (char *)bad, good.n }, &m), ERR_OK);
}

static void
last_four(void *arg, uint32_t key)
{
	uint32_t *keys = arg;

	memmove(keys, keys + 1, 3 * sizeof *keys);
	keys[3] = key;
}

/* A file that was made to hurt, with a good sum, keys that are met and every number at its end, says nonsense
 * and does nothing else. */
static void
malicious(void **state)
{
	static const uint32_t ends[] = { 0x7fffffff, 0x80000000, 0xffffffff, 0x7f7f7f7f, 0x80808080 };
	enum { ONE = HEADER + 64 };
	/* Not aligned, and not a byte longer than it says. */
	AUTO_FREE unsigned char *room = mem_alloc(ONE + 1);
	unsigned char *file = room + 1;
	struct opinion_model m;

	(void)state;
	memcpy(file, opinion_builtin().p, HEADER);
	put(file + AT_BUCKETS, 1);
	for (size_t e = 0; e < ARRAY_N(ends); e++) {
		for (size_t at = AT_BODY; at < ONE; at += 4)
			put(file + at, ends[e]);
		for (size_t i = 0; i < ARRAY_N(rows); i++) {
			uint32_t keys[4] = { 0 };
			struct opinion o;

			plain_read(sv_of(rows[i].text), &plain);
			words_read(lexicon, &plain, 0, &words);
			opinion_features(&plain, &words, last_four, keys);
			for (size_t k = 0; k < 4; k++)
				put(file + HEADER + 4 * OPINION_LANES + 4 * k, keys[k]);
			put_sum(file, ONE);
			assert_int_equal(opinion_open((struct sv){ (char *)file, ONE }, &m), ERR_OK);
			o = think(&m, sv_of(rows[i].text));
			assert_true(opinion_class(&m, &o) <= CLASS_P2);
			assert_int_equal(opinion_reasons(&m, &o) & ~(REASON_BIT(7) - 1), 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
		cmocka_unit_test(extremes),
		cmocka_unit_test(hostile),
		cmocka_unit_test(malicious),
	};
	struct diag why;
	int bad;

	lexicon = reply_lexicon_new();
	if (lexicon_add(lexicon, reply_lexicon_builtin(), &why) || lexicon_seal(lexicon, &why)) {
		print_error("%s\n", why.text);
		return 1;
	}
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	lexicon_free(lexicon);
	return bad;
}
