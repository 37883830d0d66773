/*
 * Names that cannot be guessed back, and sealed texts. Everything is prepared when the key file is read
 * (fetching an algorithm costs more than using it), so a name or a seal is one pass over the text. The
 * contexts are reused: one thread only.
 *
 * A sealed text is base64 of: format (1), key id (2, big endian), nonce (12), ciphertext, tag (16).
 * Format and key id are authenticated together with the caller's aad.
 */
#include "io/keyring.h"

#include <stdint.h>
#include <sys/random.h>

#define ERR_STATE openssl_err_state      /* a typedef of theirs with the name of an error of ours */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#undef ERR_STATE

#include "base/mem.h"
#include "base/num.h"

#define KEY_BYTES    32
#define HEAD_BYTES   3
#define NONCE_BYTES  12
#define TAG_BYTES    16
#define FRAME_BYTES  (HEAD_BYTES + NONCE_BYTES + TAG_BYTES)
#define SEAL_FORMAT  1
#define ID_MAX       65535
#define SEALS_MAX    64
#define FILE_MAX     (64 * 1024)
#define TEXT_MAX     (16 * 1024 * 1024)

struct seal_key {
	int             id;
	EVP_CIPHER_CTX *seal, *open;     /* keyed; each use sets the nonce only */
};

struct keyring {
	EVP_MAC        *hmac;
	EVP_MAC_CTX    *index;           /* NULL until its line was read */
	EVP_CIPHER     *gcm;
	struct seal_key seals[SEALS_MAX];
	size_t          n_seals, newest;
};

void
keyring_random(void *out, size_t n)
{
	must(n <= 256);                      /* up to here the kernel gives all or nothing */
	while (getrandom(out, n, 0) != (ssize_t)n)
		;                            /* EINTR, only before the generator is ready */
}

/* ---- the file ---- */

struct key_line { bool index; int id; unsigned char key[KEY_BYTES]; };

static struct sv
word(struct sv *rest)
{
	struct sv w;

	*rest = sv_trim(*rest);
	for (w = *rest; rest->n && rest->p[0] != ' ' && rest->p[0] != '\t'; rest->p++)
		rest->n--;
	w.n -= rest->n;
	return w;
}

static enum err
parse_line(struct sv line, int at, struct key_line *out, struct diag *why)
{
	struct sv rest = line, kind = word(&rest), id = word(&rest), hex = word(&rest);
	int64_t n;

	if (!sv_is(kind, "index") && !sv_is(kind, "seal")) {
		diag_set(why, at, "a key line begins with \"index\" or \"seal\"");
		return ERR_SYNTAX;
	}
	if (num_parse(id, 1, ID_MAX, &n)) {
		diag_set(why, at, "the key id must be a number from 1 to %d", ID_MAX);
		return ERR_SYNTAX;
	}
	if (sv_trim(rest).n || num_unhex(hex, out->key, KEY_BYTES)) {
		diag_set(why, at, "the key must be %d hexadecimal digits, and nothing after it", 2 * KEY_BYTES);
		return ERR_SYNTAX;
	}
	out->index = sv_is(kind, "index");
	out->id = (int)n;
	return ERR_OK;
}

static void
use_index(struct keyring *k, const unsigned char *key)
{
	char sha[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha, 0),
		OSSL_PARAM_construct_end(),
	};

	k->index = EVP_MAC_CTX_new(k->hmac);
	must(k->index && EVP_MAC_init(k->index, key, KEY_BYTES, params));
}

static EVP_CIPHER_CTX *
keyed(const EVP_CIPHER *gcm, const unsigned char *key, int enc)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	must(c && EVP_CipherInit_ex2(c, gcm, key, NULL, enc, NULL));
	return c;
}

static void
use_seal(struct keyring *k, int id, const unsigned char *key)
{
	struct seal_key *s = &k->seals[k->n_seals];

	*s = (struct seal_key){ id, keyed(k->gcm, key, 1), keyed(k->gcm, key, 0) };
	if (id > k->seals[k->newest].id)
		k->newest = k->n_seals;
	k->n_seals++;
}

static const struct seal_key *
find_seal(const struct keyring *k, int id)
{
	for (size_t i = 0; i < k->n_seals; i++)
		if (k->seals[i].id == id)
			return &k->seals[i];
	return NULL;
}

static enum err
take_line(struct keyring *k, const struct key_line *l, int at, struct diag *why)
{
	if (l->index && k->index) {
		diag_set(why, at, "a second index key: citizens would get second names");
		return ERR_EXISTS;
	}
	if (!l->index && find_seal(k, l->id)) {
		diag_set(why, at, "seal key %d is there twice", l->id);
		return ERR_EXISTS;
	}
	if (!l->index && k->n_seals == SEALS_MAX) {
		diag_set(why, at, "more than %d seal keys", SEALS_MAX);
		return ERR_TOOBIG;
	}
	if (l->index)
		use_index(k, l->key);
	else
		use_seal(k, l->id, l->key);
	return ERR_OK;
}

