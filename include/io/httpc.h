/*
 * HTTP out (libcurl multi on our loop). The result says not only what came back but whether a byte of
 * the request can have left, because that decides if a message may be sent again. libcurl's silent
 * second try on a dead reused connection is cut off here.
 */
#ifndef IO_HTTPC_H
#define IO_HTTPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"
#include "io/loop.h"

struct httpc;

struct httpc_conf {
	int     connections_max;         /* to one host, kept alive; 1..64 */
	int64_t connect_ms, total_ms;    /* 3000, 15000 */
	bool    plain_http;              /* http:// allowed (loopback and private lines only) */
	bool    private_ok;              /* addresses of private, loopback, link-local ranges allowed */
	const char *ca_file;             /* NULL = system's */
};

struct httpc_header { const char *name; struct sv value; };

struct httpc_request {
	bool      post;                  /* else GET */
	struct sv url;                   /* complete, already percent-encoded */
	struct sv body;                  /* POST only */
	const struct httpc_header *headers;
	size_t    n_headers;
};

/* What is known when it is over. */
enum httpc_end {
	HTTPC_ANSWERED,                  /* status, headers and the whole body are there */
	HTTPC_NOT_SENT,                  /* no byte of the request left: name, connect, TLS, our own refusal */
	HTTPC_LOST,                      /* the request may have arrived; no complete answer */
};

struct httpc_result {
	enum httpc_end end;
	int            status;           /* HTTP status when ANSWERED, also when LOST after the status line */
	struct sv      body;             /* ANSWERED: at most 64 KiB, longer answers end as LOST */
	int64_t        retry_after_ms;   /* from Retry-After in seconds, -1 when absent or unreadable */
	int64_t        took_ms;
	const char    *reason;           /* static text for people, "" when ANSWERED */
};

/* Called in a later turn, exactly once per accepted request, never after httpc_close. Views die with the call. */
typedef void httpc_done_fn(void *arg, const struct httpc_result *r);

/* ERR_DOWN: this libcurl has no asynchronous resolver (refuse to start). The conf is copied. */
MUST_CHECK enum err httpc_open(struct loop *l, const struct httpc_conf *conf, struct httpc **out);
void httpc_close(struct httpc *c);               /* running requests are dropped without a call */

/* Everything is copied. ERR_BUSY: connections_max requests are running; ERR_SYNTAX: a URL or header that
 * must not be sent (scheme, control characters). Nothing will be called on error. */
MUST_CHECK enum err httpc_send(struct httpc *c, const struct httpc_request *r, httpc_done_fn *done, void *arg);
int  httpc_running(const struct httpc *c);

#endif
