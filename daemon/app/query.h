/* Parameters of a query, read strictly: what is there must be right, and each fault is told by name. */
#ifndef APP_QUERY_H
#define APP_QUERY_H

#include "app/api.h"

struct query {
	struct call *c;
	struct sbuf  errors;                 /* JSON list begun, for call_problem */
};

void query_init(struct query *q, struct call *c);
/* True: everything was right. Else the call has been answered with 400. */
bool query_done(struct query *q);

void query_fault(struct query *q, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The value, decoded; false when it is absent (or a fault). */
bool query_text(struct query *q, const char *name, char *out, size_t size);
/* Place in names (ended by NULL), `otherwise` when absent or a fault. */
int  query_choice(struct query *q, const char *name, const char *const *names, int otherwise);
int64_t query_number(struct query *q, const char *name, int64_t min, int64_t max, int64_t otherwise);
/* from= and to=, days, both inclusive; without them the last 30 days, today among them. */
void query_days(struct query *q, int days_max, int32_t *from, int32_t *to);

#endif
