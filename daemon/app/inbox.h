/*
 * What comes in from providers: answers (MO) and receipts (DLR). Each is carried through to its score or
 * delivery state in one transaction before the provider gets its answer; told twice, it counts once.
 */
#ifndef APP_INBOX_H
#define APP_INBOX_H

#include "app/engine.h"

/* ERR_OK: durable (or known already). Anything else: not taken, the provider shall try again. */
typedef void inbox_done_fn(void *arg, enum err e);

/* Everything is copied; done comes exactly once, in a later turn. */
void inbox_take(struct engine *e, const char *channel, const struct inbound *ev, inbox_done_fn *done, void *arg);

#endif
