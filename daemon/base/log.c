/* The log: format, escape, write in one call so that lines of several processes do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level shown = LOG_INFO;

void
log_set_level(enum log_level upto)
{
	shown = upto;
}

/* Controls, line and paragraph separators, and what turns the direction of writing: none of them is shown. */
static bool
hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Bytes of the UTF-8 character at p that may be shown as it stands, 0 when there is none. */
static size_t
shown_bytes(const unsigned char *p, size_t n)
{
	static const struct { unsigned char mask, lead; uint32_t least; } forms[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
	};
	size_t more = 0;
	uint32_t c;

	while (more < sizeof forms / sizeof *forms && (p[0] & forms[more].mask) != forms[more].lead)
		more++;
	if (more == sizeof forms / sizeof *forms || more >= n)
		return 0;
	c = (uint32_t)p[0] & (unsigned char)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < forms[more].least || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff || hidden(c))
		return 0;
	return more + 1;
}

static size_t
escape(const char *in, size_t n, char *out, size_t size)
{
	const unsigned char *p = (const unsigned char *)in;
	size_t o = 0;

	for (size_t i = 0; i < n && o + 5 < size;) {
		size_t len = shown_bytes(p + i, n - i);

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
