/*
 * The HTTP server: libevent's listener and buffers, the gate (http_gate.c) for every head, and the little that
 * is left between them: bodies by length, one request of a connection at a time, answers in order, closing
 * only after the answer has left. Why no HTTP library: docs/HTTP-SERVER.md.
 */
#include "io/httpd.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/sbuf.h"
#include "io/http_gate.h"

#define SWEEP_MS     250
#define PAUSE_MS     100                 /* after a failed accept (descriptors used up) */
#define LINGER_MS    1000                /* for the client to read a refusal before the connection is gone */
#define WRITE_S      20                  /* a client that does not read its answer */
#define HEADERS_SIZE 4096                /* of an answer */
#define PEER_SIZE    64

enum conn_state { CONN_HEAD, CONN_BODY, CONN_ANSWERING, CONN_CLOSING, CONN_LINGERING };

struct httpd_req {
	struct conn      *conn;
	char             *head;              /* request line and headers */
	size_t            head_n, body_n;
	enum httpd_method method;
	struct sv         path, query;
};

struct conn {
	TAILQ_ENTRY(conn)   all, timed;
	struct httpd       *server;
	struct bufferevent *bev;             /* NULL: the client has gone, the answer is still owed to the handler */
	enum conn_state     state;
	bool                close;           /* the answer ends the connection */
	bool                busy;            /* read_requests is at work on it */
	int64_t             deadline_ms;
	char                peer[PEER_SIZE];
	struct httpd_req    req;             /* one at a time */
};

TAILQ_HEAD(conn_list, conn);

struct httpd {
	struct loop           *loop;
	struct httpd_conf      conf;
	struct evconnlistener *listener;
	struct conn_list       all;
	struct conn_list       waiting;      /* without a complete request, oldest first */
	struct conn_list       lingering;
	size_t                 n;
	struct loop_timer     *sweep, *resume;
	httpd_handler_fn      *handler;
	httpd_refuse_fn       *refuse;
	void                  *arg;
	int                    port;
	char                   path[108];    /* of a unix socket we made */
	bool                   paused, full;
};

/* ---- connections ---- */

static struct conn_list *
list_of(struct conn *c)
{
	switch (c->state) {
	case CONN_HEAD: case CONN_BODY: return &c->server->waiting;
	case CONN_LINGERING:            return &c->server->lingering;
	default:                        return NULL;
	}
}

static void
set_state(struct conn *c, enum conn_state state)
{
	struct conn_list *from = list_of(c), *to;
	bool begins = c->state != CONN_HEAD && state == CONN_HEAD;

	c->state = state;
	to = list_of(c);
	if (begins)
		c->deadline_ms = clock_boot_ms() + c->server->conf.deadline_ms;
	if (state == CONN_LINGERING)
		c->deadline_ms = clock_boot_ms() + LINGER_MS;
	if (from == to)
		return;
	if (from)
		TAILQ_REMOVE(from, c, timed);
	if (to)
		TAILQ_INSERT_TAIL(to, c, timed);
}

static void
free_request(struct conn *c)
{
	mem_free(c->req.head);
	c->req = (struct httpd_req){ .conn = c };
}

static void
conn_free(struct conn *c)
{
	struct httpd *h = c->server;

	set_state(c, CONN_CLOSING);
	TAILQ_REMOVE(&h->all, c, all);
	h->n--;
	if (c->bev)
		bufferevent_free(c->bev);
	free_request(c);
	mem_free(c);
	if (h->full && !h->paused) {
		h->full = false;
		evconnlistener_enable(h->listener);
	}
}

/* The handler still holds the request: only the socket goes now. */
static void
conn_gone(struct conn *c)
{
	if (c->state != CONN_ANSWERING && !c->busy) {
		conn_free(c);
		return;
	}
	bufferevent_free(c->bev);
	c->bev = NULL;
}

/* ---- answers ---- */

