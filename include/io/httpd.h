/*
 * HTTP in. A listener hands complete, checked requests to one handler; each is answered exactly once,
 * now or in a later turn. What the gate refuses (framing, sizes, deadlines: docs/HTTP-SERVER.md) never
 * reaches the handler.
 */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"
#include "io/loop.h"

struct httpd;
struct httpd_req;

#define HTTPD_METHOD_LIST(X) X(GET) X(POST)
enum httpd_method {
#define X(m) HTTPD_##m,
	HTTPD_METHOD_LIST(X)
#undef X
	HTTPD_METHOD_MAX
};

struct httpd_conf {
	size_t  head_max;            /* bytes of request line and headers, 8192 */
	size_t  body_max;            /* bytes; a request that announces more is answered 413 */
	int64_t deadline_ms;         /* from accept (or from the end of the last answer) to a complete request */
	int     connections_max;     /* at the cap the oldest connection without a complete request is evicted */
	int     backlog;             /* >= 1024 */
	bool    keep_alive;          /* false: every answer closes the connection */
};

struct httpd_answer;

/* What the gate itself answers (400, 405, 408, 411, 413, 415, 417, 431, 501, 503): fills in all but the status, which
 * is set. What the answer points to stays valid until the next call. */
typedef void httpd_refuse_fn(void *arg, struct httpd_answer *a);
typedef void httpd_handler_fn(void *arg, struct httpd_req *req);

/* address: "127.0.0.1:8481", "[::1]:8481" or "unix:/path"; port 0 asks the kernel for one. fd >= 0: an
 * already listening socket (systemd) that wins over address and becomes ours.
 * ERR_SYNTAX: address; ERR_IO: cannot bind (why says the system's reason). */
MUST_CHECK enum err httpd_open(struct loop *l, const struct httpd_conf *conf, const char *address, int fd,
                               httpd_handler_fn *handler, httpd_refuse_fn *refuse, void *arg,
                               struct httpd **out, struct diag *why);
void httpd_pause(struct httpd *h);               /* stop accepting; what is open goes on */
void httpd_close(struct httpd *h);               /* pending requests are dropped; their req pointers die */
int  httpd_port(const struct httpd *h);          /* the bound TCP port, 0 for unix */
size_t httpd_connections(const struct httpd *h);

/* The request; all views live until it is answered. */
enum httpd_method httpd_method(const struct httpd_req *r);
struct sv httpd_path(const struct httpd_req *r);                 /* raw, without the query; starts with '/' */
struct sv httpd_query(const struct httpd_req *r);                /* raw, without '?'; {"",0} when none */
struct sv httpd_header(const struct httpd_req *r, const char *name);   /* p == NULL when absent; a header given twice is refused by the gate */
struct sv httpd_body(const struct httpd_req *r);
struct sv httpd_peer(const struct httpd_req *r);                 /* "127.0.0.1", "unix" */

/* One decoded query or form parameter (application/x-www-form-urlencoded rules, %00 kept out) appended to
 * out as a NUL-terminated text; false when absent or malformed. out of size bytes. */
bool httpd_param(struct sv query, const char *name, char *out, size_t size, size_t *len);

struct httpd_field { const char *name, *value; };

struct httpd_answer {
	int         status;
	const char *type;                /* content type; NULL = none */
	struct sv   body;
	const struct httpd_field *headers;   /* extra; n_headers of them */
	size_t      n_headers;
};

/* Answers; r is dead afterwards. The body is copied. Safe when the client has gone. */
void httpd_answer(struct httpd_req *r, const struct httpd_answer *a);

#endif
