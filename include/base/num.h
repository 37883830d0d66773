/* The one number parser: decimal, whole text, bounds included. No blanks, no '+', no leading sign but '-'. Its opposite. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

MUST_CHECK enum err num_parse(struct sv s, int64_t min, int64_t max, int64_t *out);
/* Decimal and a NUL into NUM_TEXT bytes; the view is what was written. */
#define NUM_TEXT 21
struct sv num_format(int64_t value, char *out);
/* Lower or upper case, exactly 2*n digits into n bytes. */
MUST_CHECK enum err num_unhex(struct sv s, void *out, size_t n);

#endif
