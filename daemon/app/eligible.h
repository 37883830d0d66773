/* Who may be asked, as far as registry and settings say: looked at when a case comes in and again when its text is due. */
#ifndef APP_ELIGIBLE_H
#define APP_ELIGIBLE_H

#include "app/engine.h"

/* From the number as it was written; NONE fills *phone. */
enum not_asked eligible_phone(const char *written, struct phone *phone);
/* Staff numbers, excluded units and procedures, trial, no channel. */
enum not_asked eligible_veto(const struct setup *s, const char *citizen, const struct closed_case *k);

#endif
