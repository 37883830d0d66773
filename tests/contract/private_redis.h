/*
 * A redis-server of the test's own: own folder, unix socket, no port, every write synced. It dies with the
 * test, also when the test crashes.
 */
#ifndef TESTS_PRIVATE_REDIS_H
#define TESTS_PRIVATE_REDIS_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/err.h"

struct private_redis {
	char  dir[64], socket[80];
	pid_t pid;
};

/* Also again after a kill: the data are still there. */
static inline void
private_redis_start(struct private_redis *r)
{
	must(*r->dir);
	r->pid = fork();
	must(r->pid >= 0);
	if (r->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir(r->dir))
		_exit(126);
	(void)!freopen("log", "a", stdout);
	execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", r->socket, "--appendonly", "yes",
	       "--appendfsync", "always", "--save", "", "--daemonize", "no", (char *)NULL);
	_exit(127);
}

static inline void
private_redis_new(struct private_redis *r)
{
	memset(r, 0, sizeof *r);
	snprintf(r->dir, sizeof r->dir, "/tmp/hailong-test-XXXXXX");
	must(mkdtemp(r->dir) != NULL);
	snprintf(r->socket, sizeof r->socket, "%s/s", r->dir);
	private_redis_start(r);
}

static inline void
private_redis_kill(struct private_redis *r)
{
	if (r->pid <= 0)
		return;
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	r->pid = 0;
	unlink(r->socket);
}

static inline void
private_redis_free(struct private_redis *r)
{
	pid_t pid;

	private_redis_kill(r);
	if (strncmp(r->dir, "/tmp/hailong-test-", 18) != 0 || (pid = fork()) < 0)
		return;
	if (!pid) {
		execlp("rm", "rm", "-rf", r->dir, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* One command from outside, its answer ignored but for being none of an error. Words, blank-separated. */
static inline void
private_redis_do(struct private_redis *r, const char *words)
{
	redisContext *c = redisConnectUnix(r->socket);
	char copy[256], *save = NULL;
	const char *argv[16];
	redisReply *reply;
	int n = 0;

	must(c && !c->err);
	snprintf(copy, sizeof copy, "%s", words);
	for (char *w = strtok_r(copy, " ", &save); w && n < 16; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	reply = redisCommandArgv(c, n, argv, NULL);
	if (!reply || reply->type == REDIS_REPLY_ERROR) {
		fprintf(stderr, "%s: %s\n", words, reply ? reply->str : c->errstr);
		abort();
	}
	freeReplyObject(reply);
	redisFree(c);
}

#endif
