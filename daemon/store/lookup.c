/*
 * Names to addresses. getaddrinfo knows every source the system is set up with, but blocks; so a thread asks
 * and rings a bell the loop listens to. Question and answer belong to both; who lets go last frees them.
 */
#include "store/lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

struct question {
	atomic_int     holders;
	int            bell;
	char          *host;
	struct address found[LOOKUP_MAX];
	int            n, error;
};

struct lookup {
	struct question *q;
	struct loop_fd  *bell;
	lookup_fn       *fn;
	void            *arg;
};

static void
let_go(struct question *q)
{
	if (atomic_fetch_sub(&q->holders, 1) > 1)
		return;
	close(q->bell);
	mem_free(q->host);
	mem_free(q);
}

static void *
answer(void *arg)
{
	struct question *q = arg;
	struct addrinfo like = { .ai_socktype = SOCK_STREAM }, *all = NULL;

	q->error = getaddrinfo(q->host, NULL, &like, &all);
	for (struct addrinfo *a = q->error ? NULL : all; a && q->n < LOOKUP_MAX; a = a->ai_next)
		if (!getnameinfo(a->ai_addr, a->ai_addrlen, q->found[q->n].text, sizeof q->found[0].text, NULL, 0,
		                 NI_NUMERICHOST))
			q->n++;
	if (!q->error)
		freeaddrinfo(all);
	(void)eventfd_write(q->bell, 1);
	let_go(q);
	return NULL;
}

static void
on_bell(void *arg, int fd, bool readable, bool writable)
{
	struct lookup *k = arg;
	struct question *q = k->q;

	(void)fd, (void)readable, (void)writable;
	loop_fd_free(k->bell);
	k->fn(k->arg, q->found, q->n, q->error ? gai_strerror(q->error) : "no address");
	let_go(q);
	mem_free(k);
}

/* The loop's signals are the loop's: the thread takes none. */
static bool
start_thread(struct question *q)
{
	pthread_attr_t attr;
	pthread_t id;
	sigset_t all, was;
	bool ok;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	ok = pthread_create(&id, &attr, answer, q) == 0;
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	pthread_attr_destroy(&attr);
	return ok;
}

static struct question *
ask(const char *host)
{
	struct question *q;
	int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (bell < 0)
		return NULL;
	q = mem_alloc(sizeof *q);
	q->bell = bell;
	q->host = mem_strdup(host);
	atomic_init(&q->holders, 2);
	if (start_thread(q))
		return q;
	let_go(q);
	let_go(q);
	return NULL;
}

struct lookup *
lookup_start(struct loop *l, const char *host, lookup_fn *fn, void *arg)
{
	struct question *q = ask(host);
	struct lookup *k;

	if (!q)
		return NULL;
	k = mem_alloc(sizeof *k);
	*k = (struct lookup){ .q = q, .fn = fn, .arg = arg };
	k->bell = loop_fd_new(l, q->bell, true, false, on_bell, k);
	return k;
}

void
lookup_cancel(struct lookup *k)
{
	if (!k)
		return;
	loop_fd_free(k->bell);
	let_go(k->q);
	mem_free(k);
}
