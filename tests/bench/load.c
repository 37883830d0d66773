/*
 * Load and sink in one process, so that one clock sees a case leave and its text arrive. It shares no code with the
 * daemon. Item i is case "B-<i>" of the citizen 091<i>; whatever reaches the sink names i by the number it goes to and
 * the message by its reference, so that each is counted: none may be missing, none may come twice.
 * What is refused with 503 is sent again, as a client has to. A request for /yardstick is answered and not counted.
 *
 *   load SINK_PORT API_PORT HOOK_PORT TOKEN HOOK_TOKEN
 *
 * Commands on stdin, one a line, each answered by one line of JSON:
 *   cases FIRST N CONNECTIONS BATCH RATE WAIT     posts N cases, BATCH in a request; RATE a second (0 = as fast as the
 *   replies FIRST N CONNECTIONS BATCH RATE WAIT   answers come); WAIT 1: done when message 0 (replies: 1) of all is here
 *   stall                                         the sink takes requests and answers none
 *   resume FIRST N ORDINAL                        it answers again; done when message ORDINAL of all is here
 *   count FIRST N ORDINAL                         how many are missing, how many came twice
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ITEMS_MAX  1000000
#define ORDINALS   4
#define CONNS_MAX  1024
#define GIVE_UP_NS INT64_C(15000000000)  /* without any progress */

struct buf { char *p; size_t n, size; };

enum kind { COMMANDS, LISTENER, SINK, CLIENT };

struct conn {
	enum kind  kind;
	int        fd;
	struct buf in, out;
	size_t     out_at;
	bool       held;                     /* SINK: an answer is owed */
	bool       again;                    /* CLIENT: the request was refused with 503 and goes out once more */
	long       first, n;                 /* CLIENT: items of the request under way, n = 0: none */
};

struct item {
	uint8_t  seen[ORDINALS];             /* how often message 0, 1, ... came */
	char     survey[9];
	int64_t  due_ns;                     /* when its request should have left */
	uint32_t answered_us, arrived_us;    /* since then */
};

static struct job {
	bool    on, replies, wait;
	long    first, n, batch, next, answered, ok, arrived, refused;
	int     ordinal, conns;
	double  rate;
	int64_t begin_ns, answer_ns, arrival_ns, progress_ns;
} job;

static struct item *items;
static struct conn  commands, listener, *sinks[CONNS_MAX], clients[CONNS_MAX];
static int          loop, n_sinks, n_clients, api_port, hook_port;
static const char  *token, *hook_token;
static char         closed_at[40];
static long         strangers;           /* requests at the sink that name no item */
static bool         stalled;

static void
die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
reserve(struct buf *b, size_t more)
{
	if (b->n + more <= b->size)
		return;
	b->size = 2 * (b->n + more);
	if (!(b->p = realloc(b->p, b->size)))
		die("memory");
}

__attribute__((format(printf, 2, 3))) static void
add(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	reserve(b, 2048);
	va_start(ap, fmt);
	b->n += (size_t)vsnprintf(b->p + b->n, 2048, fmt, ap);
	va_end(ap);
}

static void
watch(struct conn *c, int what, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(loop, what, c->fd, &ev))
		die("epoll_ctl");
}

/* False: the peer has gone. */
static bool
flush(struct conn *c)
{
	while (c->out_at < c->out.n) {
		ssize_t n = write(c->fd, c->out.p + c->out_at, c->out.n - c->out_at);

		if (n < 0 && errno == EAGAIN) {
			watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
			return true;
		}
		if (n <= 0)
			return false;
		c->out_at += (size_t)n;
	}
	c->out.n = c->out_at = 0;
	return true;
}

