/*
 * The operator's command. main.c has one table of commands; each cmd_*.c holds one or a few of them.
 * A command gets the common options already taken off and answers with one of the four exit codes.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/sbuf.h"
#include "base/sv.h"

enum ctl_exit { CTL_DONE, CTL_NO, CTL_USAGE, CTL_DOWN };

struct ctl {
	const char *conf;            /* settings file: -c FILE, $HAILONG_CONF or /etc/hailong/hailong.conf; never NULL */
	bool        conf_given;      /* -c or $HAILONG_CONF was there */
	bool        json;            /* --json */
	bool        english;         /* --lang en; Vietnamese otherwise */
};

/* argv[0] is the command's name, argv[argc] is NULL. getopt's state is fresh (optind = 1). */
typedef enum ctl_exit ctl_fn(const struct ctl *c, int argc, char **argv);

struct ctl_cmd {
	const char *name, *args, *help;      /* args as shown after the name, help in one line */
	ctl_fn     *run;
	bool        options;                 /* reads options of its own with getopt, "--" ends them */
};

/* "hailongctl NAME: ..." on stderr; returns CTL_USAGE. */
enum ctl_exit ctl_usage(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for any other exit code. */
enum ctl_exit ctl_fail(enum ctl_exit code, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* One object of --json on a line of its own. */
void ctl_print_line(const struct sbuf *b);

/* Reads a whole regular file or stdin ("-") of at most max bytes. Errors: MISSING, IO, TOOBIG. */
MUST_CHECK enum err ctl_read_file(const char *path, size_t max, struct sbuf *out);

ctl_fn cmd_parse, cmd_phone, cmd_render, cmd_settings, cmd_check, cmd_token, cmd_keys,
       cmd_status, cmd_why, cmd_import, cmd_export, cmd_pause, cmd_resume, cmd_sandbox, cmd_version;

#endif
