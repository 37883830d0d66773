/* Providers' pushes; see the header. */
#include "app/hooks.h"

#include <stdio.h>
#include <string.h>

#include "app/inbox.h"
#include "base/log.h"
#include "base/mem.h"
#include "channel/channels.h"

#define ACK_MAX    4096
#define BODY_MAX   (256 * 1024)
#define RETRY      "5"

struct push {
	struct engine     *e;
	struct httpd_req  *req;
	char               name[33];
	struct dialect_ack ack;
	int                open;             /* events not yet durable, and one for the hook itself */
	bool               failed;
};

static void
answer(struct httpd_req *req, int status, const char *type, struct sv body, bool again)
{
	static const struct httpd_field retry[] = { { "Retry-After", RETRY } };
	struct httpd_answer a = { .status = status, .type = type, .body = body };

	if (again) {
		a.headers = retry;
		a.n_headers = 1;
	}
	httpd_answer(req, &a);
}

static void
release(struct push *p)
{
	if (--p->open)
		return;
	if (p->failed)
		answer(p->req, 503, "text/plain", SV("try again\n"), true);
	else
		answer(p->req, p->ack.status, p->ack.type, sbuf_sv(&p->ack.body), false);
	sbuf_done(&p->ack.body);
	mem_free(p);
}

static void
on_taken(void *arg, enum err e)
{
	struct push *p = arg;

	p->failed = p->failed || e;
	release(p);
}

static void
on_event(void *arg, const struct inbound *ev)
{
	struct push *p = arg;

	p->open++;
	inbox_take(p->e, p->name, ev, on_taken, p);
}

/* "/hook/NAME/TAIL" */
static struct channel *
find(struct engine *e, struct sv path, struct sv *name, struct sv *tail)
{
	const struct conf *conf = e->setup->conf;

	if (!sv_starts(path, SV("/hook/")))
		return NULL;
	*tail = (struct sv){ path.p + 6, path.n - 6 };
	*name = sv_cut(tail, '/');
	for (size_t i = 0; i < conf->n_channels; i++)
		if (sv_is(*name, conf->channels[i].name))
			return e->setup->channels[i];
	return NULL;
}

static void
run(struct push *p, struct channel *c, struct sv tail)
{
	char authorization[512];
	struct dialect_push push = {
		.post = httpd_method(p->req) == HTTPD_POST, .tail = tail.p ? tail : (struct sv){ "", 0 },
		.query = httpd_query(p->req), .body = httpd_body(p->req), .content_type = httpd_header(p->req, "Content-Type"),
		.authorization = authorization,
	};

	(void)sv_copy(httpd_header(p->req, "Authorization"), authorization, sizeof authorization);
	switch (channel_hook(c, &push, on_event, p, &p->ack)) {
	case HOOK_OK:
	case HOOK_IGNORE:
		break;
	case HOOK_FORGED:
		log_warn("push refused, channel=%s", p->name);
		p->ack.status = 403;
		break;
	case HOOK_BAD:
		log_warn("push not understood, channel=%s", p->name);
		if (!p->ack.status)
			p->ack.status = 400;
		break;
	}
	if (!p->ack.status)
		p->ack.status = 200;
	release(p);
}

void
hooks_handle(void *arg, struct httpd_req *req)
{
	struct engine *e = arg;
	struct sv name, tail;
	struct channel *c = find(e, httpd_path(req), &name, &tail);
	struct push *p;

	if (!c) {
		answer(req, 404, "text/plain", SV("no such channel\n"), false);
		return;
	}
	if (httpd_body(req).n > BODY_MAX) {
		answer(req, 413, "text/plain", SV("too large\n"), false);
		return;
	}
	p = mem_alloc(sizeof *p);
	*p = (struct push){ .e = e, .req = req, .open = 1 };
	(void)sv_copy(name, p->name, sizeof p->name);
	sbuf_init(&p->ack.body, ACK_MAX);
	run(p, c, tail);
}

void
hooks_refuse(void *arg, struct httpd_answer *a)
{
	(void)arg;
	a->type = "text/plain";
	a->body = SV("refused\n");
}
