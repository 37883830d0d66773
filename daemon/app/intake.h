/* Taking closed cases in, whichever door they come through (HTTP, stream, file): same checks, same answer. */
#ifndef APP_INTAKE_H
#define APP_INTAKE_H

#include "app/engine.h"

/* What became of one case. status as HTTP says it: 202 taken, 200 known already, 400 bad, 409 known with other content,
 * 503 not now. */
struct intake_result {
	int         status;
	const char *survey, *case_id;    /* "" when there is none */
	int         state, reason;       /* enum survey_state, enum not_asked */
	int64_t     send_ms;
	struct sv   errors;              /* 400: JSON list of faults */
};
typedef void intake_done_fn(void *arg, const struct intake_result *r);

/* done is called exactly once, in a later turn. Never refuses: what cannot be started now ends with 503. */
void intake_take(struct engine *e, struct sv json, intake_done_fn *done, void *arg);

/* The key that remembers a case's surveys, and the partition it lies in. */
struct sv intake_case_key(const struct engine *e, struct key *k, const char *case_id);
/* The answer as JSON, as docs/API.md shows it; with the status inside for batches. */
void intake_answer(const struct engine *e, const struct intake_result *r, bool with_status, struct sbuf *out);

#endif
