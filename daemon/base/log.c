/* The log: format, escape, write in one call so that lines of several processes do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level shown = LOG_INFO;

void
log_set_level(enum log_level upto)
{
	shown = upto;
}

/* Length of a well-formed UTF-8 sequence at p, 0 when there is none; C1 controls count as none. */
static size_t
sequence(const unsigned char *p, size_t n)
{
	size_t want = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 :
	              p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	if (want == 0 || want > n || (want == 2 && p[0] == 0xc2 && p[1] < 0xa0))
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

static size_t
escape(const char *in, size_t n, char *out, size_t size)
{
	const unsigned char *p = (const unsigned char *)in;
	size_t o = 0;

	for (size_t i = 0; i < n && o + 5 < size;) {
		size_t len = p[i] < 0x20 || p[i] == 0x7f ? 0 : sequence(p + i, n - i);

		if (len) {
			memcpy(out + o, p + i, len);
			o += len;
			i += len;
		} else {
			o += (size_t)snprintf(out + o, size - o, "\\x%02x", p[i++]);
		}
	}
	return o;
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	char raw[1024], line[2048];
	size_t n, at;
	va_list ap;
	int len;

	if (level > shown)
		return;
	va_start(ap, fmt);
	len = vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	n = (size_t)len < sizeof raw ? (size_t)len : sizeof raw - 1;
	at = (size_t)snprintf(line, sizeof line, "<%d>", (int)level);
	at += escape(raw, n, line + at, sizeof line - at - 1);
	line[at++] = '\n';
	if (write(STDERR_FILENO, line, at) < 0)
		return;                                /* nobody left to tell */
}
