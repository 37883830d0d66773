/*
 * Who may call the private API. A token is shown once, when it is made; the file keeps its SHA-256 only:
 * "NAME SCOPES sha256:HEX" a line, SCOPES comma-separated, # comments and blank lines are fine.
 */
#ifndef APP_TOKENS_H
#define APP_TOKENS_H

#include "base/err.h"
#include "base/sbuf.h"
#include "base/sv.h"

#define TOKEN_SCOPE_LIST(X) \
	X(CASES, "cases", 1) X(READ, "read", 2) X(FOLLOWUPS, "followups", 4) X(INTEGRITY, "integrity", 8) X(ADMIN, "admin", 16)

enum token_scope {
#define X(code, text, bit) TOKEN_##code = bit,
	TOKEN_SCOPE_LIST(X)
#undef X
};

#define TOKEN_PREFIX    "hl_"
#define TOKEN_CHARS     (3 + 64)         /* prefix and 32 bytes as hex */
#define TOKEN_NAME_MAX  64
#define TOKENS_MAX      256
#define TOKENS_FILE_MAX (64 * 1024)

struct tokens;
struct conf_faults;

/* file_name is for the faults only. ERR_SYNTAX: at least one fault was added, *out is untouched. */
MUST_CHECK enum err tokens_parse(struct sv file, const char *file_name, struct tokens **out,
                                 struct conf_faults *faults);
void tokens_free(struct tokens *t);
size_t tokens_n(const struct tokens *t);

/* The holder's name and scope bits, NULL when nobody holds this token. Looks at every row whatever it
 * finds, so the time tells nothing about the content. */
const char *tokens_find(const struct tokens *t, struct sv bearer, unsigned *scopes);

/* Scope bits of "cases,read"; ERR_SYNTAX names the unknown one in *why. */
MUST_CHECK enum err token_scopes_parse(struct sv text, unsigned *scopes, struct diag *why);
/* A file name for a person or system: letters, digits and . _ - @, at most TOKEN_NAME_MAX. */
bool token_name_ok(struct sv name);
/* A fresh token into clear (TOKEN_CHARS + 1 bytes) and its file line, with line end, appended to line. */
void token_make(struct sv name, unsigned scopes, char *clear, struct sbuf *line);

#endif
