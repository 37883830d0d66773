/* POST /v1/cases, one case or a batch: as many answers as lines, each JSON, whatever the lines are. */
#include <jansson.h>

#include "app/api.h"
#include "engine.h"

#define LINES_MAX 80                     /* more than are worked on together; many more only take time */

/* The request and its answer, in place of the HTTP server's; and no ticker. */
struct httpd_req { struct sv type, body; struct loop *loop; int status; struct sbuf answer; };

struct sv
httpd_header(const struct httpd_req *r, const char *name)
{
	return sv_is_nocase(sv_of(name), "content-type") ? r->type : (struct sv){ NULL, 0 };
}

struct sv
httpd_body(const struct httpd_req *r)
{
	return r->body;
}

struct sv
httpd_path(const struct httpd_req *r)
{
	(void)r;
	return SV("/v1/cases");
}

struct sv
httpd_query(const struct httpd_req *r)
{
	(void)r;
	return SV("");
}

struct sv
httpd_peer(const struct httpd_req *r)
{
	(void)r;
	return SV("127.0.0.1");
}

enum httpd_method
httpd_method(const struct httpd_req *r)
{
	(void)r;
	return HTTPD_POST;
}

bool
httpd_param(struct sv query, const char *name, char *out, size_t size, size_t *n)
{
	(void)query, (void)name, (void)out, (void)size, (void)n;
	return false;
}

void
httpd_answer(struct httpd_req *r, const struct httpd_answer *a)
{
	must(!r->status);
	r->status = a->status;
	sbuf_addsv(&r->answer, a->body);
	loop_stop(r->loop);
}

void
ticker_at(struct engine *e, int partition, int64_t due)
{
	must(partition >= 0 && partition < e->partitions && due > 0);
}

void
ticker_room(struct engine *e)
{
	(void)e;
}

static void
check_answer(struct sv line, bool one)
{
	json_error_t why;
	json_t *j = json_loadb(line.p, line.n, 0, &why);
	json_int_t status = json_integer_value(json_object_get(j, "status"));
	const json_t *errors = json_object_get(j, "errors");

	must(json_is_object(j));
	must(one || status == 200 || status == 202 || status == 400 || status == 409);
	must((status == 400) == (json_array_size(errors) > 0) || one);
	json_decref(j);
}

static void
post(struct sv type, struct sv body)
{
	struct httpd_req r = { .type = type, .body = body };
	struct engine *e = fuzz_engine_start();
	struct call *c = mem_alloc(sizeof *c);
	size_t lines = 0, answers = 0;
	bool one = sv_is(type, "application/json");
	struct sv rest = body;

	r.loop = e->loop;
	sbuf_init(&r.answer, 64 * 1024 * 1024);
	c->e = e;
	c->req = &r;
	api_post_cases(c);
	if (!r.status)
		loop_run(e->loop);
	must(r.status == 200 || (one && (r.status == 202 || r.status == 400)));
	for (; rest.n; lines++)
		(void)sv_cut(&rest, '\n');
	for (rest = sbuf_sv(&r.answer); rest.n; answers++)
		check_answer(sv_cut(&rest, '\n'), one);
	must(answers == (one ? 1 : lines));
	fuzz_engine_end(e);
	sbuf_done(&r.answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n), rest = in;
	int lines = 0;

	for (; rest.n; lines++)
		(void)sv_cut(&rest, '\n');
	if (lines > LINES_MAX)
		return 0;
	if (fuzz_pick(&in, 4))
		post(SV("application/x-ndjson"), in);
	else
		post(SV("application/json"), in);
	return 0;
}
