/* HTTP out: libcurl's multi interface driven by our loop. See the header for what a result promises. */
#include "io/httpc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/sbuf.h"

#define BODY_MAX     (64 * 1024)
#define HEAD_MAX     (32 * 1024)
#define URL_MAX      (16 * 1024)
#define IDLE_MAX     64                  /* handles kept for reuse */
#define CONN_AGE_S   20L                 /* shorter idle times mean fewer races with a server that closes */
#define CONN_LIFE_S  300L
#define DNS_CACHE_S  60L

struct transfer {
	struct httpc      *c;
	CURL              *easy;
	struct curl_slist *headers;
	struct sbuf        url, request, body;
	size_t             sent, head;
	int                requests;         /* how often a request was about to leave */
	bool               again;            /* a second one was stopped */
	bool               too_long;
	int64_t            retry_after_ms;
	httpc_done_fn     *done;
	void              *arg;
	struct transfer   *next_idle, *prev, *next;
};

struct httpc {
	struct loop       *loop;
	struct httpc_conf  conf;
	char              *ca_file;
	CURLM             *multi;
	struct loop_timer *timer;
	struct transfer   *idle, *running;
	int                n_idle, n_running;
	bool               collecting, closed;       /* results are being delivered; closed by one of them */
};

/* ---- libcurl asks ---- */

static int
on_prereq(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	struct transfer *t = arg;

	(void)peer, (void)local, (void)peer_port, (void)local_port;
	if (++t->requests == 1)
		return CURL_PREREQFUNC_OK;
	/* The library's own second try on a fresh connection: the first may have arrived. */
	t->again = true;
	return CURL_PREREQFUNC_ABORT;
}

static size_t
on_read(char *to, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t want = size * n, left = t->request.n - t->sent;

	if (want > left)
		want = left;
	if (want)
		memcpy(to, t->request.p + t->sent, want);
	t->sent += want;
	return want;
}

static size_t
on_write(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	sbuf_add(&t->body, p, size * n);
	t->too_long = t->body.failed;
	return t->too_long ? 0 : size * n;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct sv line = { p, size * n }, name = sv_cut(&line, ':');
	int64_t seconds;

	t->head += size * n;
	if (t->head > HEAD_MAX)
		return 0;
	if (line.p && sv_is_nocase(name, "retry-after") && !num_parse(sv_trim(line), 0, 86400, &seconds))
		t->retry_after_ms = seconds * 1000;
	return size * n;
}

static bool
is_private4(uint32_t a)
{
	return a >> 24 == 0 || a >> 24 == 10 || a >> 24 == 127 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 16 == 0xa9fe
	       || a >> 22 == 0x191 || a >> 28 >= 0xe;
}

static bool
is_private(const struct sockaddr *sa)
{
	struct sockaddr_in a4;
	struct sockaddr_in6 a6;
	const uint8_t *b;
	uint32_t mapped;

	if (sa->sa_family == AF_INET) {
		memcpy(&a4, sa, sizeof a4);
		return is_private4(ntohl(a4.sin_addr.s_addr));
	}
	if (sa->sa_family != AF_INET6)
		return true;
	memcpy(&a6, sa, sizeof a6);
	b = a6.sin6_addr.s6_addr;
	if (IN6_IS_ADDR_V4MAPPED(&a6.sin6_addr)) {
		memcpy(&mapped, b + 12, sizeof mapped);
		return is_private4(ntohl(mapped));
	}
	return IN6_IS_ADDR_UNSPECIFIED(&a6.sin6_addr) || IN6_IS_ADDR_LOOPBACK(&a6.sin6_addr) || (b[0] & 0xfe) == 0xfc
	       || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) || b[0] == 0xff;
}

static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct httpc *c = arg;

	(void)purpose;
	if (!c->conf.private_ok && is_private(&a->addr))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);
}

/* ---- transfers ---- */

#define SET(option, value) must(curl_easy_setopt(t->easy, option, value) == CURLE_OK)

