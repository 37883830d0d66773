/* Hash tables: uthash with our memory. Its own hash function falls through cases, which clang refuses. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/mem.h"

#define HASH_FUNCTION(p, n, v) HASH_FNV(p, n, v)
#define uthash_malloc(n)  mem_alloc(n)
#define uthash_free(p, n) mem_free(p)
#include <uthash.h>

#endif