static const struct { int status; const char *reason; } reasons[] = {
	{ 200, "OK" }, { 202, "Accepted" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 409, "Conflict" },
	{ 411, "Length Required" }, { 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" }, { 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
	{ 501, "Not Implemented" }, { 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" },
};

static const char *
reason_of(int status)
{
	for (size_t i = 0; i < ARRAY_N(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

/*
 * Mostly the socket has room: then the answer leaves at once, without two changes of what the kernel watches.
 * What does not fit, or an error, is the bufferevent's.
 */
static void
put(struct conn *c, struct sv head, struct sv body)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct iovec parts[] = { { (char *)head.p, head.n }, { (char *)body.p, body.n } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = ARRAY_N(parts) };
	ssize_t sent = evbuffer_get_length(out) ? 0 : sendmsg(bufferevent_getfd(c->bev), &m, MSG_NOSIGNAL);
	size_t n = sent > 0 ? (size_t)sent : 0, of_head = n < head.n ? n : head.n;

	if (n == head.n + body.n)
		return;
	evbuffer_add(out, head.p + of_head, head.n - of_head);
	evbuffer_add(out, body.p + (n - of_head), body.n - (n - of_head));
}

static void
write_answer(struct conn *c, const struct httpd_answer *a)
{
	AUTO_SBUF head;

	sbuf_init(&head, HEADERS_SIZE);
	sbuf_addf(&head, "HTTP/1.1 %d %s\r\n", a->status, reason_of(a->status));
	if (a->type)
		sbuf_addf(&head, "Content-Type: %s\r\n", a->type);
	for (size_t i = 0; i < a->n_headers; i++)
		sbuf_addf(&head, "%s: %s\r\n", a->headers[i].name, a->headers[i].value);
	sbuf_addf(&head, "X-Content-Type-Options: nosniff\r\nContent-Length: %zu\r\n%s\r\n", a->body.n,
	          c->close ? "Connection: close\r\n" : "");
	must(!head.failed);
	put(c, sbuf_sv(&head), a->body);
}

static void read_requests(struct conn *c);

/* The answer has left. Closing at once with bytes unread would make the kernel throw it away at the other end. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->state != CONN_CLOSING)
		return;
	shutdown(bufferevent_getfd(bev), SHUT_WR);
	set_state(c, CONN_LINGERING);
}

void
httpd_answer(struct httpd_req *r, const struct httpd_answer *a)
{
	struct conn *c = r->conn;
	size_t body = r->body_n;

	must(c->state == CONN_ANSWERING);
	free_request(c);
	set_state(c, CONN_CLOSING);
	if (!c->bev) {
		if (!c->busy)
			conn_free(c);
		return;
	}
	evbuffer_drain(bufferevent_get_input(c->bev), body);
	write_answer(c, a);
	if (c->close) {
		if (!evbuffer_get_length(bufferevent_get_output(c->bev)))
			on_written(c->bev, c);
		return;
	}
	set_state(c, CONN_HEAD);
	if (!c->busy)
		read_requests(c);
}

static void
refuse(struct conn *c, int status)
{
	struct httpd *h = c->server;
	struct httpd_answer a = { .status = status, .body = SV("") };

	c->close = true;
	c->req.body_n = evbuffer_get_length(bufferevent_get_input(c->bev));
	set_state(c, CONN_ANSWERING);
	if (h->refuse)
		h->refuse(h->arg, &a);
	httpd_answer(&c->req, &a);
}

/* ---- requests ---- */

static void
take_head(struct conn *c, const char *p, const struct gate_head *g)
{
	struct httpd_req *r = &c->req;
	struct sv rest, target;

	r->head = mem_dup(p, g->length);
	r->head_n = g->length;
	r->body_n = g->body;
	rest = (struct sv){ r->head, r->head_n };
	r->method = sv_is(sv_cut(&rest, ' '), "POST") ? HTTPD_POST : HTTPD_GET;
	target = sv_cut(&rest, ' ');
	r->path = sv_cut(&target, '?');
	r->query = target.p ? target : (struct sv){ "", 0 };
	c->close = !g->keep_alive || !c->server->conf.keep_alive;
}

/* False: more bytes are needed, or the request was refused. */
static bool
read_head(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct gate_rules rules = { c->server->conf.head_max, c->server->conf.body_max };
	size_t have = evbuffer_get_length(in), look = have < rules.head_max ? have : rules.head_max;
	const char *p = (const char *)evbuffer_pullup(in, (ev_ssize_t)look);
	struct gate_head g;
	int status = have ? gate_read((struct sv){ p, look }, &rules, &g) : -1;

	if (status < 0)
		return false;
	if (status) {
		refuse(c, status);
		return false;
	}
	take_head(c, p, &g);
	evbuffer_drain(in, g.length);
	set_state(c, CONN_BODY);
	if (g.asks_first && evbuffer_get_length(in) < g.body)
		evbuffer_add_printf(bufferevent_get_output(c->bev), "HTTP/1.1 100 Continue\r\n\r\n");
	return true;
}

static void
read_requests(struct conn *c)
{
	c->busy = true;
	while (c->bev) {
		if (c->state == CONN_HEAD && !read_head(c))
			break;
		if (c->state != CONN_BODY || evbuffer_get_length(bufferevent_get_input(c->bev)) < c->req.body_n)
			break;
		set_state(c, CONN_ANSWERING);
		c->server->handler(c->server->arg, &c->req);
	}
	c->busy = false;
	if (!c->bev && c->state != CONN_ANSWERING)
		conn_free(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->state == CONN_CLOSING || c->state == CONN_LINGERING)
		evbuffer_drain(bufferevent_get_input(bev), evbuffer_get_length(bufferevent_get_input(bev)));
	else if (c->state != CONN_ANSWERING)
		read_requests(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if ((what & BEV_EVENT_EOF) && (c->state == CONN_ANSWERING || c->state == CONN_CLOSING)) {
		c->close = true;                     /* it may only have finished speaking */
		bufferevent_disable(c->bev, EV_READ);
		return;
	}
	conn_gone(c);
}

/* ---- listening ---- */

static void
make_room(struct httpd *h)
{
	struct conn *oldest = TAILQ_FIRST(&h->lingering);

	if (!oldest)
		oldest = TAILQ_FIRST(&h->waiting);
	if (oldest) {
		conn_free(oldest);
	} else {
		h->full = true;
		evconnlistener_disable(h->listener);
	}
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int n, void *arg)
{
	struct httpd *h = arg;
	struct timeval patience = { WRITE_S, 0 };
	struct conn *c = mem_alloc(sizeof *c);

	(void)l;
	if (h->n >= (size_t)h->conf.connections_max)
		make_room(h);
	c->server = h;
	c->req.conn = c;
	c->state = CONN_CLOSING;
	c->bev = bufferevent_socket_new(loop_base(h->loop), fd, BEV_OPT_CLOSE_ON_FREE);
	must(c->bev != NULL);
	if (a->sa_family == AF_UNIX || getnameinfo(a, (socklen_t)n, c->peer, sizeof c->peer, NULL, 0, NI_NUMERICHOST))
		snprintf(c->peer, sizeof c->peer, "unix");
	TAILQ_INSERT_TAIL(&h->all, c, all);
	h->n++;
	set_state(c, CONN_HEAD);
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, h->conf.head_max + h->conf.body_max);
	bufferevent_set_timeouts(c->bev, NULL, &patience);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void
on_accept_failed(struct evconnlistener *l, void *arg)
{
	struct httpd *h = arg;

	evconnlistener_disable(l);
	log_error("cannot accept connections, reason=\"%s\"", strerror(errno));
	loop_timer_start(h->resume, PAUSE_MS);
}

static void
on_resume(void *arg)
{
	struct httpd *h = arg;

	if (!h->paused && !h->full)
		evconnlistener_enable(h->listener);
}

static void
on_sweep(void *arg)
{
	struct httpd *h = arg;
	int64_t now = clock_boot_ms();
	struct conn *c;

	loop_timer_start(h->sweep, SWEEP_MS);
	while ((c = TAILQ_FIRST(&h->waiting)) && c->deadline_ms <= now)
		conn_free(c);
	while ((c = TAILQ_FIRST(&h->lingering)) && c->deadline_ms <= now)
		conn_free(c);
}

/* ---- the request ---- */

enum httpd_method
httpd_method(const struct httpd_req *r)
{
	return r->method;
}

struct sv
httpd_path(const struct httpd_req *r)
{
	return r->path;
}

struct sv
httpd_query(const struct httpd_req *r)
{
	return r->query;
}

struct sv
httpd_header(const struct httpd_req *r, const char *name)
{
	struct sv rest = { r->head, r->head_n }, line;

	for ((void)sv_cut(&rest, '\n'); rest.n;) {
		line = sv_cut(&rest, '\n');
		if (sv_is_nocase(sv_cut(&line, ':'), name) && line.p)
			return sv_trim(line);
	}
	return (struct sv){ NULL, 0 };
}

struct sv
httpd_body(const struct httpd_req *r)
{
	struct evbuffer *in;

	if (!r->conn->bev || !r->body_n)
		return (struct sv){ "", 0 };
	in = bufferevent_get_input(r->conn->bev);
	return (struct sv){ (const char *)evbuffer_pullup(in, (ev_ssize_t)r->body_n), r->body_n };
}

struct sv
httpd_peer(const struct httpd_req *r)
{
	return sv_of(r->conn->peer);
}

/* ---- parameters ---- */

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* False: malformed, too long, or it holds a NUL. */
static bool
decode(struct sv s, char *out, size_t size, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int hi = i + 2 < s.n ? hex(s.p[i + 1]) : -1, lo = i + 2 < s.n ? hex(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return false;
			c = hi * 16 + lo;
			i += 2;
		}
		if (!c || *n + 1 >= size)
			return false;
		out[(*n)++] = (char)c;
	}
	out[*n] = '\0';
	return true;
}

bool
httpd_param(struct sv query, const char *name, char *out, size_t size, size_t *len)
{
	char key[64];
	size_t n;

	while (query.p) {
		struct sv value = sv_cut(&query, '&'), raw = sv_cut(&value, '=');

		if (decode(raw, key, sizeof key, &n) && !strcmp(key, name))
			return decode(value.p ? value : (struct sv){ "", 0 }, out, size, len ? len : &n);
	}
	return false;
}

/* ---- sockets ---- */

static enum err
no_socket(struct diag *why, const char *what)
{
	diag_set(why, 0, "%s: %s", what, strerror(errno));
	return ERR_IO;
}

static enum err
listen_unix(const char *path, int backlog, int *fd, struct diag *why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;

	if (strlen(path) >= sizeof a.sun_path) {
		diag_set(why, 0, "the socket's path is too long");
		return ERR_SYNTAX;
	}
	memcpy(a.sun_path, path, strlen(path));
	if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
		unlink(path);                        /* of a life before; two daemons are kept apart elsewhere */
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&a, sizeof a) || chmod(path, 0660) || listen(*fd, backlog))
		return no_socket(why, path);
	return ERR_OK;
}

static enum err
listen_tcp(const char *address, int backlog, int *fd, struct diag *why)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *ai;
	char host[64];
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;
	int one = 1;
	enum err e = ERR_OK;

	if (n > 2 && address[0] == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	if (!colon || !sv_copy((struct sv){ address, n }, host, sizeof host) || getaddrinfo(host, colon + 1, &hints, &ai)) {
		diag_set(why, 0, "not an address and port");
		return ERR_SYNTAX;
	}
	*fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)
	    || (ai->ai_family == AF_INET6 && setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one))
	    || bind(*fd, ai->ai_addr, ai->ai_addrlen) || listen(*fd, backlog))
		e = no_socket(why, address);
	freeaddrinfo(ai);
	return e;
}

