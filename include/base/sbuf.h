/*
 * A growing text with a ceiling. The first failure sticks, later additions do nothing, and one
 * question at the end tells. The text is always NUL-terminated but may hold NULs when added.
 */
#ifndef BASE_SBUF_H
#define BASE_SBUF_H

#include "base/err.h"
#include "base/sv.h"

struct sbuf {
	char  *p;
	size_t n, size, max;
	bool   failed;
};

void sbuf_init(struct sbuf *b, size_t max);              /* max bytes of text; nothing is allocated yet */
void sbuf_done(struct sbuf *b);                          /* frees; the struct may be initialised again */
void sbuf_reset(struct sbuf *b);                         /* empty again, memory kept */
void sbuf_add(struct sbuf *b, const void *p, size_t n);
void sbuf_addc(struct sbuf *b, char c);
void sbuf_adds(struct sbuf *b, const char *cstr);
void sbuf_addsv(struct sbuf *b, struct sv s);
void sbuf_addf(struct sbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sbuf_addi(struct sbuf *b, long long value);         /* decimal */
void sbuf_addhex(struct sbuf *b, const void *p, size_t n);
void sbuf_addurl(struct sbuf *b, struct sv s);           /* percent-encoded, RFC 3986 unreserved kept */
void sbuf_cut(struct sbuf *b, size_t n);                 /* shorten to n bytes, n <= b->n */

/* ERR_TOOBIG when the ceiling was met. *out (never NULL) is borrowed until the next change. */
MUST_CHECK enum err sbuf_finish(struct sbuf *b, const char **out);
struct sv sbuf_sv(const struct sbuf *b);

#define AUTO_SBUF __attribute__((cleanup(sbuf_done))) struct sbuf

#endif
