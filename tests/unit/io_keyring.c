/* Keys: what a key file may say, names, and that a seal opens only where and as it was made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "io/keyring.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES  "1111111111111111111111111111111111111111111111111111111111111111"
#define KEYED "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct row { const char *name; const char *file; enum err want; int line; } rows[] = {
	{ "both",             "index 1 " ZEROS "\nseal 1 " ONES "\n", ERR_OK, 0 },
	{ "no line end",      "index 1 " ZEROS "\nseal 1 " ONES, ERR_OK, 0 },
	{ "comments, blanks", "# x\n\n  index\t7  " ZEROS "  \r\nseal 65535 " ONES "\n", ERR_OK, 0 },
	{ "two seals",        "index 1 " ZEROS "\nseal 1 " ONES "\nseal 2 " KEYED "\n", ERR_OK, 0 },
	{ "empty",            "", ERR_MISSING, 0 },
	{ "no seal",          "index 1 " ZEROS "\n", ERR_MISSING, 0 },
	{ "no index",         "seal 1 " ZEROS "\n", ERR_MISSING, 0 },
	{ "second index",     "index 1 " ZEROS "\nindex 2 " ONES "\nseal 1 " ONES "\n", ERR_EXISTS, 2 },
	{ "same seal id",     "index 1 " ZEROS "\nseal 1 " ONES "\nseal 1 " KEYED "\n", ERR_EXISTS, 3 },
	{ "short key",        "index 1 00\n", ERR_SYNTAX, 1 },
	{ "long key",         "index 1 " ZEROS "0\n", ERR_SYNTAX, 1 },
	{ "not hex",          "index 1 g000000000000000000000000000000000000000000000000000000000000000\n", ERR_SYNTAX, 1 },
	{ "id 0",             "#\nindex 0 " ZEROS "\n", ERR_SYNTAX, 2 },
	{ "id too high",      "seal 65536 " ZEROS "\n", ERR_SYNTAX, 1 },
	{ "other word",       "key 1 " ZEROS "\n", ERR_SYNTAX, 1 },
	{ "something after",  "index 1 " ZEROS " x\n", ERR_SYNTAX, 1 },
	{ "key missing",      "index 1\n", ERR_SYNTAX, 1 },
};

static void
file(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct row *r = &rows[i];
		struct keyring *k = NULL;
		struct diag why = { .line = -1 };
		enum err e = keyring_parse(sv_of(r->file), &k, &why);

		if (e != r->want || (e && why.line != r->line) || (e && k))
			fail_msg("%s: %s at %d: %s", r->name, err_text(e), why.line, why.text);
		if (e && strstr(why.text, "000000"))
			fail_msg("%s: the message shows a key", r->name);
		keyring_free(k);
	}
}

static struct keyring *
ring(const char *text)
{
	struct keyring *k = NULL;
	struct diag why;

	if (keyring_parse(sv_of(text), &k, &why))
		fail_msg("%s", why.text);
	return k;
}

#define FIRST  "index 1 " KEYED "\nseal 1 " ONES "\n"
#define SECOND FIRST "seal 2 " ZEROS "\n"
#define OTHER  "index 1 " ONES "\nseal 2 " ZEROS "\n"

/* Expected values made with Python's hmac: hmac.new(key, domain + b"\0" + text, "sha256"). */
static void
names(void **state)
{
	struct keyring *k = ring(FIRST), *o = ring(OTHER);
	char a[65], b[65];

	(void)state;
	keyring_name(k, "phone", SV("84912345678"), 64, a);
	assert_string_equal(a, "502e7f34f9baabb98951a8814cc68d00cc7238defa52d636e77d9bbb471605a6");
	keyring_name(k, "phone", SV("84912345678"), CITIZEN_HEX, b);
	assert_int_equal(strlen(b), CITIZEN_HEX);
	assert_memory_equal(a, b, CITIZEN_HEX);
	keyring_name(k, "case", SV("84912345678"), 64, b);
	assert_string_equal(b, "a487a61d9bdb76bc2d7df7df827129f73d981cd2b9469b694e21c0f80d7cb2bf");
	keyring_name(k, "phone", SV(""), 64, b);
	assert_string_equal(b, "28f942173d96b5385d3208e89ebc10c4da9616b22b6489e88034bc3f91a9f0fb");
	keyring_name(o, "phone", SV("84912345678"), 64, b);
	assert_string_not_equal(a, b);
	/* The context is reused: the first answer comes again. */
	keyring_name(k, "phone", SV("84912345678"), 64, b);
	assert_string_equal(a, b);
	keyring_free(k);
	keyring_free(o);
}

