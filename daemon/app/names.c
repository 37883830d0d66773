/* Keys of the store; see the header. */
#include "app/names.h"

#include <stdio.h>

#include "base/err.h"
#include "base/num.h"

static struct sv
done(struct key *k, int n)
{
	must(n > 0 && (size_t)n < sizeof k->p);
	return (struct sv){ k->p, (size_t)n };
}

struct sv
name_in(struct key *k, const char *prefix, int partition, const char *kind, const char *name)
{
	return done(k, snprintf(k->p, sizeof k->p, "%s:{%d}:%s%s%s", prefix, partition, kind, *name ? ":" : "", name));
}

struct sv
name_global(struct key *k, const char *prefix, const char *name)
{
	return done(k, snprintf(k->p, sizeof k->p, "%s:%s", prefix, name));
}

int
name_partition(const char *hex, int partitions)
{
	unsigned char first = 0;

	must(!num_unhex((struct sv){ hex, 2 }, &first, 1));
	return first % partitions;
}
