/* The keys of the store (docs/ARCHITECTURE.md lists them). Everything of one citizen carries one hash tag. */
#ifndef APP_NAMES_H
#define APP_NAMES_H

#include "base/sv.h"

struct key { char p[224]; };             /* a prefix is at most 64 bytes */

/* PREFIX:{N}:KIND or PREFIX:{N}:KIND:NAME; the view points into *k. */
struct sv name_in(struct key *k, const char *prefix, int partition, const char *kind, const char *name);
/* PREFIX:NAME, for what belongs to nobody: "cases", "cases:rejected", "sys". */
struct sv name_global(struct key *k, const char *prefix, const char *name);
/* The partition of a citizen's or case's keyed name (hex). */
int       name_partition(const char *hex, int partitions);

#endif