static enum err
take_file(struct keyring *k, struct sv file, struct diag *why)
{
	struct key_line l;
	enum err e = ERR_OK;

	for (int at = 1; file.p && !e; at++) {
		struct sv line = sv_trim(sv_cut(&file, '\n'));

		if (line.n == 0 || line.p[0] == '#')
			continue;
		e = parse_line(line, at, &l, why);
		if (!e)
			e = take_line(k, &l, at, why);
	}
	OPENSSL_cleanse(&l, sizeof l);
	if (!e && (!k->index || !k->n_seals)) {
		diag_set(why, 0, "one index key and at least one seal key are needed; make them with: hailongctl keys new");
		e = ERR_MISSING;
	}
	return e;
}

enum err
keyring_parse(struct sv file, struct keyring **out, struct diag *why)
{
	struct keyring *k;
	enum err e;

	if (file.n > FILE_MAX) {
		diag_set(why, 0, "a key file of more than %d bytes", FILE_MAX);
		return ERR_TOOBIG;
	}
	k = mem_alloc(sizeof *k);
	k->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	k->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	must(k->hmac && k->gcm);
	e = take_file(k, file, why);
	if (e) {
		keyring_free(k);
		return e;
	}
	*out = k;
	return ERR_OK;
}

void
keyring_free(struct keyring *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->n_seals; i++) {
		EVP_CIPHER_CTX_free(k->seals[i].seal);       /* libcrypto wipes what it frees */
		EVP_CIPHER_CTX_free(k->seals[i].open);
	}
	EVP_MAC_CTX_free(k->index);
	EVP_MAC_free(k->hmac);
	EVP_CIPHER_free(k->gcm);
	OPENSSL_cleanse(k, sizeof *k);
	mem_free(k);
}

static void
add_key(struct sbuf *out, const char *kind, int id)
{
	unsigned char key[KEY_BYTES];

	keyring_random(key, sizeof key);
	sbuf_addf(out, "%s %d ", kind, id);
	sbuf_addhex(out, key, sizeof key);
	sbuf_addc(out, '\n');
	OPENSSL_cleanse(key, sizeof key);
}

static void
make_first(struct sbuf *out)
{
	sbuf_adds(out,
	    "# Keys of hailong. Whoever has them can name citizens and read sealed texts; without them nobody\n"
	    "# can, so keep a copy where the office keeps its seals. Do not change the index key.\n");
	add_key(out, "index", 1);
	add_key(out, "seal", 1);
}

enum err
keyring_make(struct sv old, struct sbuf *out, struct diag *why)
{
	struct keyring *k = NULL;
	const char *text;
	enum err e;
	int newest;

	if (sv_trim(old).n == 0) {
		make_first(out);
		return sbuf_finish(out, &text);
	}
	e = keyring_parse(old, &k, why);
	if (e)
		return e;
	newest = k->seals[k->newest].id;
	if (newest == ID_MAX || k->n_seals == SEALS_MAX) {
		diag_set(why, 0, "no room for one more seal key: take out those no text is sealed with any more");
		e = ERR_TOOBIG;
	}
	keyring_free(k);
	if (e)
		return e;
	sbuf_addsv(out, old);
	if (old.p[old.n - 1] != '\n')
		sbuf_addc(out, '\n');
	add_key(out, "seal", newest + 1);
	return sbuf_finish(out, &text);
}

/* ---- names ---- */

static void
put_hex(const unsigned char *bytes, size_t n_hex, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n_hex; i++)
		out[i] = hex[i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4];
	out[n_hex] = '\0';
}

void
keyring_name(const struct keyring *k, const char *domain, struct sv text, size_t n_hex, char *out)
{
	unsigned char mac[32];
	size_t n = 0;

	must(n_hex <= 2 * sizeof mac && n_hex % 2 == 0);
	/* No key here: the context starts again with the one it has. The domain's NUL goes in, too, so that
	 * no domain and text can be read as another pair. */
	must(EVP_MAC_init(k->index, NULL, 0, NULL) &&
	     EVP_MAC_update(k->index, (const unsigned char *)domain, strlen(domain) + 1) &&
	     EVP_MAC_update(k->index, (const unsigned char *)text.p, text.n) &&
	     EVP_MAC_final(k->index, mac, &n, sizeof mac) && n == sizeof mac);
	put_hex(mac, n_hex, out);
}

void
keyring_sha256(struct sv text, char *out)
{
	static EVP_MD *sha;
	static EVP_MD_CTX *ctx;
	unsigned char sum[32];
	unsigned n = 0;

	if (!sha) {
		sha = EVP_MD_fetch(NULL, "SHA2-256", NULL);
		ctx = EVP_MD_CTX_new();
		must(sha && ctx);
	}
	must(EVP_DigestInit_ex2(ctx, sha, NULL) && EVP_DigestUpdate(ctx, text.p, text.n) &&
	     EVP_DigestFinal_ex(ctx, sum, &n) && n == sizeof sum);
	put_hex(sum, 2 * sizeof sum, out);
}

