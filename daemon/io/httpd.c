/*
 * The HTTP server: evhttp, with a gate in front of each connection as a bufferevent filter. The gate lets a
 * head through only when it is beyond doubt; a bad one is replaced by a harmless request that is answered
 * with the refusal, so that every connection lives and dies the library's way. Deadlines, the cap and
 * eviction are here, too: the library's own time-out starts again with every byte.
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
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/http_gate.h"

#define SWEEP_MS    250
#define PAUSE_MS    100                  /* after a failed accept (descriptors used up) */
#define STAND_IN    "GET / HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n"

enum conn_state { CONN_HEAD, CONN_BODY, CONN_ANSWERING, CONN_REFUSED };

struct httpd_req {
	struct evhttp_request *req;
	struct conn           *conn;
	struct sv              path, query;
};

struct conn {
	TAILQ_ENTRY(conn)   next;
	UT_hash_handle      hh;
	struct httpd       *server;
	struct bufferevent *bev;             /* the filter evhttp works with: the hash key */
	enum conn_state     state;
	int                 refused;         /* status */
	size_t              body_left;
	bool                close;           /* the answer ends the connection */
	bool                push;            /* output of the library waits in the filter */
	int64_t             deadline_ms;
	struct httpd_req    req;             /* one at a time */
};

TAILQ_HEAD(conn_list, conn);

struct httpd {
	struct loop           *loop;
	struct httpd_conf      conf;
	struct evhttp         *http;
	struct evhttp_bound_socket *bound;
	struct conn_list       waiting;      /* without a complete request, oldest first */
	struct conn           *all;
	size_t                 n;
	struct loop_timer     *sweep, *resume, *pusher;
	httpd_handler_fn      *handler;
	httpd_refuse_fn       *refuse;
	void                  *arg;
	int                    port;
	char                   path[108];    /* of a unix socket we made */
	bool                   paused, full;
};

/* ---- connections ---- */

static void
wait_again(struct conn *c)
{
	c->state = CONN_HEAD;
	c->deadline_ms = clock_boot_ms() + c->server->conf.deadline_ms;
	TAILQ_INSERT_TAIL(&c->server->waiting, c, next);
}

static void
stop_waiting(struct conn *c)
{
	if (c->state == CONN_HEAD || c->state == CONN_BODY)
		TAILQ_REMOVE(&c->server->waiting, c, next);
}

