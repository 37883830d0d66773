/* JSON out; see the header. RFC 8259. */
#include "app/json.h"

#include <utf8proc.h>

void
json_quote(struct sbuf *b, struct sv s)
{
	sbuf_addc(b, '"');
	while (s.n) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &c);

		if (n <= 0) {
			sbuf_adds(b, "\xef\xbf\xbd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			sbuf_addc(b, '\\');
			sbuf_addc(b, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			sbuf_addf(b, "\\u%04x", (unsigned)c);
		} else {
			sbuf_add(b, s.p, (size_t)n);
		}
		s.p += n;
		s.n -= (size_t)n;
	}
	sbuf_addc(b, '"');
}

void
json_begin(struct json_out *j, struct sbuf *b)
{
	*j = (struct json_out){ b, true };
	sbuf_addc(b, '{');
}

void
json_end(struct json_out *j)
{
	sbuf_addc(j->b, '}');
}

void
json_name(struct json_out *j, const char *name)
{
	if (!j->first)
		sbuf_addc(j->b, ',');
	j->first = false;
	json_quote(j->b, sv_of(name));
	sbuf_addc(j->b, ':');
}

void
json_sv(struct json_out *j, const char *name, struct sv value)
{
	json_name(j, name);
	json_quote(j->b, value);
}

void
json_text(struct json_out *j, const char *name, const char *value)
{
	json_sv(j, name, sv_of(value));
}

void
json_int(struct json_out *j, const char *name, int64_t value)
{
	json_name(j, name);
	sbuf_addi(j->b, value);
}

void
json_bool(struct json_out *j, const char *name, bool value)
{
	json_name(j, name);
	sbuf_adds(j->b, value ? "true" : "false");
}

void
json_raw(struct json_out *j, const char *name, struct sv json)
{
	json_name(j, name);
	sbuf_addsv(j->b, json);
}
