/* Writing JSON straight into a buffer; reading is jansson's. Bytes that are no UTF-8 become U+FFFD. */
#ifndef APP_JSON_H
#define APP_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sbuf.h"

struct json_out { struct sbuf *b; bool first; };

void json_begin(struct json_out *j, struct sbuf *b);                     /* { */
void json_end(struct json_out *j);                                       /* } */
void json_text(struct json_out *j, const char *name, const char *value);
void json_sv(struct json_out *j, const char *name, struct sv value);
void json_int(struct json_out *j, const char *name, int64_t value);
void json_bool(struct json_out *j, const char *name, bool value);
void json_raw(struct json_out *j, const char *name, struct sv json);     /* already JSON */
/* A nested object or list begun by hand: writes the name and the colon. */
void json_name(struct json_out *j, const char *name);
void json_quote(struct sbuf *b, struct sv s);

#endif
