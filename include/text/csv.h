/*
 * CSV out (RFC 4180, LF): text in quotes, numbers plain. A spreadsheet takes a cell that begins with = + - @, a tab or
 * a line end for a formula, whatever the quotes say, and full-width signs as well; such a cell gets a ' in front.
 */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sbuf.h"

struct csv_out { struct sbuf *b; bool inside; };

void csv_text(struct csv_out *o, struct sv cell);
/* Already as it must be: a number, or nothing. */
void csv_plain(struct csv_out *o, struct sv cell);
void csv_int(struct csv_out *o, int64_t value);
void csv_end(struct csv_out *o);         /* of the line */

#endif
