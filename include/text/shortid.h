/*
 * Short ids that people read, say and type: Crockford base 32 with a check character at the end, so
 * that one typing error never names another person's case. The rule of the check character is in
 * docs/REPLIES.md 7: payload characters counted from the right weigh 3, 5, 7, ...; the check is the
 * letter at (sum of weight * value) mod 32. "A7K2", "B3MR", "9XDQ" are valid.
 */
#ifndef TEXT_SHORTID_H
#define TEXT_SHORTID_H

#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

#define SHORTID_MAX 16

/* n characters (3..13) with the check character last, from the low 5*(n-1) bits of value; out holds n+1 bytes. */
void shortid_make(uint64_t value, size_t n, char *out);

/* Reads what a person typed: any case, O as 0, I and L as 1, no hyphens. Writes the canonical spelling
 * (s.n + 1 bytes). ERR_SYNTAX: a foreign character or a length outside 3..13; ERR_RANGE: wrong check. */
MUST_CHECK enum err shortid_parse(struct sv s, char *out);

/* The value of a Crockford letter, -1 when it is none. */
int shortid_value(char c);

#endif
