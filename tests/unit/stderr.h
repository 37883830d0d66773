/* What a piece of code writes to stderr, for tests; and how a child that must not survive ends. */
#ifndef TESTS_STDERR_H
#define TESTS_STDERR_H

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int stderr_was, stderr_file;

static inline void
stderr_catch(void)
{
	fflush(stderr);
	stderr_file = memfd_create("stderr", 0);
	stderr_was = dup(STDERR_FILENO);
	assert_true(stderr_file >= 0 && stderr_was >= 0 && dup2(stderr_file, STDERR_FILENO) >= 0);
}

/* Ends the catch; up to size - 1 bytes and a NUL into out, returns how many were written in all. */
static inline size_t
stderr_caught(char *out, size_t size)
{
	ssize_t n;
	off_t all;

	fflush(stderr);
	dup2(stderr_was, STDERR_FILENO);
	all = lseek(stderr_file, 0, SEEK_END);
	n = pread(stderr_file, out, size - 1, 0);
	assert_true(all >= 0 && n >= 0);
	out[n] = '\0';
	close(stderr_was);
	close(stderr_file);
	return (size_t)all;
}

/* The wait status of a child that runs fn and then leaves with 0; its stderr into out. */
static inline int
stderr_of_child(void (*fn)(void), char *out, size_t size)
{
	int status = -1;
	pid_t pid;

	stderr_catch();
	pid = fork();
	if (!pid) {
		fn();
		_exit(0);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	stderr_caught(out, size);
	return status;
}

#endif
