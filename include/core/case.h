/*
 * A closed case, as the system that closed it tells us (docs/API.md). Checked before it gets here: texts
 * are UTF-8 without control characters and fit, times are wall ms, codes are bytes we never interpret.
 */
#ifndef CORE_CASE_H
#define CORE_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sbuf.h"
#include "base/sv.h"

#define CASE_ID_MAX   64
#define CASE_CODE_MAX 64

#define OUTCOME_LIST(X) \
	X(DELIVERED, "delivered") X(REFUSED, "refused") X(RETURNED, "returned") X(STOPPED, "stopped") X(WITHDRAWN, "withdrawn")

enum outcome {
#define X(code, text) OUTCOME_##code,
	OUTCOME_LIST(X)
#undef X
	OUTCOME_MAX
};

/* Who took the case in, who worked on it, who gave the result back. */
enum case_part { CASE_RECEIVING, CASE_HANDLING, CASE_RETURNING, CASE_PARTS };

struct closed_case {
	char    case_id[CASE_ID_MAX + 1];
	int64_t closed_ms, received_ms, due_ms;      /* 0 = not said */
	int     outcome;                             /* enum outcome */
	char    phone[CASE_CODE_MAX + 1];            /* as written; "" = none */
	char    zalo_user_id[CASE_CODE_MAX + 1];
	char    procedure[CASE_CODE_MAX + 1];
	char    units[CASE_PARTS][CASE_CODE_MAX + 1];
	char    officers[CASE_PARTS][CASE_CODE_MAX + 1];
	bool    no_contact;                          /* the citizen asked not to be written to */
};

const char *outcome_name(enum outcome o);
bool        outcome_find(struct sv name, enum outcome *out);
/* "receiving", "handling", "returning" */
const char *case_part_name(enum case_part p);
bool        case_overdue(const struct closed_case *c);

/* One text for one content, whatever order or spelling the fields came in: what the idempotency check compares.
 * phone is the normalised number when it is one. */
void        case_canonical(const struct closed_case *c, const char *phone, struct sbuf *out);
/* How a person recognises the case in an SMS: the last characters of its id, at most 11, not beginning with
 * punctuation. out holds 12 bytes; bytes outside ASCII become '?'. */
void        case_short(const struct closed_case *c, char *out);

#endif