static enum err
opened(const struct keyring *k, const char *aad, struct sv sealed, struct sbuf *out)
{
	sbuf_reset(out);
	return keyring_open(k, sv_of(aad), sealed, out);
}

static void
seal_and_open(void **state)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 15, 16, 17, 160, 4096, 100000 };
	struct keyring *k = ring(FIRST);
	char *text = mem_alloc(100000);

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		text[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < ARRAY_N(lengths); i++) {
		AUTO_SBUF sealed, clear;
		size_t n = lengths[i];

		sbuf_init(&sealed, 200000);
		sbuf_init(&clear, 200000);
		keyring_seal(k, SV("hl:{1}:s"), (struct sv){ text, n }, &sealed);
		assert_int_equal(sealed.n, (31 + n + 2) / 3 * 4);
		assert_null(memchr(sealed.p, '\n', sealed.n));
		assert_int_equal(opened(k, "hl:{1}:s", sbuf_sv(&sealed), &clear), ERR_OK);
		assert_int_equal(clear.n, n);
		if (n)
			assert_memory_equal(clear.p, text, n);
	}
	mem_free(text);
	keyring_free(k);
}

/* Made by Python's cryptography: AES-256-GCM, key 11.., nonce 000102..0b, aad 01 0001 + "place". */
static void
known_seal(void **state)
{
	struct keyring *k = ring(FIRST);
	AUTO_SBUF clear;

	(void)state;
	sbuf_init(&clear, 100);
	assert_int_equal(opened(k, "place", SV("AQABAAECAwQFBgcICQoLcAIMsBaD81V6LzAOlI0EM0ttR1CGVTl5Dw=="), &clear), ERR_OK);
	assert_string_equal(clear.p, "c\xe1\xba\xa3m \xc6\xa1n");
	keyring_free(k);
}

static void
rotation(void **state)
{
	struct keyring *first = ring(FIRST), *second = ring(SECOND), *other = ring(OTHER);
	AUTO_SBUF old, new, clear;

	(void)state;
	sbuf_init(&old, 1000);
	sbuf_init(&new, 1000);
	sbuf_init(&clear, 1000);
	keyring_seal(first, SV(""), SV("xin"), &old);
	keyring_seal(second, SV(""), SV("xin"), &new);
	assert_int_equal(opened(second, "", sbuf_sv(&old), &clear), ERR_OK);
	assert_int_equal(opened(other, "", sbuf_sv(&new), &clear), ERR_OK);      /* sealed by key 2, the newest */
	assert_int_equal(opened(other, "", sbuf_sv(&old), &clear), ERR_MISSING);
	assert_int_equal(opened(first, "", sbuf_sv(&new), &clear), ERR_MISSING);
	keyring_free(first);
	keyring_free(second);
	keyring_free(other);
}

