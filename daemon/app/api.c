/* Routes, tokens and answers of the private API; see the header. */
#include "app/api.h"

#include <stdio.h>
#include <string.h>

#include "app/tokens.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"

#define PROBLEM_MAX (128 * 1024)
#define RETRY_AFTER "5"
#define HEADERS_MAX 4

enum { OPEN = 0 };                       /* no token needed */

static const struct route {
	enum httpd_method method;
	const char       *path;              /* {} = one segment */
	unsigned          scope;             /* any of these */
	call_fn          *run;
} routes[] = {
	{ HTTPD_POST, "/v1/cases", TOKEN_CASES, api_post_cases },
	{ HTTPD_GET, "/v1/cases/{}", TOKEN_READ, api_get_case },
	{ HTTPD_POST, "/v1/cases/{}/reopen", TOKEN_CASES, api_reopen_case },
	{ HTTPD_POST, "/v1/channels/{}/pause", TOKEN_ADMIN, api_pause },
	{ HTTPD_POST, "/v1/channels/{}/resume", TOKEN_ADMIN, api_resume },
	{ HTTPD_GET, "/v1/sandbox/messages", TOKEN_ADMIN, api_sandbox_list },
	{ HTTPD_POST, "/v1/sandbox/replies", TOKEN_ADMIN, api_sandbox_reply },
	{ HTTPD_GET, "/v1/reports", TOKEN_READ, api_reports },
	{ HTTPD_GET, "/v1/coverage", TOKEN_READ, api_coverage },
	{ HTTPD_GET, "/v1/export/{}", TOKEN_READ, api_export },
	{ HTTPD_GET, "/v1/status", TOKEN_READ, api_status },
	{ HTTPD_GET, "/metrics", TOKEN_READ, api_metrics },
	{ HTTPD_GET, "/healthz", OPEN, api_healthz },
	{ HTTPD_GET, "/readyz", OPEN, api_readyz },
};

/* No path has more than one. */
static const char *const method_names[HTTPD_METHOD_MAX] = {
#define X(m) [HTTPD_##m] = #m,
	HTTPD_METHOD_LIST(X)
#undef X
};

static const struct { int status; const char *title; } titles[] = {
	{ 400, "Bad request" }, { 401, "No or wrong token" }, { 403, "The token has not the right scope" }, { 404, "Not found" },
	{ 405, "Method not allowed" }, { 408, "Too slow" }, { 409, "Conflict" }, { 411, "Length required" },
	{ 413, "Too large" }, { 415, "Wrong content type" }, { 417, "Expectation failed" }, { 431, "Headers too large" },
	{ 500, "Internal error" }, { 501, "Not implemented" }, { 503, "Not now" }, { 505, "HTTP version not supported" },
};

