/* Stream entries of a change (docs/API.md, "Streams"). */
#ifndef APP_ENTRIES_H
#define APP_ENTRIES_H

#include "app/engine.h"

void entries_events(struct change *ch, struct txn *t);       /* one per decision of this step */
void entries_score(struct change *ch, struct txn *t);
void entries_followup(struct change *ch, struct txn *t);

#endif
