/*
 * The gate: reads the head of a request, and takes only what is beyond doubt, because what two readers
 * understand differently is how requests are smuggled past a proxy (docs/HTTP-SERVER.md). Pure; RFC 9110, 9112.
 */
#ifndef IO_HTTP_GATE_H
#define IO_HTTP_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sv.h"

struct gate_rules { size_t head_max, body_max; };

struct gate_head {
	size_t length;                   /* bytes of the head with its empty line */
	size_t body;                     /* bytes that follow */
	bool   keep_alive;               /* the client would like to */
	bool   asks_first;               /* waits for "100 Continue" */
};

/*
 * bytes: what has come so far. 0: *out is filled, the head is good. -1: more is needed. Otherwise the status
 * to refuse with: 400 405 411 413 415 417 431 501 505.
 */
int gate_read(struct sv bytes, const struct gate_rules *rules, struct gate_head *out);

#endif
