/*
 * A provider that misbehaves as told, in a process of its own and without a line of the daemon's. It counts how
 * often it was asked for each message: tests put the mark R000123R into a text, and the first mark of a request
 * is what is counted. It dies with the test, also when the test crashes.
 */
#ifndef TESTS_PROVIDER_H
#define TESTS_PROVIDER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROVIDER_MARKS   4096
#define PROVIDER_REQUEST 65536

enum provider_act {
	ANSWER,                          /* and read the next request of the connection */
	ANSWER_CLOSE,
	ANSWER_HALF,                     /* half of the answer, then reset */
	WAIT,                            /* answer when the test says go */
	RESET_FIRST, RESET_INSIDE, RESET_AFTER,      /* before a byte was read, in the head, after the whole request */
	CLOSE_AFTER,
	SILENT,
	DRIP,                            /* the answer, then one byte now and then, for ever */
	FLOOD,                           /* the answer, then bytes as fast as they go, for ever */
	BANNER,                          /* talks first, and no HTTP */
};

struct provider_shared {
	atomic_int  seen[PROVIDER_MARKS];        /* whole requests, by mark */
	atomic_bool go;
	char        last[8192];                  /* the request read last; complete when its answer has come */
};

struct provider {
	enum provider_act first, later;          /* for the first request of a connection and for those after it */
	const char       *answer;                /* raw */
	size_t            answer_n;
	pid_t             pid;
	int               fd, port;
	struct provider_shared *shared;
};

struct provider_call { const struct provider *p; int fd; };

static inline void
provider_must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

/* *port 0: any. */
static inline int
provider_listen(int backlog, int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	provider_must(fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof a), "bind");
	provider_must(backlog < 0 || !listen(fd, backlog), "listen");
	provider_must(!getsockname(fd, (struct sockaddr *)&a, &n), "getsockname");
	*port = ntohs(a.sin_port);
	return fd;
}

/* ---- in the provider's process ---- */

static inline bool
provider_say(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* Reads a head, and a body if a length is given. False: the other side went away. */
static inline bool
provider_hear(int fd, char *buf, size_t size)
{
	size_t n = 0, want = 0;

	for (;;) {
		ssize_t k = recv(fd, buf + n, size - 1 - n, 0);
		char *end, *length;

		if (k <= 0)
			return false;
		n += (size_t)k;
		buf[n] = '\0';
		if (!(end = strstr(buf, "\r\n\r\n")))
			continue;
		if (!want) {
			length = strcasestr(buf, "content-length:");
			want = (size_t)(end + 4 - buf) + (length && length < end ? strtoul(length + 15, NULL, 10) : 0);
		}
		if (n >= want)
			return true;
	}
}

static inline void
provider_count(const struct provider *p, const char *request)
{
	int mark;

	for (const char *r = request; (r = strchr(r, 'R')); r++)
		if (strspn(r + 1, "0123456789") == 6 && r[7] == 'R' && sscanf(r + 1, "%6d", &mark) == 1) {
			atomic_fetch_add(&p->shared->seen[mark % PROVIDER_MARKS], 1);
			return;
		}
}

static inline void
provider_reset(int fd)
{
	struct linger l = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
}

static inline void
provider_go_on(const struct provider *p, int fd, useconds_t pause)
{
	while (provider_say(fd, p->answer, p->answer_n ? 1 : 0) && p->answer_n)
		usleep(pause);
}

/* False: this connection is over. */
static inline bool
provider_act(const struct provider *p, int fd, enum provider_act act)
{
	switch (act) {
	case WAIT:
		while (!atomic_load(&p->shared->go))
			usleep(500);
		return provider_say(fd, p->answer, p->answer_n);
	case ANSWER:
		return provider_say(fd, p->answer, p->answer_n);
	case ANSWER_CLOSE:
		provider_say(fd, p->answer, p->answer_n);
		return false;
	case ANSWER_HALF:
		provider_say(fd, p->answer, p->answer_n / 2);
		usleep(20000);
		provider_reset(fd);
		return false;
	case RESET_AFTER:
		provider_reset(fd);
		return false;
	case DRIP:
	case FLOOD:
		provider_say(fd, p->answer, p->answer_n);
		provider_go_on(p, fd, act == DRIP ? 20000 : 0);
		return false;
	case SILENT:
	case BANNER:
		while (recv(fd, (char[64]){ 0 }, 64, 0) > 0)
			;
		return false;
	case RESET_FIRST:
	case RESET_INSIDE:
	case CLOSE_AFTER:
		break;
	}
	return false;
}

static inline void *
provider_serve(void *arg)
{
	struct provider_call call = *(struct provider_call *)arg;
	enum provider_act act = call.p->first;
	char *buf = malloc(PROVIDER_REQUEST);

	free(arg);
	if (act == BANNER)
		provider_say(call.fd, call.p->answer, call.p->answer_n);
	if (act == RESET_FIRST || act == RESET_INSIDE) {
		if (act == RESET_INSIDE)
			(void)!recv(call.fd, buf, 10, 0);
		provider_reset(call.fd);
	} else {
		while (provider_hear(call.fd, buf, PROVIDER_REQUEST)) {
			provider_count(call.p, buf);
			snprintf(call.p->shared->last, sizeof call.p->shared->last, "%s", buf);
			if (!provider_act(call.p, call.fd, act))
				break;
			act = call.p->later;
		}
	}
	close(call.fd);
	free(buf);
	return NULL;
}

static inline _Noreturn void
provider_run(const struct provider *p)
{
	pthread_attr_t detached;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		struct provider_call *call = malloc(sizeof *call);

		call->p = p;
		call->fd = accept(p->fd, NULL, NULL);
		if (call->fd < 0 || pthread_create(&thread, &detached, provider_serve, call))
			_exit(1);
	}
}

/* ---- in the test's process ---- */

static inline void
provider_start(struct provider *p)
{
	p->shared = mmap(NULL, sizeof *p->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	provider_must(p->shared != MAP_FAILED, "mmap");
	p->fd = provider_listen(64, &p->port);
	p->pid = fork();
	provider_must(p->pid >= 0, "fork");
	if (!p->pid)
		provider_run(p);
	close(p->fd);
	p->fd = -1;
}

static inline void
provider_stop(struct provider *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	if (p->fd >= 0)
		close(p->fd);
	if (p->shared)
		munmap(p->shared, sizeof *p->shared);
	*p = (struct provider){ .fd = -1 };
}

static inline int
provider_seen(const struct provider *p, int mark)
{
	return p->shared ? atomic_load(&p->shared->seen[mark % PROVIDER_MARKS]) : 0;
}

/* Nobody listens: connecting is refused. */
static inline void
provider_refuses(struct provider *p)
{
	p->fd = provider_listen(-1, &p->port);
}

/* The kernel's queue is full: connecting is never answered. */
static inline void
provider_swallows(struct provider *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	p->fd = provider_listen(0, &p->port);
	a.sin_port = htons((uint16_t)p->port);
	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);     /* held until the test ends */

		(void)!connect(fd, (struct sockaddr *)&a, sizeof a);
	}
}

#endif
