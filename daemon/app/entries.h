/* Stream entries of a change (docs/API.md, "Streams"), and the facts outside the records that forbid asking. */
#ifndef APP_ENTRIES_H
#define APP_ENTRIES_H

#include "app/engine.h"

void entries_events(struct change *ch, struct txn *t);       /* one per decision of this step */
void entries_score(struct change *ch, struct txn *t);
void entries_followup(struct change *ch, struct txn *t);
/* By registry and settings: staff number, excluded unit or procedure. */
enum not_asked entries_veto(const struct change *ch);
enum not_asked entries_excluded(const struct conf *conf, const struct closed_case *k);

#endif
