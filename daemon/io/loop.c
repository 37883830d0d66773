/* The loop: libevent behind six verbs, plus a list of things to do next turn. */
#include "io/loop.h"

#include <event2/event.h>
#include <sys/queue.h>

#include "base/mem.h"

struct deferred {
	STAILQ_ENTRY(deferred) next;
	loop_fn *fn;
	void    *arg;
};

STAILQ_HEAD(deferred_list, deferred);

struct watch {
	SLIST_ENTRY(watch) next;
	struct event *ev;
	loop_fn      *fn;
	void         *arg;
};

struct loop {
	struct event_base   *base;
	struct event        *turn;               /* active while `later` is not empty */
	struct deferred_list later;
	SLIST_HEAD(, watch)  signals;
};

struct loop_timer {
	struct event *ev;
	loop_fn      *fn;
	void         *arg;
};

struct loop_fd {
	struct event *ev;
	loop_fd_fn   *fn;
	void         *arg;
};

/* Runs what was asked before this turn; what is asked meanwhile waits for the next. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	struct deferred_list now = STAILQ_HEAD_INITIALIZER(now);
	struct deferred *d;

	(void)fd, (void)what;
	STAILQ_CONCAT(&now, &l->later);
	while ((d = STAILQ_FIRST(&now))) {
		STAILQ_REMOVE_HEAD(&now, next);
		d->fn(d->arg);
		mem_free(d);
	}
}

struct loop *
loop_new(void)
{
	struct loop *l = mem_alloc(sizeof *l);

	l->base = event_base_new();
	must(l->base != NULL);
	STAILQ_INIT(&l->later);
	SLIST_INIT(&l->signals);
	l->turn = event_new(l->base, -1, 0, on_turn, l);
	must(l->turn != NULL);
	return l;
}

void
loop_free(struct loop *l)
{
	struct watch *w;

	if (!l)
		return;
	while (!STAILQ_EMPTY(&l->later))
		on_turn(-1, 0, l);
	while ((w = SLIST_FIRST(&l->signals))) {
		SLIST_REMOVE_HEAD(&l->signals, next);
		event_free(w->ev);
		mem_free(w);
	}
	event_free(l->turn);
	event_base_free(l->base);
	mem_free(l);
}

void
loop_run(struct loop *l)
{
	event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
loop_stop(struct loop *l)
{
	event_base_loopexit(l->base, NULL);
}

struct event_base *
loop_base(struct loop *l)
{
	return l->base;
}

void
loop_later(struct loop *l, loop_fn *fn, void *arg)
{
	struct deferred *d = mem_alloc(sizeof *d);

	d->fn = fn;
	d->arg = arg;
	if (STAILQ_EMPTY(&l->later))
		event_active(l->turn, EV_TIMEOUT, 0);
	STAILQ_INSERT_TAIL(&l->later, d, next);
}

void
loop_bury(struct loop *l, void *p)
{
	if (p)
		loop_later(l, mem_free, p);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd, (void)what;
	t->fn(t->arg);
}

struct loop_timer *
loop_timer_new(struct loop *l, loop_fn *fn, void *arg)
{
	struct loop_timer *t = mem_alloc(sizeof *t);

	t->fn = fn;
	t->arg = arg;
	t->ev = event_new(l->base, -1, 0, on_timer, t);
	must(t->ev != NULL);
	return t;
}

void
loop_timer_start(struct loop_timer *t, int64_t after_ms)
{
	struct timeval tv;

	if (after_ms < 0)
		after_ms = 0;
	tv.tv_sec = (time_t)(after_ms / 1000);
	tv.tv_usec = (suseconds_t)(after_ms % 1000 * 1000);
	event_add(t->ev, &tv);
}

void
loop_timer_stop(struct loop_timer *t)
{
	event_del(t->ev);
}

bool
loop_timer_running(const struct loop_timer *t)
{
	return event_pending(t->ev, EV_TIMEOUT, NULL) != 0;
}

void
loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	event_free(t->ev);
	mem_free(t);
}

static void
on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *f = arg;

	f->fn(f->arg, (int)fd, (what & EV_READ) != 0, (what & EV_WRITE) != 0);
}

struct loop_fd *
loop_fd_new(struct loop *l, int fd, bool rd, bool wr, loop_fd_fn *fn, void *arg)
{
	struct loop_fd *f = mem_alloc(sizeof *f);
	short what = (short)(EV_PERSIST | (rd ? EV_READ : 0) | (wr ? EV_WRITE : 0));

	f->fn = fn;
	f->arg = arg;
	f->ev = event_new(l->base, fd, what, on_fd, f);
	must(f->ev != NULL);
	event_add(f->ev, NULL);
	return f;
}

void
loop_fd_free(struct loop_fd *f)
{
	if (!f)
		return;
	event_free(f->ev);
	mem_free(f);
}

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct watch *w = arg;

	(void)signo, (void)what;
	w->fn(w->arg);
}

void
loop_signal(struct loop *l, int signo, loop_fn *fn, void *arg)
{
	struct watch *w = mem_alloc(sizeof *w);

	w->fn = fn;
	w->arg = arg;
	w->ev = evsignal_new(l->base, signo, on_signal, w);
	must(w->ev != NULL);
	event_add(w->ev, NULL);
	SLIST_INSERT_HEAD(&l->signals, w, next);
}