/* Ends it from below: the library sees the end of the stream and cleans up. */
static void
cut_off(struct conn *c)
{
	evutil_socket_t fd = bufferevent_getfd(c->bev);

	stop_waiting(c);
	c->state = CONN_REFUSED;
	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

static void
refuse(struct conn *c, int status, struct evbuffer *src, struct evbuffer *dst)
{
	stop_waiting(c);
	c->state = CONN_REFUSED;
	c->refused = status;
	c->close = true;
	evbuffer_drain(src, evbuffer_get_length(src));
	evbuffer_add(dst, STAND_IN, sizeof STAND_IN - 1);
}

static void
pass(struct conn *c, struct evbuffer *src, struct evbuffer *dst, size_t n)
{
	evbuffer_remove_buffer(src, dst, n);
	if (c->state != CONN_BODY)
		return;
	if ((c->body_left -= n) == 0) {
		stop_waiting(c);
		c->state = CONN_ANSWERING;
	}
}

static enum bufferevent_filter_result
read_head(struct conn *c, struct evbuffer *src, struct evbuffer *dst)
{
	struct gate_rules rules = { c->server->conf.head_max, c->server->conf.body_max };
	size_t have = evbuffer_get_length(src), look = have < rules.head_max ? have : rules.head_max;
	struct gate_head head;
	int status;

	if (!have)
		return BEV_NEED_MORE;
	status = gate_read((struct sv){ (const char *)evbuffer_pullup(src, (ev_ssize_t)look), look }, &rules, &head);
	if (status < 0)
		return BEV_NEED_MORE;
	if (status) {
		refuse(c, status, src, dst);
		return BEV_OK;
	}
	c->close = !head.keep_alive || !c->server->conf.keep_alive;
	evbuffer_remove_buffer(src, dst, head.length);
	c->state = CONN_BODY;
	c->body_left = head.body;
	if (head.asks_first) {
		c->push = true;
		loop_timer_start(c->server->pusher, 0);
	}
	pass(c, src, dst, 0);
	return BEV_OK;
}

static enum bufferevent_filter_result
on_bytes(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit, enum bufferevent_flush_mode mode, void *arg)
{
	struct conn *c = arg;
	enum bufferevent_filter_result r = BEV_OK;
	size_t have;

	(void)limit, (void)mode;
	if (c->state == CONN_HEAD && (r = read_head(c, src, dst)) != BEV_OK)
		return r;
	have = evbuffer_get_length(src);
	if (c->state == CONN_BODY && have)
		pass(c, src, dst, have < c->body_left ? have : c->body_left);
	/* What follows a request before its answer is not read: that answer is the last one. */
	if (c->state == CONN_ANSWERING && evbuffer_get_length(src))
		c->close = true;
	if (c->state == CONN_REFUSED)
		evbuffer_drain(src, evbuffer_get_length(src));
	return BEV_OK;
}

static void
on_freed(void *arg)
{
	struct conn *c = arg;
	struct httpd *h = c->server;

	stop_waiting(c);
	HASH_DEL(h->all, c);
	h->n--;
	if (h->full && !h->paused) {
		h->full = false;
		evconnlistener_enable(evhttp_bound_socket_get_listener(h->bound));
	}
	mem_free(c);
}

static void
make_room(struct httpd *h)
{
	struct conn *oldest = TAILQ_FIRST(&h->waiting);

	if (oldest) {
		cut_off(oldest);
	} else if (!h->full) {
		h->full = true;
		evconnlistener_disable(evhttp_bound_socket_get_listener(h->bound));
	}
}

static struct bufferevent *
on_accept(struct event_base *base, void *arg)
{
	struct httpd *h = arg;
	struct conn *c = mem_alloc(sizeof *c);
	struct bufferevent *below = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	must(below != NULL);
	if (h->n >= (size_t)h->conf.connections_max)
		make_room(h);
	c->server = h;
	c->bev = bufferevent_filter_new(below, on_bytes, NULL, BEV_OPT_CLOSE_ON_FREE, on_freed, c);
	must(c->bev != NULL);
	wait_again(c);
	HASH_ADD_PTR(h->all, bev, c);
	h->n++;
	return c->bev;
}

static void
on_sweep(void *arg)
{
	struct httpd *h = arg;
	int64_t now = clock_boot_ms();
	struct conn *c;

	loop_timer_start(h->sweep, SWEEP_MS);
	while ((c = TAILQ_FIRST(&h->waiting)) && c->deadline_ms <= now)
		cut_off(c);
}

/* The library fills the filter while writing is off and turns it on later; nothing tells the filter then. */
static void
push_out(struct conn *c)
{
	bufferevent_flush(c->bev, EV_WRITE, BEV_NORMAL);
}

static void
on_push(void *arg)
{
	struct httpd *h = arg;
	struct conn *c, *next;

	HASH_ITER(hh, h->all, c, next) {
		if (c->push)
			push_out(c);
		c->push = false;
	}
}

/* ---- requests ---- */

static void
send_refusal(struct httpd_req *r, int status)
{
	struct httpd *h = r->conn->server;
	struct sv type = SV("text/plain"), body = SV("");
	struct httpd_answer a = { .status = status };
	char type_text[64];

	if (h->refuse)
		h->refuse(h->arg, status, &type, &body);
	(void)sv_copy(type, type_text, sizeof type_text);
	a.type = type_text;
	a.body = body;
	httpd_answer(r, &a);
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct httpd *h = arg;
	struct bufferevent *bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(req));
	struct conn *c;
	struct sv uri = sv_of(evhttp_request_get_uri(req));

	HASH_FIND_PTR(h->all, &bev, c);
	must(c != NULL);
	c->req = (struct httpd_req){ .req = req, .conn = c };
	c->req.path = sv_cut(&uri, '?');
	c->req.query = uri.p ? uri : (struct sv){ "", 0 };
	if (c->refused)
		send_refusal(&c->req, c->refused);
	else
		h->handler(h->arg, &c->req);
}

