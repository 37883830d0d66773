/* texts-vi.conf: one section per text, text "T1" { marked = "..." plain = "..." }. */
#ifndef APP_TEXTS_H
#define APP_TEXTS_H

#include "base/err.h"
#include "core/template.h"

/* Reads and checks all texts. Any failure: *why has the line and the words; *out then holds no text. */
MUST_CHECK enum err texts_load(const char *path, struct template_set *out, struct diag *why);

#endif
