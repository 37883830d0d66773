/*
 * What an operator has stopped: single channels, or "all", a pause of the whole province in which no citizen is written
 * to. It stands in the store, so it outlives a restart and holds for every instance; each looks again every few seconds.
 */
#ifndef APP_PAUSES_H
#define APP_PAUSES_H

#include "app/engine.h"

/* Reads what stands. Until that is known nothing is sent. */
void pauses_start(struct engine *e);
void pauses_stop(struct engine *e);
/* Tells the channels of a new setup. */
void pauses_apply(struct engine *e);
bool pauses_known(const struct engine *e);
/* The whole province. */
bool pauses_all(const struct engine *e);
/* Names with a space between them, "" = nothing is paused. */
const char *pauses_names(const struct engine *e);

typedef void pauses_done_fn(void *arg, enum err e);
/* name: a channel or "all". ERR_MISSING: no such channel; ERR_BUSY: another change is under way; then nothing is called. */
MUST_CHECK enum err pauses_set(struct engine *e, const char *name, bool on, pauses_done_fn *done, void *arg);

#endif