static void
set_common(struct transfer *t)
{
	struct httpc *c = t->c;

	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_PROTOCOLS_STR, c->conf.plain_http ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)c->conf.connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)c->conf.total_ms);
	SET(CURLOPT_MAXAGE_CONN, CONN_AGE_S);
	SET(CURLOPT_MAXLIFETIME_CONN, CONN_LIFE_S);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, DNS_CACHE_S);
	SET(CURLOPT_PREREQFUNCTION, on_prereq);
	SET(CURLOPT_PREREQDATA, t);
	SET(CURLOPT_READFUNCTION, on_read);          /* and no seek function: a body cannot be sent twice */
	SET(CURLOPT_READDATA, t);
	SET(CURLOPT_WRITEFUNCTION, on_write);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, c);
	if (c->ca_file)
		SET(CURLOPT_CAINFO, c->ca_file);
}

static struct transfer *
transfer_get(struct httpc *c)
{
	struct transfer *t = c->idle;

	if (t) {
		c->idle = t->next_idle;
		c->n_idle--;
	} else {
		t = mem_alloc(sizeof *t);
		t->c = c;
		t->easy = curl_easy_init();
		must(t->easy != NULL);
		sbuf_init(&t->url, URL_MAX);
		sbuf_init(&t->request, BODY_MAX);
		sbuf_init(&t->body, BODY_MAX);
		set_common(t);
	}
	sbuf_reset(&t->url);
	sbuf_reset(&t->request);
	sbuf_reset(&t->body);
	t->sent = t->head = 0;
	t->requests = 0;
	t->again = t->too_long = false;
	t->retry_after_ms = -1;
	return t;
}

static void
transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	sbuf_done(&t->url);
	sbuf_done(&t->request);
	sbuf_done(&t->body);
	mem_free(t);
}

static void
transfer_put(struct transfer *t)
{
	struct httpc *c = t->c;

	curl_slist_free_all(t->headers);
	t->headers = NULL;
	if (c->n_idle == IDLE_MAX) {
		transfer_free(t);
		return;
	}
	t->next_idle = c->idle;
	c->idle = t;
	c->n_idle++;
}

static void
link_running(struct transfer *t)
{
	struct httpc *c = t->c;

	t->prev = NULL;
	t->next = c->running;
	if (c->running)
		c->running->prev = t;
	c->running = t;
	c->n_running++;
}

static void
unlink_running(struct transfer *t)
{
	struct httpc *c = t->c;

	if (t->prev)
		t->prev->next = t->next;
	else
		c->running = t->next;
	if (t->next)
		t->next->prev = t->prev;
	c->n_running--;
}

static struct httpc_result
judge(struct transfer *t, CURLcode code)
{
	struct httpc_result r = { .end = HTTPC_ANSWERED, .retry_after_ms = t->retry_after_ms, .reason = "" };
	curl_off_t took = 0;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &took);
	r.status = (int)status;
	r.took_ms = took / 1000;
	if (code == CURLE_OK && !t->again) {
		r.body = sbuf_sv(&t->body);
		return r;
	}
	r.end = t->requests ? HTTPC_LOST : HTTPC_NOT_SENT;
	r.reason = t->again      ? "the connection was dead; not sent a second time"
	           : t->too_long ? "the answer is too long"
	                         : curl_easy_strerror(code);
	return r;
}

static void
free_client(struct httpc *c)
{
	struct transfer *t;

	while ((t = c->running)) {
		unlink_running(t);
		curl_multi_remove_handle(c->multi, t->easy);
		transfer_free(t);
	}
	while ((t = c->idle)) {
		c->idle = t->next_idle;
		transfer_free(t);
	}
	curl_multi_cleanup(c->multi);
	loop_timer_free(c->timer);
	mem_free(c->ca_file);
	mem_free(c);
}

static void
collect(struct httpc *c)
{
	CURLMsg *m;
	int left;

	c->collecting = true;
	while (!c->closed && (m = curl_multi_info_read(c->multi, &left))) {
		struct transfer *t = NULL;
		struct httpc_result r;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		r = judge(t, m->data.result);
		curl_multi_remove_handle(c->multi, t->easy);
		unlink_running(t);
		t->done(t->arg, &r);
		if (c->closed)
			transfer_free(t);
		else
			transfer_put(t);
	}
	c->collecting = false;
	if (c->closed)
		free_client(c);
}

/* ---- the loop ---- */

static void
on_fd(void *arg, int fd, bool readable, bool writable)
{
	struct httpc *c = arg;
	int running;

	curl_multi_socket_action(c->multi, fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0), &running);
	collect(c);
}