enum httpd_method
httpd_method(const struct httpd_req *r)
{
	return evhttp_request_get_command(r->req) == EVHTTP_REQ_POST ? HTTPD_POST : HTTPD_GET;
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
	const char *v = evhttp_find_header(evhttp_request_get_input_headers(r->req), name);

	return v ? sv_of(v) : (struct sv){ NULL, 0 };
}

struct sv
httpd_body(const struct httpd_req *r)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(r->req);

	return (struct sv){ (const char *)evbuffer_pullup(in, -1), evbuffer_get_length(in) };
}

struct sv
httpd_peer(const struct httpd_req *r)
{
	char *address = NULL;
	ev_uint16_t port = 0;

	if (r->conn->server->path[0])
		return SV("unix");
	evhttp_connection_get_peer(evhttp_request_get_connection(r->req), &address, &port);
	return sv_of(address);
}

void
httpd_answer(struct httpd_req *r, const struct httpd_answer *a)
{
	struct conn *c = r->conn;
	struct evhttp_request *req = r->req;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	struct evbuffer *out = evhttp_request_get_output_buffer(req);

	if (a->type)
		evhttp_add_header(headers, "Content-Type", a->type);
	for (size_t i = 0; i < a->n_headers; i++)
		evhttp_add_header(headers, a->headers[i].name, a->headers[i].value);
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	if (c->close)
		evhttp_add_header(headers, "Connection", "close");
	evbuffer_add(out, a->body.p, a->body.n);
	if (c->state == CONN_ANSWERING && !c->close)
		wait_again(c);
	evhttp_send_reply(req, a->status, NULL, NULL);
	push_out(c);
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

/* ---- listening ---- */

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
		evconnlistener_enable(evhttp_bound_socket_get_listener(h->bound));
}

static void
make_server(struct httpd *h, int fd)
{
	h->http = evhttp_new(loop_base(h->loop));
	must(h->http != NULL);
	evhttp_set_max_headers_size(h->http, (ev_ssize_t)h->conf.head_max);
	evhttp_set_max_body_size(h->http, (ev_ssize_t)h->conf.body_max);
	evhttp_set_timeout(h->http, (int)(4 * h->conf.deadline_ms / SEC_MS) + 1);
	evhttp_set_allowed_methods(h->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
	evhttp_set_bevcb(h->http, on_accept, h);
	evhttp_set_gencb(h->http, on_request, h);
	h->bound = evhttp_accept_socket_with_handle(h->http, fd);
	must(h->bound != NULL);
	evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(h->bound), on_accept_failed);
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
	TAILQ_INIT(&h->waiting);
	evutil_make_socket_nonblocking(fd);
	h->port = port_of(fd);
	if (local)
		snprintf(h->path, sizeof h->path, "%s", address + 5);
	make_server(h, fd);
	h->sweep = loop_timer_new(l, on_sweep, h);
	h->resume = loop_timer_new(l, on_resume, h);
	h->pusher = loop_timer_new(l, on_push, h);
	loop_timer_start(h->sweep, SWEEP_MS);
	*out = h;
	return ERR_OK;
}

void
httpd_pause(struct httpd *h)
{
	h->paused = true;
	evconnlistener_disable(evhttp_bound_socket_get_listener(h->bound));
}

void
httpd_close(struct httpd *h)
{
	h->paused = true;
	evhttp_free(h->http);
	if (h->path[0])
		unlink(h->path);
	loop_timer_free(h->sweep);
	loop_timer_free(h->resume);
	loop_timer_free(h->pusher);
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
