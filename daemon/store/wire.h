/*
 * One request in Redis' protocol: the number of parts first, then each part with its length, so that no value
 * can be read as anything else. The buffer is used again for the next request.
 */
#ifndef STORE_WIRE_H
#define STORE_WIRE_H

#include <stdint.h>

#include "base/sbuf.h"
#include "store/scripts.h"

struct wire {
	struct sbuf text;
	size_t      parts;                   /* announced */
	size_t      tail;                    /* where a script's keys and arguments begin */
	enum script script;                  /* SCRIPT_MAX = a plain command */
};

void wire_init(struct wire *w);
void wire_done(struct wire *w);
/* After a request went out: a buffer grown for a rare large one is given back. */
void wire_rest(struct wire *w);

/* A command with n further parts. */
void wire_command(struct wire *w, const char *verb, size_t n);
/* A script by its name with keys and args to follow, keys first. */
void wire_script(struct wire *w, enum script s, size_t keys, size_t args);
/* The same script with its body, for a server that does not know it; tail is what followed its name. */
void wire_whole(struct wire *w, enum script s, size_t parts, struct sv tail);
void wire_add(struct wire *w, struct sv part);
void wire_number(struct wire *w, int64_t part);

#endif
