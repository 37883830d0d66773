/* The one list of failures. A row exists only because some caller acts differently on it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_LIST(X) \
	X(ERR_OK,       "ok") \
	X(ERR_SYNTAX,   "malformed input") \
	X(ERR_RANGE,    "value out of range") \
	X(ERR_TOOBIG,   "size limit reached") \
	X(ERR_MISSING,  "not there") \
	X(ERR_EXISTS,   "already there") \
	X(ERR_CONFLICT, "changed by somebody else") \
	X(ERR_STATE,    "not allowed in this state") \
	X(ERR_DENIED,   "not permitted") \
	X(ERR_BUSY,     "queue full") \
	X(ERR_TIMEOUT,  "no answer in time") \
	X(ERR_DOWN,     "peer cannot be reached") \
	X(ERR_IO,       "system call failed") \
	X(ERR_CORRUPT,  "stored data damaged") \
	X(ERR_FULL,     "peer refuses writes")

enum err {
#define X(code, text) code,
	ERR_LIST(X)
#undef X
	ERR_MAX
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A sentence for people; never NULL. */
const char *err_text(enum err e);

/* Where a parser says to a person what was wrong. line is 0 when there is none. */
struct diag {
	int  line;
	char text[240];
};

void diag_set(struct diag *d, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* For our own mistakes only, also in production; outside data is checked, never asserted. */
#define must(x) ((x) ? (void)0 : must_fail(#x, __FILE__, __LINE__))
_Noreturn void must_fail(const char *what, const char *file, int line);

#endif
