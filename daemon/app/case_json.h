/* A case as JSON -> struct closed_case; every bad field is named. Shapes and limits: docs/API.md. */
#ifndef APP_CASE_JSON_H
#define APP_CASE_JSON_H

#include "base/sbuf.h"
#include "base/sv.h"
#include "core/calendar.h"
#include "core/case.h"

#define CASE_JSON_MAX (64 * 1024)

/* ERR_SYNTAX: errors gets [{"field":"/phone","detail":"..."}], never empty. */
MUST_CHECK enum err case_json_read(struct sv json, int64_t now_ms, struct closed_case *out, struct sbuf *errors);

#endif
