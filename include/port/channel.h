/*
 * The contract of a way to reach people. The engine asks for room, sends, and gets exactly one result
 * per accepted send; what comes in (answers, receipts) is handed up as events and answered to the
 * provider only after the engine says it is durable.
 */
#ifndef PORT_CHANNEL_H
#define PORT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

/* One message to one person (MT). All views live for the call only; a channel copies what it keeps. */
struct outmsg {
	const char *ref;                 /* ours, <= 40 characters of [0-9A-Z.-], unique, carries nothing personal */
	const char *to;                  /* E.164 digits without '+', for example 84912345678 */
	struct sv   text;                /* UTF-8, NFC */
	bool        ucs2;                /* holds letters outside GSM-7 */
	int         parts;
	const char *survey;              /* short id, for templates that show one */
};

/* What a send came to, by consequence. */
#define SEND_LIST(X) \
	X(ACCEPTED,  "accepted")     /* the provider has it */ \
	X(NOT_SENT,  "not_sent")     /* certainly did not reach the provider, or it said "later": may be sent again */ \
	X(SLOW_DOWN, "slow_down")    /* not accepted, too fast: again after retry_after */ \
	X(REJECTED,  "rejected")     /* this message or this number is refused for good */ \
	X(DENIED,    "denied")       /* our account is refused: the channel stops until a person acts */ \
	X(UNKNOWN,   "unknown")      /* may or may not have been taken: never resent blindly */

enum send_end {
#define X(code, text) SEND_##code,
	SEND_LIST(X)
#undef X
	SEND_MAX
};

struct send_result {
	enum send_end end;
	char          provider_id[64];   /* "" when the provider gave none */
	int64_t       retry_after_ms;    /* -1 = nothing said */
	char          detail[96];        /* the provider's code and words for people; no number, no text of ours */
};

const char *send_end_name(enum send_end e);

/* What a provider tells us. */
enum inbound_kind { INBOUND_MO, INBOUND_DLR };

#define DLR_LIST(X) X(BUFFERED, "buffered") X(SENT, "sent") X(DELIVERED, "delivered") X(FAILED, "failed") X(REFUSED, "refused")
enum dlr_state {
#define X(code, text) DLR_##code,
	DLR_LIST(X)
#undef X
	DLR_MAX
};
const char *dlr_state_name(enum dlr_state s);

struct inbound {
	enum inbound_kind kind;
	struct sv      id;               /* the provider's identity of this event, for telling repeats; may be empty */
	struct sv      from;             /* MO: sender as given */
	struct sv      to;               /* MO: our number */
	struct sv      text;             /* MO: UTF-8, as the citizen wrote it */
	struct sv      ref;              /* DLR: our reference; MO: reference answered to, when the provider knows */
	struct sv      provider_id;      /* DLR: the provider's id */
	enum dlr_state dlr;
	struct sv      detail;           /* DLR: provider's code */
};

typedef void channel_done_fn(void *arg, const struct send_result *r);

struct channel_stats {
	const char *name, *driver, *state;       /* state: "up", "slow", "down", "denied", "paused" */
	int64_t accepted, not_sent, rejected, unknown, mo, dlr;
	int     running;
	char    last_error[96];
	int64_t last_error_at_ms;                /* boot clock, 0 = never */
};

struct channel;

struct channel_ops {
	/* How many sends would be taken right now (rate, connections, breaker); 0 when none. If none,
	 * *wait_ms says when to ask again (-1: the channel will say through on_room). */
	int  (*room)(struct channel *c, int64_t now_ms, int64_t *wait_ms);
	/* Never blocks, never calls done before it returns. ERR_BUSY: no room; then nothing is called. */
	enum err (*send)(struct channel *c, const struct outmsg *m, channel_done_fn *done, void *arg);
	void (*stats)(const struct channel *c, struct channel_stats *out);
	void (*pause)(struct channel *c, bool on);
	void (*close)(struct channel *c);        /* nothing is called afterwards */
};

struct channel { const struct channel_ops *ops; };

/* First member of every driver's settings struct: what the route wants to know of a channel. */
struct channel_conf {
	char   *reply_to;                /* number citizens answer to when the sender cannot be answered, "" = the sender */
	int64_t delivered_within_ms;     /* a request without a receipt by then was not delivered; 0 = never concluded */
};

#define CHANNEL_KEYS(owner, member) \
	{ .name = "reply_to", .type = SETTING_STRING, .at = offsetof(owner, member.reply_to), .deflt = "", .max = 6, \
	  .flags = SETTING_RELOAD, \
	  .help = "Number citizens answer to when they cannot answer the sender (a brand name): the question then carries it " \
	          "and a token (T1b). \"\": they answer the sender." }, \
	{ .name = "delivered_within", .type = SETTING_MSEC, .at = offsetof(owner, member.delivered_within_ms), .deflt = "0s", \
	  .max = INT64_C(10) * 86400000, .flags = SETTING_RELOAD, \
	  .help = "A question without a delivery receipt by then counts as not delivered, and the next channel of the route " \
	          "is tried. Only for providers that take a message back by then; 0s: never." }

#endif
