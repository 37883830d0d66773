/* Repairs texts that were decoded with the wrong table, in place. */
#ifndef TEXT_LEGACY_H
#define TEXT_LEGACY_H

#include <stddef.h>
#include <stdint.h>

/* c: n code points, n <= PLAIN_MAX. Returns how many there are afterwards (never more). */
size_t legacy_repair(uint32_t *c, size_t n);

#endif
