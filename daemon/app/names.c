/* Keys of the store; see the header. */
#include "app/names.h"

#include <string.h>

#include "base/err.h"
#include "base/num.h"

static void
add(struct key *k, struct sv *to, const char *text)
{
	size_t n = strlen(text);

	must(to->n + n <= sizeof k->p);
	memcpy(k->p + to->n, text, n);
	to->n += n;
}

/* Some ten keys are made for each case: piece by piece, without printf. */
struct sv
name_in(struct key *k, const char *prefix, int partition, const char *kind, const char *name)
{
	char n[] = { (char)('0' + partition / 10), (char)('0' + partition % 10), '\0' };
	struct sv out = { k->p, 0 };

	must(partition >= 0 && partition < 100);
	add(k, &out, prefix);
	add(k, &out, ":{");
	add(k, &out, partition < 10 ? n + 1 : n);
	add(k, &out, "}:");
	add(k, &out, kind);
	if (*name) {
		add(k, &out, ":");
		add(k, &out, name);
	}
	return out;
}

struct sv
name_global(struct key *k, const char *prefix, const char *name)
{
	struct sv out = { k->p, 0 };

	add(k, &out, prefix);
	add(k, &out, ":");
	add(k, &out, name);
	return out;
}

int
name_partition(const char *hex, int partitions)
{
	unsigned char first = 0;

	must(!num_unhex((struct sv){ hex, 2 }, &first, 1));
	return first % partitions;
}