static int
port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof a;
	char port[8];

	if (getsockname(fd, (struct sockaddr *)&a, &n) || (a.ss_family != AF_INET && a.ss_family != AF_INET6)
	    || getnameinfo((struct sockaddr *)&a, n, NULL, 0, port, sizeof port, NI_NUMERICSERV))
		return 0;
	return (int)strtol(port, NULL, 10);
}

enum err
httpd_open(struct loop *l, const struct httpd_conf *conf, const char *address, int fd, httpd_handler_fn *handler,
           httpd_refuse_fn *refuse_fn, void *arg, struct httpd **out, struct diag *why)
{
	bool made = fd < 0, local = made && !strncmp(address, "unix:", 5);
	struct httpd *h;
	enum err e = ERR_OK;

	if (made)
		e = local ? listen_unix(address + 5, conf->backlog, &fd, why) : listen_tcp(address, conf->backlog, &fd, why);
	if (e) {
		if (fd >= 0)
			close(fd);
		return e;
	}
	h = mem_alloc(sizeof *h);
	*h = (struct httpd){ .loop = l, .conf = *conf, .handler = handler, .refuse = refuse_fn, .arg = arg };
	TAILQ_INIT(&h->all);
	TAILQ_INIT(&h->waiting);
	TAILQ_INIT(&h->lingering);
	evutil_make_socket_nonblocking(fd);
	h->port = port_of(fd);
	if (local)
		snprintf(h->path, sizeof h->path, "%s", address + 5);
	h->listener = evconnlistener_new(loop_base(l), on_accept, h, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	must(h->listener != NULL);
	evconnlistener_set_error_cb(h->listener, on_accept_failed);
	h->sweep = loop_timer_new(l, on_sweep, h);
	h->resume = loop_timer_new(l, on_resume, h);
	loop_timer_start(h->sweep, SWEEP_MS);
	*out = h;
	return ERR_OK;
}

void
httpd_pause(struct httpd *h)
{
	h->paused = true;
	evconnlistener_disable(h->listener);
}

void
httpd_close(struct httpd *h)
{
	struct conn *c;

	h->paused = true;
	while ((c = TAILQ_FIRST(&h->all)))
		conn_free(c);
	evconnlistener_free(h->listener);
	if (h->path[0])
		unlink(h->path);
	loop_timer_free(h->sweep);
	loop_timer_free(h->resume);
	mem_free(h);
}

int
httpd_port(const struct httpd *h)
{
	return h->port;
}

size_t
httpd_connections(const struct httpd *h)
{
	return h->n;
}