bool
keyring_equal(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

/* ---- sealing ---- */

static void
put_head(unsigned char *frame, int id)
{
	frame[0] = SEAL_FORMAT;
	frame[1] = (unsigned char)(id >> 8);
	frame[2] = (unsigned char)(id & 255);
}

/* The key stays; nonce, head and aad are this message's. frame holds head and nonce. */
static bool
begin(EVP_CIPHER_CTX *c, const unsigned char *frame, struct sv aad, int enc)
{
	int n;

	return EVP_CipherInit_ex2(c, NULL, NULL, frame + HEAD_BYTES, enc, NULL) &&
	       EVP_CipherUpdate(c, NULL, &n, frame, HEAD_BYTES) &&
	       (aad.n == 0 || EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)aad.p, (int)aad.n));
}

static bool
run(EVP_CIPHER_CTX *c, const unsigned char *in, size_t n_in, unsigned char *out)
{
	int n = 0;

	return n_in == 0 || (EVP_CipherUpdate(c, out, &n, in, (int)n_in) && n == (int)n_in);
}

static void
add_base64(struct sbuf *out, const unsigned char *p, size_t n)
{
	size_t n_text = (n + 2) / 3 * 4;
	AUTO_FREE unsigned char *text = mem_alloc(n_text + 1);

	must(EVP_EncodeBlock(text, p, (int)n) == (int)n_text);
	sbuf_add(out, text, n_text);
}

void
keyring_seal(const struct keyring *k, struct sv aad, struct sv clear, struct sbuf *out)
{
	const struct seal_key *s = &k->seals[k->newest];
	AUTO_FREE unsigned char *frame = mem_alloc(FRAME_BYTES + clear.n);
	unsigned char *text = frame + HEAD_BYTES + NONCE_BYTES, last[TAG_BYTES];
	int n = 0;

	must(clear.n <= TEXT_MAX && aad.n <= TEXT_MAX);
	put_head(frame, s->id);
	keyring_random(frame + HEAD_BYTES, NONCE_BYTES);
	must(begin(s->seal, frame, aad, 1) && run(s->seal, (const unsigned char *)clear.p, clear.n, text) &&
	     EVP_CipherFinal_ex(s->seal, last, &n) &&
	     EVP_CIPHER_CTX_ctrl(s->seal, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, text + clear.n));
	add_base64(out, frame, FRAME_BYTES + clear.n);
}

static bool
is_base64(struct sv s)
{
	size_t n = s.n;

	if (s.n == 0 || s.n % 4 || s.n > (size_t)TEXT_MAX * 2)
		return false;
	for (int pad = 0; pad < 2 && s.p[n - 1] == '='; pad++)
		n--;
	for (size_t i = 0; i < n; i++) {
		char c = s.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'))
			return false;
	}
	return true;
}

/* n_out: bytes without the padding. The buffer is a little longer. NULL: not base64. */
static unsigned char *
unbase64(struct sv s, size_t *n_out)
{
	unsigned char *bytes;

	if (!is_base64(s))
		return NULL;
	bytes = mem_alloc(s.n / 4 * 3 + 1);
	must(EVP_DecodeBlock(bytes, (const unsigned char *)s.p, (int)s.n) == (int)(s.n / 4 * 3));
	*n_out = s.n / 4 * 3 - (s.p[s.n - 1] == '=') - (s.p[s.n - 2] == '=');
	return bytes;
}

static enum err
open_frame(const struct keyring *k, struct sv aad, unsigned char *frame, size_t n_text, struct sbuf *out)
{
	const struct seal_key *s = find_seal(k, frame[1] << 8 | frame[2]);
	const unsigned char *text = frame + HEAD_BYTES + NONCE_BYTES;
	AUTO_FREE unsigned char *clear = NULL;
	unsigned char last[TAG_BYTES];
	int n = 0;
	bool ok;

	if (!s)
		return ERR_MISSING;
	clear = mem_alloc(n_text + 1);
	ok = begin(s->open, frame, aad, 0) && run(s->open, text, n_text, clear) &&
	     EVP_CIPHER_CTX_ctrl(s->open, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, frame + FRAME_BYTES - TAG_BYTES + n_text) &&
	     EVP_CipherFinal_ex(s->open, last, &n) > 0;
	if (ok)                                  /* nothing leaves before the tag was right */
		sbuf_add(out, clear, n_text);
	OPENSSL_cleanse(clear, n_text);
	return ok ? ERR_OK : ERR_CORRUPT;
}

enum err
keyring_open(const struct keyring *k, struct sv aad, struct sv sealed, struct sbuf *out)
{
	size_t n = 0;
	AUTO_FREE unsigned char *frame = unbase64(sealed, &n);

	if (!frame || n < FRAME_BYTES || frame[0] != SEAL_FORMAT || aad.n > TEXT_MAX)
		return ERR_CORRUPT;
	return open_frame(k, aad, frame, n - FRAME_BYTES, out);
}
