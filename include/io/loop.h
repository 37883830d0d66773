/*
 * The one loop of the process (libevent underneath). Five laws: nothing blocks; signals are loop
 * events; a result is never delivered inside the call that asked for it (loop_later); nothing is freed
 * while the loop may still hold it (loop_bury); every queue has a limit.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct loop;
struct loop_timer;
struct loop_fd;
struct event_base;

typedef void loop_fn(void *arg);
typedef void loop_fd_fn(void *arg, int fd, bool readable, bool writable);

struct loop *loop_new(void);
void         loop_free(struct loop *l);          /* after every owner has freed its timers and fds */
void         loop_run(struct loop *l);           /* returns after loop_stop */
void         loop_stop(struct loop *l);          /* at the end of this turn */
struct event_base *loop_base(struct loop *l);    /* for libraries that want it; io floor only */

/* Runs fn once in a later turn, in order of asking. Never inside this call. Cannot be taken back: arg
 * must live until then. */
void loop_later(struct loop *l, loop_fn *fn, void *arg);
/* Frees p with mem_free at the end of this turn. */
void loop_bury(struct loop *l, void *p);

/* A timer on the monotonic clock, stopped at first. The owner frees it (NULL is fine). */
struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *arg);
void loop_timer_start(struct loop_timer *t, int64_t after_ms);   /* one shot; starting again moves it */
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_running(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

/* Watches a descriptor (level-triggered) until freed; the descriptor stays the caller's. */
struct loop_fd *loop_fd_new(struct loop *l, int fd, bool read, bool write, loop_fd_fn *fn, void *arg);
void loop_fd_free(struct loop_fd *f);

/* Calls fn in the loop when the signal arrives; lives as long as the loop. */
void loop_signal(struct loop *l, int signo, loop_fn *fn, void *arg);

#endif
