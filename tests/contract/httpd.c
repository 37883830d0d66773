/* Hostile and honest requests over real sockets: what the server answers, and that it answers once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sbuf.h"
#include "io/httpd.h"

#define HEAD_MAX   8192
#define BODY_MAX   65536
#define LATE_MS    10000                 /* a test that needs so long has failed */
#define DEADLINE   400

struct rig {
	struct loop       *loop;
	struct httpd      *server;
	struct loop_timer *late, *later;
	struct httpd_req  *waiting;          /* answered later */
	int                handled;
	bool               too_late;
};

struct client {
	struct rig     *rig;
	struct loop_fd *watch;
	int             fd;
	char            got[65536];
	size_t          n;
	bool            ended;
	int             stop_at;             /* answers after which the loop stops; 0 = at the end of the stream */
};

/* ---- server ---- */

static void
answer(struct httpd_req *r)
{
	char text[64];
	int n = snprintf(text, sizeof text, "body=%zu", httpd_body(r).n);
	struct httpd_answer a = { .status = 200, .type = "text/plain", .body = { text, (size_t)n } };

	httpd_answer(r, &a);
}

static void
on_later(void *arg)
{
	struct rig *g = arg;

	answer(g->waiting);
	g->waiting = NULL;
}

static void
handle(void *arg, struct httpd_req *r)
{
	struct rig *g = arg;

	g->handled++;
	if (sv_is(httpd_path(r), "/later")) {
		g->waiting = r;
		loop_timer_start(g->later, 20);
	} else {
		answer(r);
	}
}

static void
refuse(void *arg, struct httpd_answer *a)
{
	(void)arg;
	a->type = "text/plain";
	a->body = SV("no");
}

static void
on_late(void *arg)
{
	struct rig *g = arg;

	g->too_late = true;
	loop_stop(g->loop);
}

static void
rig_start(struct rig *g, int connections)
{
	struct httpd_conf conf = { HEAD_MAX, BODY_MAX, DEADLINE, connections, 1024, true };
	struct diag why = { .line = 0 };

	memset(g, 0, sizeof *g);
	g->loop = loop_new();
	g->late = loop_timer_new(g->loop, on_late, g);
	g->later = loop_timer_new(g->loop, on_later, g);
	assert_int_equal(httpd_open(g->loop, &conf, "127.0.0.1:0", -1, handle, refuse, g, &g->server, &why), ERR_OK);
}

static void
rig_stop(struct rig *g)
{
	httpd_close(g->server);
	loop_timer_free(g->late);
	loop_timer_free(g->later);
	loop_free(g->loop);
}

/* ---- client ---- */

static int
count(const struct client *c, const char *what)
{
	int n = 0;

	for (const char *p = c->got; (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void
on_bytes(void *arg, int fd, bool readable, bool writable)
{
	struct client *c = arg;
	ssize_t n = recv(fd, c->got + c->n, sizeof c->got - 1 - c->n, MSG_DONTWAIT);

	(void)readable, (void)writable;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		c->n += (size_t)n;
		c->got[c->n] = '\0';
	} else {
		c->ended = true;
	}
	if (c->ended || (c->stop_at && count(c, "HTTP/1.1 ") >= c->stop_at && strstr(c->got, "body=")))
		loop_stop(c->rig->loop);
}

static void
client_open(struct client *c, struct rig *g)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)httpd_port(g->server)),
	                         .sin_addr = { htonl(INADDR_LOOPBACK) } };

	memset(c, 0, sizeof *c);
	c->rig = g;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&a, sizeof a), 0);
	c->watch = loop_fd_new(g->loop, c->fd, true, false, on_bytes, c);
}

static void
client_close(struct client *c)
{
	loop_fd_free(c->watch);
	close(c->fd);
}

