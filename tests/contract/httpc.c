/* HTTP out: what is refused before anything leaves, what leaves, and where it must not go. Ends: channel_outcomes.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "base/mem.h"
#include "io/httpc.h"
#include "provider.h"

#define LATE_MS 5000                     /* a test that needs so long has failed */
#define YES     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct rig {
	struct loop       *loop;
	struct loop_timer *late;
	struct provider    provider;
	struct httpc      *c;
	bool               too_late, asking;
	int                calls;
	enum httpc_end     end;
	int                status;
	char               body[64];
};

static void
on_late(void *arg)
{
	struct rig *g = arg;

	g->too_late = true;
	loop_stop(g->loop);
}

static void
rig_start(struct rig *g, bool plain, bool private)
{
	struct httpc_conf conf = { .connections_max = 2, .connect_ms = 1000, .total_ms = 2000, .plain_http = plain,
	                           .private_ok = private };

	*g = (struct rig){ .loop = loop_new() };
	g->late = loop_timer_new(g->loop, on_late, g);
	g->provider = (struct provider){ .first = ANSWER, .later = ANSWER, .answer = YES, .answer_n = strlen(YES), .fd = -1 };
	provider_start(&g->provider);
	assert_int_equal(httpc_open(g->loop, &conf, &g->c), ERR_OK);
}

static void
rig_stop(struct rig *g)
{
	httpc_close(g->c);
	provider_stop(&g->provider);
	loop_timer_free(g->late);
	loop_free(g->loop);
}

static void
on_end(void *arg, const struct httpc_result *r)
{
	struct rig *g = arg;

	assert_false(g->asking);
	g->calls++;
	g->end = r->end;
	g->status = r->status;
	assert_true(r->reason != NULL && !*r->reason == (r->end == HTTPC_ANSWERED));
	loop_stop(g->loop);
}

static void
on_done(void *arg, const struct httpc_result *r)
{
	struct rig *g = arg;

	assert_true(r->end != HTTPC_ANSWERED || sv_copy(r->body, g->body, sizeof g->body));
	on_end(g, r);
}

/* PORT in the address is the provider's port. */
static enum err
ask(struct rig *g, const char *address, struct httpc_request *r)
{
	char url[512], *port = strstr(address, "PORT");
	enum err e;

	if (port)
		snprintf(url, sizeof url, "%.*s%d%s", (int)(port - address), address, g->provider.port, port + 4);
	else
		snprintf(url, sizeof url, "%s", address);
	r->url = sv_of(url);
	g->calls = 0;
	g->asking = true;
	e = httpc_send(g->c, r, on_done, g);
	g->asking = false;
	memset(url, 'X', sizeof url);
	return e;
}

static void
wait_for_it(struct rig *g)
{
	loop_timer_start(g->late, LATE_MS);
	loop_run(g->loop);
	loop_timer_stop(g->late);
	assert_false(g->too_late);
	assert_int_equal(g->calls, 1);
}

/* ---- what leaves ---- */

static const struct {
	const char *address, *body;          /* body NULL: GET */
	const char *line, *end;          /* of the request as it arrives */
} requests[] = {
	{ "http://127.0.0.1:PORT/send?a=1%202&b=%C4%90", NULL, "GET /send?a=1%202&b=%C4%90 HTTP/1.1\r\n", "\r\n\r\n" },
	{ "http://127.0.0.1:PORT", NULL, "GET / HTTP/1.1\r\n", "\r\n\r\n" },
	{ "http://127.0.0.1:PORT?a=1", NULL, "GET /?a=1 HTTP/1.1\r\n", "\r\n\r\n" },
	{ "HTTP://127.0.0.1:PORT/a/../b/./c//d", NULL, "GET /a/../b/./c//d HTTP/1.1\r\n", "\r\n\r\n" },
	{ "http://127.0.0.1:PORT/x#fragment", NULL, "GET /x HTTP/1.1\r\n", "\r\n\r\n" },
	{ "http://127.0.0.1:PORT/p", "{\"a\":1}", "POST /p HTTP/1.1\r\n", "\r\n\r\n{\"a\":1}" },
	{ "http://127.0.0.1:PORT/p", "", "POST /p HTTP/1.1\r\n", "\r\n\r\n" },
};

