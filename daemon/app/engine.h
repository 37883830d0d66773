/*
 * The engine: turns events into steps of the core, stores what they decide in one transaction, then does
 * what was decided. It holds no state of its own that matters: everything is in the store, so that a crash
 * between any two lines is harmless.
 */
#ifndef APP_ENGINE_H
#define APP_ENGINE_H

#include <sys/queue.h>

#include "app/conf.h"
#include "app/names.h"
#include "core/survey.h"
#include "core/tally.h"
#include "io/loop.h"
#include "port/channel.h"
#include "port/store.h"

/* Keyed names of numbers, so that a citizen can be looked up without opening a seal. */
struct name_set { char (*at)[CITIZEN_NAME + 1]; size_t n; };

/* Settings in use and the channels made from them; a reload builds a second one beside the first. */
struct setup {
	struct conf         *conf;
	struct survey_policy policy;
	struct channel      *channels[CONF_CHANNELS_MAX];        /* as conf->channels */
	int                  reserved[CONF_CHANNELS_MAX];        /* rooms promised to messages not yet handed over */
	struct name_set      staff, trial;
	int                  sandbox;                            /* place of the first sandbox channel, -1 = none */
	int                  held;                               /* changes and messages that still need it */
	struct setup        *older;                              /* retired ones, freed when nothing holds them */
};

struct engine_stats {
	int64_t cases, replies, receipts, scores, followups, sends, unknown, conflicts, failures, buried;
};

struct engine {
	struct loop        *loop;
	struct store       *store;
	struct setup       *setup;
	struct engine_stats stats;
	int                 changes;         /* running: */
	LIST_HEAD(, change) running;
	LIST_HEAD(, flight) flights;         /* messages handed over and not settled */
	int                 partitions;
	char                prefix[65];
	char                boot[9];         /* random: fences of two lives of the daemon never meet */
	uint64_t            fences, random;
	bool                stopping;
	struct ticker      *ticker;
	struct pauses      *pauses;
};

#define ENGINE_CHANGES_MAX 1024          /* beyond it new work is refused with ERR_BUSY */

/*
 * One change: read the records, decide, write them with guards; again from the start when somebody else
 * was faster. The owner embeds it, sets the first group of fields and gets done() exactly once, in a later
 * turn than change_start.
 */
struct change {
	LIST_ENTRY(change) next;
	struct engine *e;
	struct setup  *setup;                        /* of the moment it started; held until done */
	char           citizen[CITIZEN_NAME + 1];    /* "" = this change does not read the citizen */
	char           id[SURVEY_ID + 1];            /* "" = no survey */
	int            partition;
	char           once[65];                     /* name of the event's own key: present = it was taken already; "" = none */
	/* How to read again; NULL = citizen and survey as named. Ends in change_loaded or change_end. */
	void         (*load)(struct change *ch);
	/* Changes c and s. OK: write; anything else ends the change with it and writes nothing. */
	enum err     (*decide)(struct change *ch);
	/* Adds effects of its own; may be NULL. */
	void         (*effects)(struct change *ch, struct txn *t);
	void         (*done)(struct change *ch, enum err e);

	struct citizen c, c_was;
	struct survey  s;
	bool           holds_survey;                 /* s is to be written */
	int64_t        now_ms, due_was;
	struct survey_acts acts;
	char           fence[25];
	int            tries;
	int            reserved;                     /* place of the channel whose room is reserved + 1, 0 = none */
	enum reply_class klass_was;
	struct tally tally_was;
};

/* ERR_BUSY, ERR_DOWN: nothing was started and done is not called. warm: c and s were read by the caller. */
MUST_CHECK enum err change_start(struct change *ch, bool warm);
void change_loaded(struct change *ch);           /* for a load of one's own */
void change_end(struct change *ch, enum err e);

/* Takes a wake-up step on ch (inside decide) after an own step, so that what can go out goes out with this commit. */
void change_wake(struct change *ch);
/* Values read from the store into a change; absent records are zeroed with their names. CORRUPT is logged. */
MUST_CHECK enum err change_take_citizen(struct change *ch, struct sv value);
MUST_CHECK enum err change_take_survey(struct change *ch, struct sv value);

/* Hands message `at` of a stored survey to its channel and settles it with the outcome. */
void outbox_send(struct engine *e, struct setup *setup, int channel, const struct citizen *c, const struct survey *s,
                 int at);
/* Is the message of this intent at its channel, or its result not stored yet? */
bool outbox_carries(const struct engine *e, const char *fence);

/* A text of survey s for its message `at`, as the phone shows it. */
MUST_CHECK enum err wording_render(const struct conf *conf, const struct survey *s, int at, struct sbuf *out,
                                   struct diag *why);
/* Where a complaint about money or harassment goes: the inspectors' office, else the coordinators'; NULL = nobody. */
const struct unit *wording_integrity(const struct conf *conf, bool *inspectors);

/* The clock of the due queue: claims what is due and wakes it. */
void ticker_start(struct engine *e);
void ticker_ask(struct engine *e);               /* what it was told may be old: the store was away */
void ticker_stop(struct engine *e);              /* nothing more is claimed; e->stopping is set */
void ticker_free(struct engine *e);              /* nothing is called any more */
void ticker_at(struct engine *e, int partition, int64_t due_ms);     /* something will be due then */
void ticker_room(struct engine *e);                                  /* a channel has room again */

/* Setup: opens the channels of a checked conf. ERR: *why; conf stays the caller's. */
MUST_CHECK enum err setup_new(struct engine *e, struct conf *conf, struct setup **out, struct diag *why);
void setup_free(struct setup *s);
void setup_swap(struct engine *e, struct setup *s);      /* the old one retires */
void setup_retire(struct engine *e);             /* frees older setups whose messages are all settled */
/* The channel for this survey's message and its place in the route, -1: nobody may be written to (trial without
 * sandbox). A channel that is out of order is passed over while another one works: what was not sent yet is certainly
 * not delivered. */
int  setup_channel(const struct change *ch, int at, int *place);
bool setup_has_name(const struct name_set *set, const char *citizen);
bool setup_is_paused(const struct setup *s, int channel);
int  setup_room(struct setup *s, int channel, int64_t *wait_ms);

uint64_t engine_random(struct engine *e);
struct sv engine_key(const struct engine *e, struct key *k, int partition, const char *kind, const char *name);

#endif