static bool
fill(struct conn *c)
{
	ssize_t n;

	reserve(&c->in, 16384);
	n = read(c->fd, c->in.p + c->in.n, c->in.size - c->in.n - 1);
	if (n > 0)
		c->in.n += (size_t)n;
	c->in.p[c->in.n] = '\0';
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static void
drop_front(struct buf *b, size_t n)
{
	memmove(b->p, b->p + n, b->n - n + 1);
	b->n -= n;
}

/* ---- the sink ---- */

static void
answer_sink(struct conn *c)
{
	add(&c->out, "HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nContent-Length: 24\r\n\r\n0: Accepted for delivery");
	c->held = false;
}

/* "...&to=84912345678&...%26ref%3D7KQ2M4XD.0%26...": the reference stands in the address we are to call with receipts. */
static void
take_message(const char *head)
{
	const char *to = strstr(head, "&to=8491"), *ref = strstr(head, "%26ref%3D");
	long i = to ? strtol(to + 8, NULL, 10) : -1;
	int ordinal = ref && ref[17] == '.' ? ref[18] - '0' : -1;
	struct item *it;

	if (i < 0 || i >= ITEMS_MAX || ordinal < 0 || ordinal >= ORDINALS) {
		strangers++;
		return;
	}
	it = &items[i];
	if (*it->survey && memcmp(it->survey, ref + 9, 8) != 0)
		strangers++;                     /* a second survey of one case */
	memcpy(it->survey, ref + 9, 8);
	if (it->seen[ordinal]++ || !job.on || ordinal != job.ordinal || i < job.first || i >= job.first + job.n)
		return;
	job.arrived++;
	job.arrival_ns = job.progress_ns = now_ns();
	it->arrived_us = (uint32_t)((job.arrival_ns - it->due_ns) / 1000);
}

static void
close_sink(struct conn *c)
{
	for (int i = 0; i < n_sinks; i++)
		if (sinks[i] == c)
			sinks[i] = sinks[--n_sinks];
	close(c->fd);
	free(c->in.p);
	free(c->out.p);
	free(c);
}

static void
on_sink(struct conn *c)
{
	char *end;

	if (!fill(c)) {
		close_sink(c);
		return;
	}
	while ((end = strstr(c->in.p, "\r\n\r\n"))) {
		*end = '\0';
		if (strncmp(c->in.p, "GET /yardstick", 14) != 0)
			take_message(c->in.p);
		drop_front(&c->in, (size_t)(end + 4 - c->in.p));
		c->held = true;
		if (!stalled)
			answer_sink(c);
	}
	if (!flush(c))
		close_sink(c);
}

static void
on_listener(void)
{
	int fd, one = 1;

	while ((fd = accept4(listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct conn *c = calloc(1, sizeof *c);

		if (!c || n_sinks == CONNS_MAX)
			die("too many connections at the sink");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		*c = (struct conn){ .kind = SINK, .fd = fd };
		sinks[n_sinks++] = c;
		watch(c, EPOLL_CTL_ADD, EPOLLIN);
	}
}

static void
listen_on(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1;

	listener = (struct conn){ .kind = LISTENER, .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) };
	setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener.fd, (struct sockaddr *)&a, sizeof a) || listen(listener.fd, 1024))
		die("the sink's port");
	watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
}

/* ---- the load ---- */

static void
add_case(struct buf *b, long i)
{
	add(b, "{\"case_id\":\"B-%07ld\",\"closed_at\":\"%s\",\"outcome\":\"delivered\",\"phone\":\"091%07ld\","
	       "\"procedure\":\"1.004227\",\"units\":{\"receiving\":\"H36.90\",\"handling\":\"H36.45\",\"returning\":\"H36.90\"},"
	       "\"officers\":{\"receiving\":\"nv017\",\"handling\":\"nv023\",\"returning\":\"nv017\"}}\n", i, closed_at, i);
}

static void
add_request(struct conn *c)
{
	static struct buf body;

	if (job.replies) {
		add(&c->out, "GET /hook/sms/mo?token=%s&from=%%2B8491%07ld&to=8088&text=5&cs=UTF-8&coding=0&id=B-%07ld HTTP/1.1\r\n"
		             "Host: localhost\r\n\r\n", hook_token, c->first, c->first);
		return;
	}
	body.n = 0;
	for (long i = 0; i < c->n; i++)
		add_case(&body, c->first + i);
	add(&c->out, "POST /v1/cases HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/%s\r\n"
	             "Content-Length: %zu\r\n\r\n", token, job.batch > 1 ? "x-ndjson" : "json", body.n);
	reserve(&c->out, body.n);
	memcpy(c->out.p + c->out.n, body.p, body.n);
	c->out.n += body.n;
}

static void
send_request(struct conn *c)
{
	add_request(c);
	if (!flush(c))
		die("the daemon closed a connection");
}

/* When item i should leave: at its own time, whatever became of those before it. */
static int64_t
due(long i)
{
	return job.rate > 0 ? job.begin_ns + (int64_t)((double)(i - job.first) * 1e9 / job.rate) : now_ns();
}

static void
start_request(struct conn *c)
{
	long left = job.first + job.n - job.next;

	c->first = job.next;
	c->n = left < job.batch ? left : job.batch;
	for (long i = 0; i < c->n; i++)
		items[c->first + i].due_ns = due(c->first + i);
	job.next += c->n;
	c->again = false;
	send_request(c);
}