static void
a_request_leaves_as_it_was_said(void **state)
{
	struct rig g;

	(void)state;
	rig_start(&g, true, true);
	for (size_t i = 0; i < ARRAY_N(requests); i++) {
		struct httpc_header h[] = { { "Content-Type", SV("text/x") }, { "X-Own", SV("v") } };
		struct httpc_request r = { .post = requests[i].body, .body = sv_of(requests[i].body), .headers = h, .n_headers = 2 };
		const char *last = g.provider.shared->last;

		assert_int_equal(ask(&g, requests[i].address, &r), ERR_OK);
		wait_for_it(&g);
		assert_int_equal(g.end, HTTPC_ANSWERED);
		assert_int_equal(g.status, 200);
		assert_string_equal(g.body, "ok");
		if (strncmp(last, requests[i].line, strlen(requests[i].line)) != 0)
			fail_msg("%s: %s", requests[i].address, last);
		assert_string_equal(strstr(last, "\r\n\r\n"), requests[i].end);
		assert_non_null(strstr(last, "\r\nX-Own: v\r\n"));
		assert_non_null(strstr(last, "\r\nContent-Type: text/x\r\n"));
		assert_non_null(strstr(last, "\r\nHost: 127.0.0.1:"));
		assert_null(strcasestr(last, "\r\nExpect:"));
		assert_null(strcasestr(last, "\r\nAccept-Encoding:"));
	}
	rig_stop(&g);
}

/* ---- what does not ---- */

static const struct {
	const char *address, *header;
	bool        plain;
} faults[] = {
	{ "", NULL, true },
	{ "127.0.0.1:PORT/", NULL, true },
	{ "file:///etc/passwd", NULL, true },
	{ "ftp://127.0.0.1:PORT/", NULL, true },
	{ "gopher://127.0.0.1:PORT/", NULL, true },
	{ "http://127.0.0.1:PORT/", NULL, false },
	{ "http://127.0.0.1:PORT/a b", NULL, true },
	{ "http://127.0.0.1:PORT/a\r\nX-Second: 1", NULL, true },
	{ "http://127.0.0.1:PORT/a\x7f", NULL, true },
	{ "http://127.0.0.1:PORT/", "v\r\nX-Second: 1", true },
	{ "http://127.0.0.1:PORT/", "v\nX-Second: 1", true },
};

static void
what_must_not_be_sent_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(faults); i++) {
		struct httpc_header h = { "X-Own", sv_of(faults[i].header) };
		struct httpc_request r = { .headers = &h, .n_headers = faults[i].header ? 1 : 0 };
		struct rig g;

		rig_start(&g, faults[i].plain, true);
		if (ask(&g, faults[i].address, &r) != ERR_SYNTAX)
			fail_msg("%s was taken", faults[i].address);
		assert_int_equal(httpc_running(g.c), 0);
		assert_int_equal(g.calls, 0);
		rig_stop(&g);
	}
}

/* One machine, spelled in many ways. Each reaches the provider when it may, and does not when it may not. */
static const char *const insides[] = {
	"http://127.0.0.1:PORT/", "http://127.1:PORT/", "http://2130706433:PORT/", "http://0x7f000001:PORT/",
	"http://0.0.0.0:PORT/", "http://localhost:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://user@127.0.0.1:PORT/",
};

static void
the_inside_is_not_reached_from_outside(void **state)
{
	(void)state;
	for (int allowed = 0; allowed < 2; allowed++)
		for (size_t i = 0; i < ARRAY_N(insides); i++) {
			struct httpc_request r = { .post = false };
			struct rig g;

			rig_start(&g, true, allowed);
			assert_int_equal(ask(&g, insides[i], &r), ERR_OK);
			wait_for_it(&g);
			if (g.end != (allowed ? HTTPC_ANSWERED : HTTPC_NOT_SENT))
				fail_msg("%s %s: %d", insides[i], allowed ? "allowed" : "not allowed", (int)g.end);
			assert_int_equal(*g.provider.shared->last != '\0', allowed);
			rig_stop(&g);
		}
}

/* ---- TLS ---- */

struct tls { char dir[32]; int port; pid_t pid; };

static bool
answers(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = !connect(fd, (struct sockaddr *)&a, sizeof a);

	close(fd);
	return yes;
}

