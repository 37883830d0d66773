/*
 * The private API (docs/API.md): routes, tokens, errors as problem+json. A handler gets a call that it ends
 * exactly once, now or in a later turn, with one of the call_ functions.
 */
#ifndef APP_API_H
#define APP_API_H

#include "app/engine.h"
#include "app/json.h"
#include "io/httpd.h"

struct api {
	struct engine *e;
	char           local_token[80];  /* for hailongctl on this machine; every scope */
	int64_t        started_ms;
};

struct call {
	struct api       *api;
	struct engine    *e;
	struct httpd_req *req;
	unsigned          scopes;
	char              id[65];        /* X-Request-Id */
	char              name[256];     /* what {} in the route's path stood for, decoded */
	const char       *allow;         /* method of the path, when it is not the call's */
};

/* httpd's handler and refusal; arg is the api. */
void api_handle(void *arg, struct httpd_req *req);
void api_refuse(void *arg, struct httpd_answer *a);

void call_json(struct call *c, int status, struct sv body);
void call_text(struct call *c, int status, const char *type, struct sv body);
/* errors: JSON list of faults, {"",0} = none. 503 carries Retry-After. */
void call_problem(struct call *c, int status, const char *detail, struct sv errors);
/* By kind of failure: 503, 404, 409, 500. */
void call_failed(struct call *c, enum err e);

typedef void call_fn(struct call *c);
call_fn api_post_cases, api_get_case, api_reopen_case, api_sandbox_list, api_sandbox_reply, api_pause, api_resume, api_status,
        api_metrics, api_healthz, api_readyz, api_reports, api_coverage, api_export;

#endif
