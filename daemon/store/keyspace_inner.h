/* Inside of the memory store's keyspace: one object per key. */
#ifndef STORE_KEYSPACE_INNER_H
#define STORE_KEYSPACE_INNER_H

#include "base/table.h"
#include "store/keyspace.h"

struct object {
	UT_hash_handle hh;
	char          *key;
	enum kind      kind;
	int64_t        expires_ms;           /* 0 = for ever; strings only */
	struct bytes   value;
	size_t         n, size;              /* of the array below that `kind` names */
	struct bytes  *hash;
	struct member *zset;
	struct entry  *stream;
	struct entry_id last;
	struct group  *groups;
	size_t         n_groups;
};

struct bytes   bytes_dup(struct sv s);
struct object *object_of(struct keyspace *k, struct sv key, enum kind kind);
struct object *object_make(struct keyspace *k, struct sv key, enum kind kind);
/* Room for one more in the object's array. */
void          *object_room(struct object *o, void *items, size_t size);
void           stream_free(struct object *o);

#endif