static const char *
title_of(int status)
{
	for (size_t i = 0; i < ARRAY_N(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

/* ---- answers ---- */

/* The headers of an answer; out has room for HEADERS_MAX. */
static size_t
fill_headers(int status, const char *id, const char *allow, struct httpd_field *out)
{
	size_t n = 0;

	out[n++] = (struct httpd_field){ "X-Request-Id", id };
	out[n++] = (struct httpd_field){ "Cache-Control", "no-store" };
	if (status == 503)
		out[n++] = (struct httpd_field){ "Retry-After", RETRY_AFTER };
	if (status == 401)
		out[n++] = (struct httpd_field){ "WWW-Authenticate", "Bearer" };
	if (status == 405)
		out[n++] = (struct httpd_field){ "Allow", allow };
	return n;
}

void
call_text(struct call *c, int status, const char *type, struct sv body)
{
	struct httpd_field headers[HEADERS_MAX];
	struct httpd_answer a = { .status = status, .type = type, .body = body, .headers = headers };

	a.n_headers = fill_headers(status, c->id, c->allow, headers);
	httpd_answer(c->req, &a);
	mem_free(c);
}

void
call_json(struct call *c, int status, struct sv body)
{
	call_text(c, status, "application/json", body);
}

static void
write_problem(int status, const char *detail, struct sv errors, struct sbuf *out)
{
	struct json_out j;

	json_begin(&j, out);
	json_text(&j, "type", "about:blank");
	json_text(&j, "title", title_of(status));
	json_int(&j, "status", status);
	json_text(&j, "detail", detail);
	if (errors.n)
		json_raw(&j, "errors", errors);
	json_end(&j);
}

void
call_problem(struct call *c, int status, const char *detail, struct sv errors)
{
	AUTO_SBUF out;

	sbuf_init(&out, PROBLEM_MAX);
	write_problem(status, detail, errors, &out);
	call_text(c, status, "application/problem+json", sbuf_sv(&out));
}

void
call_failed(struct call *c, enum err e)
{
	int status = e == ERR_MISSING ? 404 : e == ERR_STATE || e == ERR_CONFLICT ? 409 : e == ERR_CORRUPT ? 500 : 503;

	call_problem(c, status, err_text(e), (struct sv){ "", 0 });
}

static void
make_id(struct engine *e, char *out, size_t size)
{
	snprintf(out, size, "%016llx", (unsigned long long)engine_random(e));
}

void
api_refuse(void *arg, struct httpd_answer *a)
{
	/* These stay valid until the next refusal, as the contract of httpd says. */
	static struct httpd_field headers[HEADERS_MAX];
	static struct sbuf out;
	static char id[17];
	struct api *api = arg;

	if (!out.max)
		sbuf_init(&out, PROBLEM_MAX);
	sbuf_reset(&out);
	write_problem(a->status, "the request was refused before it was read", (struct sv){ "", 0 }, &out);
	make_id(api->e, id, sizeof id);
	a->n_headers = fill_headers(a->status, id, "GET, POST", headers);
	a->headers = headers;
	a->type = "application/problem+json";
	a->body = sbuf_sv(&out);
}

/* ---- routing ---- */

/* Decodes %XX of one path segment; false: malformed, empty, too long, a NUL or a control in it. */
static bool
decode_segment(struct sv s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '%') {
			if (i + 2 >= s.n || num_unhex((struct sv){ s.p + i + 1, 2 }, &c, 1))
				return false;
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return n > 0;
}

static bool
matches(const char *pattern, struct sv path, char *name, size_t size)
{
	struct sv rest = sv_of(pattern);

	while (rest.p && path.p) {
		struct sv want = sv_cut(&rest, '/'), have = sv_cut(&path, '/');

		if (sv_is(want, "{}") ? !decode_segment(have, name, size) : !sv_eq(want, have))
			return false;
	}
	return !rest.p && !path.p;
}

static bool
valid_id(struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z')
		      || s.p[i] == '-' || s.p[i] == '_' || s.p[i] == '.'))
			return false;
	return s.n > 0 && s.n <= 64;
}

static void
take_id(struct call *c)
{
	struct sv given = httpd_header(c->req, "X-Request-Id");

	if (!given.p || !valid_id(given) || !sv_copy(given, c->id, sizeof c->id))
		make_id(c->e, c->id, sizeof c->id);
}

/* Scopes of the caller; false: nobody we know. */
static bool
authenticate(struct call *c)
{
	struct sv header = httpd_header(c->req, "Authorization"), scheme = sv_cut(&header, ' '), token = sv_trim(header);

	if (!header.p || !sv_is_nocase(scheme, "bearer"))
		return false;
	if (*c->api->local_token && keyring_equal(token, sv_of(c->api->local_token))) {
		c->scopes = ~0u;
		return true;
	}
	return tokens_find(c->e->setup->conf->tokens, token, &c->scopes) != NULL;
}

static bool
from_here(const struct call *c)
{
	struct sv peer = httpd_peer(c->req);

	return sv_is(peer, "127.0.0.1") || sv_is(peer, "::1") || sv_is(peer, "unix");
}

static void
run(struct call *c, const struct route *r)
{
	bool open = r->scope == OPEN || (r->run == api_metrics && from_here(c) && !httpd_header(c->req, "X-Forwarded-For").p);

	if (!open && !authenticate(c))
		call_problem(c, 401, "send Authorization: Bearer TOKEN", (struct sv){ "", 0 });
	else if (!open && !(c->scopes & r->scope))
		call_problem(c, 403, "the token's scopes do not cover this call", (struct sv){ "", 0 });
	else
		r->run(c);
}

void
api_handle(void *arg, struct httpd_req *req)
{
	struct api *api = arg;
	struct call *c = mem_alloc(sizeof *c);

	*c = (struct call){ .api = api, .e = api->e, .req = req };
	take_id(c);
	for (size_t i = 0; i < ARRAY_N(routes); i++) {
		if (!matches(routes[i].path, httpd_path(req), c->name, sizeof c->name))
			continue;
		c->allow = method_names[routes[i].method];
		if (routes[i].method == httpd_method(req)) {
			run(c, &routes[i]);
			return;
		}
	}
	call_problem(c, c->allow ? 405 : 404, "there is no such call", (struct sv){ "", 0 });
}
