/* Sealing citizens' numbers and words; see the header. */
#include "app/seals.h"

#include <string.h>

struct place { char p[96]; };

static struct sv
place_of(struct place *b, const char *kind, const char *name)
{
	size_t k = strlen(kind), n = strlen(name);

	must(k + n + 2 <= sizeof b->p);
	memcpy(b->p, kind, k);
	b->p[k] = ':';
	memcpy(b->p + k + 1, name, n);
	return (struct sv){ b->p, k + 1 + n };
}

static void
seal_into(const struct conf *conf, struct sv place, const char *clear, char *out, size_t size)
{
	AUTO_SBUF b;

	sbuf_init(&b, size - 1);
	keyring_seal(conf->keys, place, sv_of(clear), &b);
	must(!b.failed);
	memcpy(out, b.p, b.n + 1);
}

void
seal_contact(const struct conf *conf, struct citizen *c, const char *e164, const char *zalo)
{
	struct place b;

	if (*e164 && !*c->phone)
		seal_into(conf, place_of(&b, "phone", c->name), e164, c->phone, sizeof c->phone);
	if (*zalo && !*c->zalo)
		seal_into(conf, place_of(&b, "zalo", c->name), zalo, c->zalo, sizeof c->zalo);
}

enum err
seal_open_phone(const struct conf *conf, const struct citizen *c, struct sbuf *out)
{
	struct place b;

	return *c->phone ? keyring_open(conf->keys, place_of(&b, "phone", c->name), sv_of(c->phone), out) : ERR_MISSING;
}

void
seal_text(const struct conf *conf, const char *name, struct sv clear, struct sbuf *out)
{
	struct place b;

	keyring_seal(conf->keys, place_of(&b, "text", name), clear, out);
}

enum err
seal_open_text(const struct conf *conf, const char *name, struct sv sealed, struct sbuf *out)
{
	struct place b;

	return keyring_open(conf->keys, place_of(&b, "text", name), sealed, out);
}
