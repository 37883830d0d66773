/* What of a citizen is stored sealed, each piece tied to its place: moved elsewhere it does not open. */
#ifndef APP_SEALS_H
#define APP_SEALS_H

#include "app/engine.h"

/* Into c->phone (and c->zalo when not ""). */
void seal_contact(const struct conf *conf, struct citizen *c, const char *e164, const char *zalo);
MUST_CHECK enum err seal_open_phone(const struct conf *conf, const struct citizen *c, struct sbuf *out);
/* A citizen's words; place is the name of the record they belong to. */
void seal_text(const struct conf *conf, const char *place, struct sv clear, struct sbuf *out);
MUST_CHECK enum err seal_open_text(const struct conf *conf, const char *place, struct sv sealed, struct sbuf *out);

#endif
