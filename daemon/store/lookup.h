/* A host name to addresses without stopping the loop: the system's own look-up in a thread of its own. */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include "io/loop.h"

#define LOOKUP_MAX 8

struct lookup;
struct address { char text[64]; };

/* n == 0: not found, `why` says so. In a later turn, once; the look-up is gone afterwards. */
typedef void lookup_fn(void *arg, const struct address *found, int n, const char *why);

/* NULL: no descriptor or thread left just now. */
struct lookup *lookup_start(struct loop *l, const char *host, lookup_fn *fn, void *arg);
/* Nothing is called any more; NULL is fine. */
void           lookup_cancel(struct lookup *k);

#endif
