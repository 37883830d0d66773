/*
 * Keys that protect citizens: an index key (HMAC-SHA-256: a phone becomes `citizen`) and sealing keys
 * (AES-256-GCM) with ids, so that they can rotate: the newest seals, all open. The file is made by
 * `hailongctl keys new`, one key a line: "index 1 <64 hex>", "seal 1 <64 hex>"; # comments are fine.
 */
#ifndef IO_KEYRING_H
#define IO_KEYRING_H

#include "base/err.h"
#include "base/sbuf.h"
#include "base/sv.h"

struct keyring;

#define CITIZEN_HEX 32                   /* characters of a citizen's name: 128 bits of the HMAC */

MUST_CHECK enum err keyring_parse(struct sv file, struct keyring **out, struct diag *why);
void keyring_free(struct keyring *k);    /* keys are wiped */

/* Keyed name of anything that must not be guessed back; hex of n_hex/2 bytes plus NUL into out. The domain
 * keeps uses apart ("phone", "case", "body"). */
void keyring_name(const struct keyring *k, const char *domain, struct sv text, size_t n_hex, char *out);

/* Appends the sealed form (key id, nonce, ciphertext, tag; base64 without line ends, so it is safe in any
 * text record). aad ties it to its place (for example the key it is stored under); may be empty. */
void keyring_seal(const struct keyring *k, struct sv aad, struct sv clear, struct sbuf *out);
/* ERR_MISSING: sealed with a key we do not have; ERR_CORRUPT: damaged or moved. Appends the clear text. */
MUST_CHECK enum err keyring_open(const struct keyring *k, struct sv aad, struct sv sealed, struct sbuf *out);

/* n bytes from the kernel's generator; n <= 256. */
void keyring_random(void *out, size_t n);
/* A new file with one index and one seal key, or one more seal key after those of `old` (may be empty). */
MUST_CHECK enum err keyring_make(struct sv old, struct sbuf *out, struct diag *why);
/* Hex SHA-256 (64 characters and NUL), for token hashes and identities of provider ids. */
void keyring_sha256(struct sv text, char *out);
/* Same content? Time depends on the lengths only. */
bool keyring_equal(struct sv a, struct sv b);

#endif