static void
client_send(struct client *c, const char *p, size_t n)
{
	assert_int_equal(send(c->fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void
run(struct rig *g)
{
	loop_timer_start(g->late, LATE_MS);
	loop_run(g->loop);
	loop_timer_stop(g->late);
}

static int
status_of(const struct client *c)
{
	return c->n > 12 ? (int)strtol(c->got + 9, NULL, 10) : 0;
}

/* ---- the table ---- */

#define P "POST /x HTTP/1.1\r\nHost: a\r\n"
#define G "GET /x HTTP/1.1\r\nHost: a\r\n"
#define END "Connection: close\r\n\r\n"

static const struct row { const char *name, *bytes; size_t n; int status; } rows[] = {
#define ROW(name, text, status) { name, text, sizeof(text) - 1, status }
	ROW("GET", G END, 200),
	ROW("POST", P "Content-Length: 4\r\n" END "abcd", 200),
	ROW("HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n", 200),
	ROW("length and coding", P "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
	ROW("length -1", P "Content-Length: -1\r\n\r\n", 400),
	ROW("length 4abc", P "Content-Length: 4abc\r\n\r\nabcd", 400),
	ROW("length 0x4", P "Content-Length: 0x4\r\n\r\nabcd", 400),
	ROW("length +4", P "Content-Length: +4\r\n\r\nabcd", 400),
	ROW("no length value", P "Content-Length:\r\n\r\nabcd", 400),
	ROW("two lengths", P "Content-Length: 4\r\nContent-Length: 6\r\n\r\nabcdef", 400),
	ROW("two equal lengths", P "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("blank before colon", P "Content-Length : 4\r\n\r\nabcd", 400),
	ROW("folded", P "X-A: b\r\n c\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("bare LF", "POST /x HTTP/1.1\nHost: a\nContent-Length: 4\n\nabcd", 400),
	ROW("one bare LF", P "X-A: b\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("chunk size 0x3", P "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 501),
	ROW("coding identity", P "Transfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nabcd", 501),
	ROW("gzip body", P "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", 415),
	ROW("NUL in value", P "X-A: b\0c\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("control in value", P "X-A: b\x01" "c\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("CR in value", P "X-A: b\rc\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("two Hosts", P "Host: b\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("two Authorizations", G "Authorization: a\r\nAuthorization: b\r\n\r\n", 400),
	ROW("no Host", "POST /x HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("absolute URI", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	ROW("fragment", "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	ROW("length 2^63", P "Content-Length: 9223372036854775808\r\n\r\nabcd", 413),
	ROW("length 2^64+4", P "Content-Length: 18446744073709551620\r\n\r\nabcd", 413),
	ROW("one byte too long", P "Content-Length: 65537\r\n\r\n", 413),
	ROW("HTTP/9.9", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
	ROW("HTTP/0.9", "GET /\r\n\r\n", 400),
	ROW("other Expect", P "Expect: foo\r\nContent-Length: 4\r\n\r\nabcd", 417),
	ROW("GET with body", G "Content-Length: 4\r\n\r\nabcd", 400),
	ROW("POST without length", P "\r\n", 411),
	ROW("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
	ROW("BREW", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
	ROW("header without name", P ": x\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("header without colon", P "abc\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("blank in name", P "X A: b\r\nContent-Length: 4\r\n\r\nabcd", 400),
	ROW("smuggled", P "Content-Length : 4\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n", 400),
};

static void
table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		struct rig g;
		struct client c;

		rig_start(&g, 16);
		client_open(&c, &g);
		client_send(&c, rows[i].bytes, rows[i].n);
		run(&g);
		if (g.too_late || status_of(&c) != rows[i].status || count(&c, "HTTP/1.1 ") != 1
		    || g.handled != (rows[i].status == 200))
			fail_msg("%s: want %d, got %d in %d answers, %d handled, late %d", rows[i].name, rows[i].status, status_of(&c),
			         count(&c, "HTTP/1.1 "), g.handled, g.too_late);
		client_close(&c);
		rig_stop(&g);
	}
}

static void
too_many_headers(void **state)
{
	struct rig g;
	struct client c;
	AUTO_SBUF text;

	(void)state;
	sbuf_init(&text, 1024 * 1024);
	sbuf_adds(&text, G);
	for (int i = 0; i < 65; i++)
		sbuf_addf(&text, "X-%d: a\r\n", i);
	sbuf_adds(&text, "\r\n");
	rig_start(&g, 16);
	client_open(&c, &g);
	client_send(&c, text.p, text.n);
	run(&g);
	assert_int_equal(status_of(&c), 431);
	client_close(&c);
	rig_stop(&g);
}

static void
endless_head(void **state)
{
	struct rig g;
	struct client c;
	static char blob[HEAD_MAX + 100];

	(void)state;
	memset(blob, 'a', sizeof blob);
	memcpy(blob, "GET /", 5);
	rig_start(&g, 16);
	client_open(&c, &g);
	client_send(&c, blob, sizeof blob);
	run(&g);
	assert_int_equal(status_of(&c), 431);
	client_close(&c);
	rig_stop(&g);
}

/* Three requests at once, the first answered late: all are answered, one after another. */
static void
pipelined(void **state)
{
	static const char three[] = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n" P "Content-Length: 2\r\n\r\nab" G END;
	struct rig g;
	struct client c;

	(void)state;
	rig_start(&g, 16);
	client_open(&c, &g);
	client_send(&c, three, sizeof three - 1);
	run(&g);
	assert_false(g.too_late);
	assert_true(c.ended);
	assert_int_equal(count(&c, "HTTP/1.1 200"), 3);
	assert_non_null(strstr(strstr(c.got, "body=0"), "body=2"));
	assert_int_equal(g.handled, 3);
	client_close(&c);
	rig_stop(&g);
}

/* One connection, many requests, each in small pieces; one of them answered later. */
static void
kept_alive(void **state)
{
	static const char post[] = P "Content-Length: 4\r\n\r\nabcd", later[] = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
	struct rig g;
	struct client c;

	(void)state;
	rig_start(&g, 16);
	client_open(&c, &g);
	for (int i = 0; i < 20; i++) {
		const char *what = i % 5 == 4 ? later : post;

		c.stop_at = i + 1;
		for (size_t k = 0; k < strlen(what); k += 7)
			client_send(&c, what + k, strlen(what) - k < 7 ? strlen(what) - k : 7);
		run(&g);
		assert_false(g.too_late);
		assert_false(c.ended);
	}
	assert_int_equal(g.handled, 20);
	assert_int_equal(count(&c, "body=4"), 16);
	client_close(&c);
	rig_stop(&g);
}

/* A client that trickles is cut off when its time is over, whatever it sends meanwhile. */
static void
trickling(void **state)
{
	struct rig g;
	struct client c;

	(void)state;
	rig_start(&g, 16);
	client_open(&c, &g);
	client_send(&c, "POST /x HT", 10);
	run(&g);
	assert_false(g.too_late);
	assert_true(c.ended);
	assert_int_equal(g.handled, 0);
	client_close(&c);
	rig_stop(&g);
}

/* At the cap the oldest connection without a complete request makes room for an honest one. */
static void
crowded(void **state)
{
	struct rig g;
	struct client slow[4], honest;

	(void)state;
	rig_start(&g, 4);
	for (size_t i = 0; i < ARRAY_N(slow); i++) {
		client_open(&slow[i], &g);
		client_send(&slow[i], "GET", 3);
	}
	client_open(&honest, &g);
	client_send(&honest, G "\r\n", sizeof(G "\r\n") - 1);
	honest.stop_at = 1;
	while (!g.too_late && !honest.n)
		run(&g);
	assert_int_equal(status_of(&honest), 200);
	for (size_t i = 0; i < ARRAY_N(slow); i++)
		client_close(&slow[i]);
	client_close(&honest);
	rig_stop(&g);
}

/* A client that leaves before its answer harms nobody. */
static void
gone(void **state)
{
	struct rig g;
	struct client c, next;

	(void)state;
	rig_start(&g, 16);
	client_open(&c, &g);
	client_send(&c, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n", 33);
	shutdown(c.fd, SHUT_RDWR);
	client_close(&c);
	client_open(&next, &g);
	client_send(&next, "GET /later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 52);
	run(&g);
	assert_false(g.too_late);
	client_close(&next);
	rig_stop(&g);
}

static void
parameters(void **state)
{
	static const struct { const char *name, *query, *want; } params[] = {
		{ "plain", "a=1&b=2", "2" }, { "first wins", "b=1&b=2", "1" }, { "plus and percent", "b=x+y%2Fz", "x y/z" },
		{ "empty", "b=", "" }, { "no value", "b", "" }, { "absent", "a=1", NULL }, { "encoded name", "%62=1", "1" },
		{ "NUL", "b=%00", NULL }, { "half an escape", "b=%4", NULL }, { "no hex", "b=%zz", NULL },
		{ "too long", "b=0123456789abcdef", NULL },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_N(params); i++) {
		bool ok = httpd_param(sv_of(params[i].query), "b", out, sizeof out, NULL);

		if (ok != (params[i].want != NULL) || (ok && strcmp(out, params[i].want) != 0))
			fail_msg("%s: got %s", params[i].name, ok ? out : "nothing");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table), cmocka_unit_test(too_many_headers), cmocka_unit_test(endless_head),
		cmocka_unit_test(pipelined), cmocka_unit_test(kept_alive), cmocka_unit_test(trickling),
		cmocka_unit_test(crowded), cmocka_unit_test(gone), cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