static void
damage(void **state)
{
	struct keyring *k = ring(FIRST), *same_id = ring("index 1 " ONES "\nseal 1 " ZEROS "\n");
	AUTO_SBUF sealed, clear;

	(void)state;
	sbuf_init(&sealed, 1000);
	sbuf_init(&clear, 1000);
	keyring_seal(k, SV("a"), SV("bad news"), &sealed);
	assert_int_equal(opened(k, "b", sbuf_sv(&sealed), &clear), ERR_CORRUPT);
	assert_int_equal(opened(k, "", sbuf_sv(&sealed), &clear), ERR_CORRUPT);
	assert_int_equal(opened(same_id, "a", sbuf_sv(&sealed), &clear), ERR_CORRUPT);
	for (size_t i = 0; i < sealed.n; i++) {
		char was = sealed.p[i];

		sealed.p[i] = was == 'A' ? 'B' : 'A';
		/* The key id lies in the first four characters; another id is a key we do not have. */
		if (opened(k, "a", sbuf_sv(&sealed), &clear) == ERR_OK || clear.n)
			fail_msg("character %zu changed, opened all the same", i);
		sealed.p[i] = was;
	}
	for (size_t n = 0; n < sealed.n; n++)
		if (opened(k, "a", (struct sv){ sealed.p, n }, &clear) == ERR_OK || clear.n)
			fail_msg("cut to %zu, opened all the same", n);
	assert_int_equal(opened(k, "a", SV("===="), &clear), ERR_CORRUPT);
	assert_int_equal(opened(k, "a", SV("A=A="), &clear), ERR_CORRUPT);
	assert_int_equal(opened(k, "a", SV(" AAA"), &clear), ERR_CORRUPT);
	assert_int_equal(opened(k, "a", sbuf_sv(&sealed), &clear), ERR_OK);
	keyring_free(k);
	keyring_free(same_id);
}

static void
nonces_differ(void **state)
{
	struct keyring *k = ring(FIRST);
	AUTO_SBUF a, b;

	(void)state;
	sbuf_init(&a, 1000);
	sbuf_init(&b, 1000);
	keyring_seal(k, SV(""), SV("x"), &a);
	keyring_seal(k, SV(""), SV("x"), &b);
	assert_false(sv_eq(sbuf_sv(&a), sbuf_sv(&b)));
	keyring_free(k);
}

static void
make(void **state)
{
	AUTO_SBUF one, two, clear, sealed;
	struct keyring *k1, *k2;
	struct diag why;

	(void)state;
	sbuf_init(&one, 4096);
	sbuf_init(&two, 4096);
	sbuf_init(&clear, 100);
	sbuf_init(&sealed, 100);
	assert_int_equal(keyring_make(SV(" \n"), &one, &why), ERR_OK);
	k1 = ring(one.p);
	assert_int_equal(keyring_make(sbuf_sv(&one), &two, &why), ERR_OK);
	assert_true(sv_starts(sbuf_sv(&two), sbuf_sv(&one)));
	k2 = ring(two.p);
	keyring_seal(k1, SV(""), SV("1"), &sealed);
	assert_int_equal(opened(k2, "", sbuf_sv(&sealed), &clear), ERR_OK);
	sbuf_reset(&sealed);
	keyring_seal(k2, SV(""), SV("2"), &sealed);
	assert_int_equal(opened(k1, "", sbuf_sv(&sealed), &clear), ERR_MISSING);
	sbuf_reset(&two);
	assert_int_equal(keyring_make(SV("seal x"), &two, &why), ERR_SYNTAX);
	assert_int_equal(two.n, 0);
	sbuf_reset(&two);
	assert_int_equal(keyring_make(SV("index 1 " ZEROS "\nseal 65535 " ONES), &two, &why), ERR_TOOBIG);
	keyring_free(k1);
	keyring_free(k2);
}

static void
digest(void **state)
{
	char out[65];

	(void)state;
	for (int again = 0; again < 2; again++) {
		keyring_sha256(SV("abc"), out);
		assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		keyring_sha256(SV(""), out);
		assert_string_equal(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	}
}

static void
equal(void **state)
{
	(void)state;
	assert_true(keyring_equal(SV("abc"), SV("abc")));
	assert_true(keyring_equal(SV(""), (struct sv){ NULL, 0 }));
	assert_false(keyring_equal(SV("abc"), SV("abd")));
	assert_false(keyring_equal(SV("abc"), SV("ab")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file),          cmocka_unit_test(names),    cmocka_unit_test(seal_and_open),
		cmocka_unit_test(known_seal),    cmocka_unit_test(rotation), cmocka_unit_test(damage),
		cmocka_unit_test(nonces_differ), cmocka_unit_test(make),     cmocka_unit_test(digest),
		cmocka_unit_test(equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
