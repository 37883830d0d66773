/*
 * A provider is a translator: three pure functions and a settings table. channel/lane.c does rate,
 * time-outs, outcome classes, breaker and statistics for all of them.
 */
#ifndef PORT_DIALECT_H
#define PORT_DIALECT_H

#include "base/sbuf.h"
#include "port/channel.h"
#include "port/setting.h"

struct dialect_request {
	bool        post;
	struct sbuf url, body;
	const char *content_type;        /* static; NULL = none */
	struct sbuf authorization;       /* header value, "" = none */
};

struct dialect_response { int status; struct sv body; };

/* A provider's call to /hook/<channel>/<tail>. */
struct dialect_push {
	bool      post;
	struct sv tail;                  /* "mo", "dlr", ... */
	struct sv query, body, content_type;
	const char *authorization;       /* header, "" when absent */
};

/* What to tell the provider once the events are durable. */
struct dialect_ack { int status; const char *type; struct sbuf body; };

enum hook_verdict { HOOK_OK, HOOK_IGNORE /* fine, nothing in it */, HOOK_FORGED /* 403 */,
                    HOOK_BAD /* malformed for good: ack's status, 400 if it has none */ };

typedef void dialect_event_fn(void *arg, const struct inbound *ev);

struct http_dialect {
	const char *name;
	const struct setting *keys;      /* of the struct conf points to; common lane keys are added by the lane */
	size_t      conf_size;
	/* ERR_TOOBIG / ERR_SYNTAX: this message cannot be said in this dialect (counts as rejected). */
	enum err (*build)(const void *conf, const struct outmsg *m, struct dialect_request *out);
	/* Only for complete answers; the lane classifies everything else, and what is left UNKNOWN here by 401 and 429. */
	void     (*answer)(const void *conf, const struct dialect_response *r, struct send_result *out);
	/* Verifies, then calls event for each thing in the push (0 or more), then fills ack. Order: signature, size, content. */
	enum hook_verdict (*hook)(const void *conf, const struct dialect_push *p, dialect_event_fn *event, void *arg,
	                          struct dialect_ack *ack);
	/* A call that sends nothing and whose answer tells whether our account would be taken. NULL: there is none. */
	enum err (*probe)(const void *conf, struct dialect_request *out);
	bool     (*probed)(const void *conf, const struct dialect_response *r);
	bool        keyed;               /* the provider refuses a repeated reference: an unknown outcome may be asked again */
};

#endif
