/*
 * Vietnamese telephone numbers: any spelling people and systems use -> 84xxxxxxxxx. Decided by length,
 * because 84 is both the country code and an operator's prefix. Old eleven-digit mobile numbers (before
 * 15 September 2018) are mapped to the new ones.
 */
#ifndef CORE_PHONE_H
#define CORE_PHONE_H

#include "base/err.h"
#include "base/sv.h"

struct phone {
	char e164[16];                       /* "84912345678", digits only, no '+' */
};

#define PHONE_KIND_LIST(X) \
	X(MOBILE, "mobile") X(LANDLINE, "landline") X(FOREIGN, "foreign") X(SERVICE, "service") X(BAD, "bad")

enum phone_kind {
#define X(code, text) PHONE_##code,
	PHONE_KIND_LIST(X)
#undef X
	PHONE_KIND_MAX
};

/* PHONE_MOBILE fills *out; every other kind leaves it alone and says why in *why (static text, may be NULL). */
enum phone_kind phone_parse(struct sv text, struct phone *out, const char **why);
const char     *phone_kind_name(enum phone_kind k);
/* Name of the operator the prefix was given to; a ported number keeps its prefix, so never route by it. */
const char     *phone_carrier(const struct phone *p);
/* "84912***678"; out holds 16 bytes. */
void            phone_mask(const struct phone *p, char *out);

#endif