static long
count_lines(const char *body, const char *what)
{
	long n = 0;

	for (const char *p = body; (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* A case that was refused may have been stored all the same: the second answer is then 200. */
static long
count_accepted(const struct conn *c, int status, const char *body)
{
	if (job.replies)
		return status == 200;
	if (job.batch <= 1)
		return status == 202 || (status == 200 && c->again);
	if (status != 200)
		return 0;
	return count_lines(body, "\"status\":202") + (c->again ? count_lines(body, "\"status\":200") : 0);
}

static bool
is_refused(int status, const char *body)
{
	return status == 503 || (job.batch > 1 && status == 200 && strstr(body, "\"status\":503"));
}

/* One whole answer at the front of c->in? Then how long it is. */
static size_t
whole_answer(const struct conn *c, const char **body)
{
	const char *end = strstr(c->in.p, "\r\n\r\n"), *length = end ? strcasestr(c->in.p, "\r\nContent-Length:") : NULL;
	size_t n;

	if (!end || !length || length > end)
		return 0;
	*body = end + 4;
	n = (size_t)(*body - c->in.p) + strtoul(length + 17, NULL, 10);
	return c->in.n >= n ? n : 0;
}

static void
on_client(struct conn *c)
{
	const char *body;
	int status;
	size_t n;

	if (!fill(c))
		die("the daemon closed a connection");
	if (!c->n || !(n = whole_answer(c, &body)))
		return;
	status = atoi(c->in.p + 9);
	if (is_refused(status, body)) {
		drop_front(&c->in, n);
		c->again = true;
		job.refused++;
		send_request(c);
		return;
	}
	job.answer_ns = job.progress_ns = now_ns();
	job.ok += count_accepted(c, status, body);
	job.answered += c->n;
	for (long i = 0; i < c->n; i++)
		items[c->first + i].answered_us = (uint32_t)((job.answer_ns - items[c->first + i].due_ns) / 1000);
	drop_front(&c->in, n);
	c->n = 0;
	if (job.rate <= 0 && job.next < job.first + job.n)
		start_request(c);
}

static void
connect_client(struct conn *c, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1;

	*c = (struct conn){ .kind = CLIENT, .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	if (connect(c->fd, (struct sockaddr *)&a, sizeof a))
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

static void
close_clients(void)
{
	while (n_clients) {
		struct conn *c = &clients[--n_clients];

		close(c->fd);
		free(c->in.p);
		free(c->out.p);
	}
}

/* ---- results ---- */

static int
by_size(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static void
print_percentiles(const char *name, size_t at)
{
	static const double parts[] = { 0.5, 0.99, 0.999 };
	uint32_t *us = calloc((size_t)job.n, sizeof *us);

	if (!us)
		die("memory");
	for (long i = 0; i < job.n; i++)
		memcpy(&us[i], (char *)&items[job.first + i] + at, sizeof *us);
	qsort(us, (size_t)job.n, sizeof *us, by_size);
	printf("\"%s\":[", name);
	for (size_t i = 0; i < 3; i++)
		printf("%s%.3f", i ? "," : "", us[(size_t)(parts[i] * (double)(job.n - 1))] / 1e3);
	printf("],");
	free(us);
}

static void
print_counts(long first, long n, int ordinal)
{
	long missing = 0, again = 0;

	for (long i = first; i < first + n; i++) {
		missing += !items[i].seen[ordinal];
		again += items[i].seen[ordinal] > 1 ? items[i].seen[ordinal] - 1 : 0;
	}
	printf("\"missing\":%ld,\"again\":%ld,\"strangers\":%ld}\n", missing, again, strangers);
	fflush(stdout);
}

static double
seconds(int64_t to)
{
	return to > job.begin_ns ? (double)(to - job.begin_ns) / 1e9 : 0;
}

static void
end_job(void)
{
	printf("{\"ok\":%ld,\"refused\":%ld,\"arrived\":%ld,\"answer_s\":%.6f,\"arrival_s\":%.6f,", job.ok, job.refused,
	       job.arrived, seconds(job.answer_ns), seconds(job.arrival_ns));
	print_percentiles("answer_ms", offsetof(struct item, answered_us));
	print_percentiles("arrival_ms", offsetof(struct item, arrived_us));
	print_counts(job.first, job.n, job.ordinal);
	job.on = false;
	close_clients();
}

static bool
job_over(void)
{
	if (now_ns() - job.progress_ns > GIVE_UP_NS)
		return true;
	return job.answered == job.n && (!job.wait || job.arrived >= job.n);
}

/* ---- commands ---- */

static bool
is_range(long first, long n)
{
	return first >= 0 && n > 0 && first + n <= ITEMS_MAX;
}

static void
begin(struct job j)
{
	job = j;
	job.on = true;
	job.next = job.first;
	job.begin_ns = job.progress_ns = now_ns();
}

static void
start_job(struct job j)
{
	if (!is_range(j.first, j.n) || j.conns < 1 || j.conns > CONNS_MAX || j.batch < 1)
		die("a job out of range");
	for (n_clients = 0; n_clients < j.conns; n_clients++)
		connect_client(&clients[n_clients], j.replies ? hook_port : api_port);
	begin(j);
	for (int i = 0; job.rate <= 0 && i < n_clients && job.next < job.first + job.n; i++)
		start_request(&clients[i]);
}

static void
resume(long first, long n, int ordinal)
{
	begin((struct job){ .first = first, .n = n, .ordinal = ordinal, .wait = true, .answered = n });
	for (long i = first; i < first + n; i++) {
		job.arrived += items[i].seen[ordinal] > 0;
		items[i].due_ns = job.begin_ns;
	}
	stalled = false;
	for (int i = 0; i < n_sinks; i++) {
		if (sinks[i]->held)
			answer_sink(sinks[i]);
		if (!flush(sinks[i]))
			die("the daemon closed a connection");
	}
}

static void
run_command(char *line)
{
	struct job j = { 0 };
	char word[16] = "";
	int wait = 0, ordinal = 0;
	long first = 0, n = 0;

	if (sscanf(line, "%15s %ld %ld %d %ld %lf %d", word, &j.first, &j.n, &j.conns, &j.batch, &j.rate, &wait) == 7) {
		j.replies = !strcmp(word, "replies");
		j.ordinal = j.replies;
		j.wait = wait;
		start_job(j);
	} else if (sscanf(line, "resume %ld %ld %d", &first, &n, &ordinal) == 3 && is_range(first, n)) {
		resume(first, n, ordinal);
	} else if (sscanf(line, "count %ld %ld %d", &first, &n, &ordinal) == 3 && is_range(first, n)) {
		printf("{");
		print_counts(first, n, ordinal);
	} else if (!strcmp(line, "stall")) {
		stalled = true;
		printf("{}\n");
		fflush(stdout);
	} else {
		errno = EINVAL;
		die(line);
	}
}

static void
on_commands(void)
{
	char *end;

	if (!fill(&commands))
		exit(0);
	while (!job.on && (end = strchr(commands.in.p, '\n'))) {
		*end = '\0';
		run_command(commands.in.p);
		drop_front(&commands.in, (size_t)(end + 1 - commands.in.p));
	}
}

/* ---- the loop ---- */

static void
on_event(struct conn *c, uint32_t events)
{
	if (events & EPOLLOUT) {
		watch(c, EPOLL_CTL_MOD, EPOLLIN);
		if (!flush(c))
			die("the daemon closed a connection");
	}
	if (!(events & ~(uint32_t)EPOLLOUT))
		return;
	switch (c->kind) {
	case COMMANDS: on_commands(); break;
	case LISTENER: on_listener(); break;
	case SINK:     on_sink(c); break;
	case CLIENT:   on_client(c); break;
	}
}

/* Open loop: what is due goes out on the next free connection; without one it waits, and its waiting counts. */
static void
pace(void)
{
	static int at;
	int busy;

	while (job.next < job.first + job.n && due(job.next) <= now_ns()) {
		for (busy = 0; busy < n_clients && clients[at % n_clients].n; busy++)
			at++;
		if (busy == n_clients)
			return;
		start_request(&clients[at++ % n_clients]);
	}
}

static struct timespec
patience(void)
{
	int64_t ns = 100000000;

	if (job.on && job.rate > 0 && job.next < job.first + job.n) {
		int64_t left = due(job.next) - now_ns();

		ns = left < 0 ? 1000000 : left < ns ? left : ns;
	}
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

int
main(int argc, char **argv)
{
	struct epoll_event events[256];
	time_t at = time(NULL) - 60;
	struct tm tm;

	if (argc != 6) {
		fputs("usage: load SINK_PORT API_PORT HOOK_PORT TOKEN HOOK_TOKEN\n", stderr);
		return 2;
	}
	loop = epoll_create1(EPOLL_CLOEXEC);
	items = calloc(ITEMS_MAX, sizeof *items);
	if (loop < 0 || !items)
		die("start");
	strftime(closed_at, sizeof closed_at, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&at, &tm));
	listen_on(atoi(argv[1]));
	api_port = atoi(argv[2]);
	hook_port = atoi(argv[3]);
	token = argv[4];
	hook_token = argv[5];
	commands = (struct conn){ .kind = COMMANDS, .fd = STDIN_FILENO };
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	watch(&commands, EPOLL_CTL_ADD, EPOLLIN);
	for (;;) {
		struct timespec wait = patience();
		int n = epoll_pwait2(loop, events, 256, &wait, NULL);

		for (int i = 0; i < n; i++)
			on_event(events[i].data.ptr, events[i].events);
		if (job.on && job.rate > 0)
			pace();
		if (job.on && job.answered == job.n)
			close_clients();         /* the daemon would close them while we wait for the sink */
		if (job.on && job_over())
			end_job();
	}
}