static void
on_time(void *arg)
{
	struct httpc *c = arg;
	int running;

	curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(c);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watch)
{
	struct httpc *c = arg;

	(void)easy;
	loop_fd_free(watch);
	curl_multi_assign(c->multi, fd, what == CURL_POLL_REMOVE ? NULL
	                  : loop_fd_new(c->loop, fd, what & CURL_POLL_IN, what & CURL_POLL_OUT, on_fd, c));
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct httpc *c = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_stop(c->timer);
	else
		loop_timer_start(c->timer, ms);
	return 0;
}

/* ---- doors ---- */

enum err
httpc_open(struct loop *l, const struct httpc_conf *conf, struct httpc **out)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	struct httpc *c;

	if (!(v->features & CURL_VERSION_ASYNCHDNS))
		return ERR_DOWN;
	c = mem_alloc(sizeof *c);
	c->loop = l;
	c->conf = *conf;
	c->ca_file = conf->ca_file ? mem_strdup(conf->ca_file) : NULL;
	c->multi = curl_multi_init();
	must(c->multi != NULL);
	c->timer = loop_timer_new(l, on_time, c);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)conf->connections_max);
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)conf->connections_max);
	*out = c;
	return ERR_OK;
}

void
httpc_close(struct httpc *c)
{
	if (!c)
		return;
	c->closed = true;
	if (!c->collecting)
		free_client(c);
}

static bool
is_clean(struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static enum err
set_headers(struct transfer *t, const struct httpc_request *r)
{
	t->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; i < r->n_headers; i++) {
		AUTO_SBUF line;

		sbuf_init(&line, HEAD_MAX);
		if (!is_clean(r->headers[i].value))
			return ERR_SYNTAX;
		sbuf_addf(&line, "%s: ", r->headers[i].name);
		sbuf_addsv(&line, r->headers[i].value);
		if (line.failed)
			return ERR_SYNTAX;
		t->headers = curl_slist_append(t->headers, line.p);
	}
	SET(CURLOPT_HTTPHEADER, t->headers);
	return ERR_OK;
}

/*
 * The library takes an address apart and puts it together letter by letter, three times over; of a long query
 * that is a sixth of all our work for a message. So it gets scheme and host, and the rest as it is to be sent.
 */
static void
set_address(struct transfer *t, size_t host_at)
{
	size_t host = strcspn(t->url.p + host_at, "/?#"), n = host_at + host;
	bool whole = t->url.p[n] != '/' || strchr(t->url.p, '#');

	SET(CURLOPT_REQUEST_TARGET, whole ? NULL : t->url.p + n);        /* the library keeps a copy */
	if (!whole)
		sbuf_cut(&t->url, n);
	SET(CURLOPT_URL, t->url.p);
}

static enum err
set_request(struct transfer *t, const struct httpc_request *r)
{
	bool plain = r->url.n > 7 && !strncasecmp(r->url.p, "http://", 7);
	bool secure = r->url.n > 8 && !strncasecmp(r->url.p, "https://", 8);

	sbuf_addsv(&t->url, r->url);
	sbuf_addsv(&t->request, r->body);
	if (!is_clean(r->url) || memchr(r->url.p, ' ', r->url.n) || t->url.failed || t->request.failed
	    || !(secure || (plain && t->c->conf.plain_http)))
		return ERR_SYNTAX;
	set_address(t, plain ? 7 : 8);
	if (r->post) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, NULL);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
	} else {
		SET(CURLOPT_HTTPGET, 1L);
	}
	return set_headers(t, r);
}

enum err
httpc_send(struct httpc *c, const struct httpc_request *r, httpc_done_fn *done, void *arg)
{
	struct transfer *t;
	enum err e;

	if (c->n_running >= c->conf.connections_max)
		return ERR_BUSY;
	t = transfer_get(c);
	t->done = done;
	t->arg = arg;
	if ((e = set_request(t, r))) {
		transfer_put(t);
		return e;
	}
	link_running(t);
	must(curl_multi_add_handle(c->multi, t->easy) == CURLM_OK);
	return ERR_OK;
}

int
httpc_running(const struct httpc *c)
{
	return c->n_running;
}
