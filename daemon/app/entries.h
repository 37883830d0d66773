/* Stream entries of a change (docs/API.md, "Streams"). */
#ifndef APP_ENTRIES_H
#define APP_ENTRIES_H

#include "app/engine.h"

void entries_events(struct change *ch, struct txn *t);       /* one per decision of this step */
void entries_score(struct change *ch, struct txn *t);
/* What this change makes of the counts (core/tally.h). */
void entries_counts(struct change *ch, struct txn *t);
/* "2026-11-23:offices": the key of a day's counts on a shelf, behind "count"; out holds ENTRIES_COUNT_NAME bytes. */
void entries_count_name(int32_t day, enum tally_shelf shelf, char *out);
#define ENTRIES_COUNT_NAME 32
void entries_followup(struct change *ch, struct txn *t);

#endif
