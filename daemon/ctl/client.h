/* Calls to the daemon's private API from the same machine, with the token it leaves in its state folder. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <jansson.h>

#include "ctl/ctl.h"

struct client;

/* Reads the settings for the address and the token. On failure says why and returns NULL. */
struct client *client_new(const struct ctl *c, const char *name);
void           client_free(struct client *k);

struct client_answer {
	long        status;
	json_t     *json;                /* NULL: the answer was not one JSON value */
	struct sbuf text;
};

void client_answer_done(struct client_answer *a);

/* body NULL = GET, else POST of that content type. CTL_DOWN: no answer, said on stderr. */
enum ctl_exit client_call(struct client *k, const char *path, const char *type, struct sv body,
                          struct client_answer *out);
/* The exit code an HTTP status means, after saying what the daemon said. */
enum ctl_exit client_complain(const char *name, const struct client_answer *a);
/* Percent-encoded path segment appended. */
void          client_segment(struct sbuf *path, const char *text);

#endif