/* openssl's own server with a certificate it has signed itself for 127.0.0.1. */
static void
tls_start(struct tls *t)
{
	char key[64], cert[64], port[32], make[512];

	*t = (struct tls){ .dir = "/tmp/hailong-test-XXXXXX" };
	assert_non_null(mkdtemp(t->dir));
	snprintf(key, sizeof key, "%s/key", t->dir);
	snprintf(cert, sizeof cert, "%s/cert", t->dir);
	snprintf(make, sizeof make,
	         "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s -out %s -days 2 "
	         "-subj /CN=provider -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1", key, cert);
	assert_int_equal(system(make), 0);
	close(provider_listen(-1, &t->port));
	snprintf(port, sizeof port, "127.0.0.1:%d", t->port);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (!t->pid) {
		int nowhere = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)(dup2(nowhere, 0) | dup2(nowhere, 1) | dup2(nowhere, 2));
		execlp("openssl", "openssl", "s_server", "-accept", port, "-cert", cert, "-key", key, "-www", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; !answers(t->port); i++) {
		assert_true(i < 1000);
		usleep(5000);
	}
}

static void
tls_stop(struct tls *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	for (int i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof path, "%s/%s", t->dir, i ? "cert" : "key");
		unlink(path);
	}
	rmdir(t->dir);
}

static const struct {
	const char    *host;
	bool           trusted;          /* our ca_file names its signer */
	enum httpc_end end;
} meetings[] = {
	{ "127.0.0.1", true, HTTPC_ANSWERED },
	{ "127.0.0.1", false, HTTPC_NOT_SENT },
	{ "localhost", true, HTTPC_NOT_SENT },       /* a certificate for another name */
};

static void
who_cannot_prove_who_he_is_gets_nothing(void **state)
{
	struct tls t = { .port = 0 };

	(void)state;
	tls_start(&t);
	for (size_t i = 0; i < ARRAY_N(meetings); i++) {
		struct httpc_conf conf = { .connections_max = 1, .connect_ms = 4000, .total_ms = 4000, .private_ok = true };
		struct httpc_request r = { .post = false };
		char url[64], ca[64];
		struct rig g;

		rig_start(&g, true, true);
		httpc_close(g.c);
		snprintf(ca, sizeof ca, "%s/cert", t.dir);
		snprintf(url, sizeof url, "https://%s:%d/", meetings[i].host, t.port);
		conf.ca_file = meetings[i].trusted ? ca : NULL;
		assert_int_equal(httpc_open(g.loop, &conf, &g.c), ERR_OK);
		memset(ca, 'X', sizeof ca);                      /* the conf is copied */
		r.url = sv_of(url);
		assert_int_equal(httpc_send(g.c, &r, on_end, &g), ERR_OK);
		wait_for_it(&g);
		assert_int_equal(g.end, meetings[i].end);
		rig_stop(&g);
	}
	tls_stop(&t);
}

/* ---- limits ---- */

static void
more_than_its_connections_are_refused(void **state)
{
	struct httpc_request r = { .post = false };
	struct rig g;

	(void)state;
	rig_start(&g, true, true);
	assert_int_equal(ask(&g, "http://127.0.0.1:PORT/1", &r), ERR_OK);
	assert_int_equal(ask(&g, "http://127.0.0.1:PORT/2", &r), ERR_OK);
	assert_int_equal(ask(&g, "http://127.0.0.1:PORT/3", &r), ERR_BUSY);
	assert_int_equal(httpc_running(g.c), 2);
	loop_timer_start(g.late, LATE_MS);
	while (g.calls < 2 && !g.too_late)
		loop_run(g.loop);
	loop_timer_stop(g.late);
	assert_int_equal(g.calls, 2);
	assert_int_equal(httpc_running(g.c), 0);
	assert_int_equal(ask(&g, "http://127.0.0.1:PORT/4", &r), ERR_OK);
	wait_for_it(&g);
	rig_stop(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_leaves_as_it_was_said),
		cmocka_unit_test(what_must_not_be_sent_is_refused),
		cmocka_unit_test(the_inside_is_not_reached_from_outside),
		cmocka_unit_test(who_cannot_prove_who_he_is_gets_nothing),
		cmocka_unit_test(more_than_its_connections_are_refused),
	};
	int bad;

	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return bad;
}
