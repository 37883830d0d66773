/* The head of a request, line by line; see the header. */
#include "io/http_gate.h"

#include <string.h>

#include "base/num.h"

#define HEADERS_MAX 64
#define TARGET_MAX  2048

static const char *const known_methods[] = { "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT" };

/* Headers that mean something to us or to a proxy: twice is an attack or a fault. */
enum single { S_HOST, S_LENGTH, S_CODING, S_ENCODING, S_EXPECT, S_CONNECTION, S_TYPE, S_AUTH, S_REQUEST_ID, S_MAC, SINGLE_MAX };
static const char *const singles[SINGLE_MAX] = {
	[S_HOST] = "host", [S_LENGTH] = "content-length", [S_CODING] = "transfer-encoding",
	[S_ENCODING] = "content-encoding", [S_EXPECT] = "expect", [S_CONNECTION] = "connection",
	[S_TYPE] = "content-type", [S_AUTH] = "authorization", [S_REQUEST_ID] = "x-request-id", [S_MAC] = "x-zevent-signature",
};

struct reading {
	bool      post, old;                 /* old: HTTP/1.0 */
	struct sv at[SINGLE_MAX];
};

static bool
is_token(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
		      || (c && strchr("!#$%&'*+-.^_`|~", c))))
			return false;
	}
	return s.n > 0;
}

static bool
is_value(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_target(struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '#')
			return false;
	return s.n && s.n <= TARGET_MAX && s.p[0] == '/';
}

static int
read_method(struct sv m, bool *post)
{
	*post = sv_is(m, "POST");
	if (*post || sv_is(m, "GET"))
		return 0;
	for (size_t i = 0; i < sizeof known_methods / sizeof *known_methods; i++)
		if (sv_is(m, known_methods[i]))
			return 405;
	return is_token(m) ? 501 : 400;
}

static int
read_request_line(struct sv line, struct reading *r)
{
	struct sv method = sv_cut(&line, ' '), target = sv_cut(&line, ' ');
	int status = line.p ? read_method(method, &r->post) : 400;

	if (status)
		return status;
	r->old = sv_is(line, "HTTP/1.0");
	if (!r->old && !sv_is(line, "HTTP/1.1"))
		return line.n == 8 && sv_starts(line, SV("HTTP/")) ? 505 : 400;
	return is_target(target) ? 0 : 400;
}

static int
read_header(struct sv line, struct reading *r)
{
	struct sv name = sv_cut(&line, ':');

	/* A line that begins with a blank goes on the one before it; nobody needs that, smugglers do. */
	if (!line.p || !is_token(name) || !is_value(line))
		return 400;
	for (int i = 0; i < SINGLE_MAX; i++) {
		if (!sv_is_nocase(name, singles[i]))
			continue;
		if (r->at[i].p)
			return 400;
		r->at[i] = sv_trim(line);
	}
	return 0;
}

static int
read_length(const struct reading *r, size_t max, size_t *body)
{
	struct sv s = r->at[S_LENGTH];
	int64_t n;

	*body = 0;
	if (!s.p)
		return r->post ? 411 : 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return 400;
	if (!s.n)
		return 400;
	if (num_parse(s, 0, INT64_MAX, &n) || (uint64_t)n > max)
		return 413;
	if (n && !r->post)
		return 400;
	*body = (size_t)n;
	return 0;
}

static int
judge(const struct reading *r, const struct gate_rules *rules, struct gate_head *out)
{
	if (!r->at[S_HOST].p && !r->old)
		return 400;
	if (r->at[S_CODING].p)
		return 501;
	if (r->at[S_ENCODING].p && !sv_is_nocase(r->at[S_ENCODING], "identity"))
		return 415;
	if (r->at[S_EXPECT].p && !sv_is_nocase(r->at[S_EXPECT], "100-continue"))
		return 417;
	out->asks_first = r->at[S_EXPECT].p != NULL;
	out->keep_alive = !r->old && !sv_is_nocase(r->at[S_CONNECTION], "close");
	return read_length(r, rules->body_max, &out->body);
}

/* One line ended by CR LF off *rest; false: a CR or LF that stands alone. */
static bool
next_line(struct sv *rest, struct sv *line)
{
	*line = sv_cut(rest, '\n');
	if (!line->n || line->p[line->n - 1] != '\r')
		return false;
	line->n--;
	return !memchr(line->p, '\r', line->n);
}

static int
read_lines(struct sv head, const struct gate_rules *rules, struct gate_head *out)
{
	struct reading r = { .post = false };
	struct sv line;
	int status, n = 0;

	if (!next_line(&head, &line))
		return 400;
	if ((status = read_request_line(line, &r)))
		return status;
	while (next_line(&head, &line)) {
		if (!line.n)
			return judge(&r, rules, out);
		if (++n > HEADERS_MAX)
			return 431;
		if ((status = read_header(line, &r)))
			return status;
	}
	return 400;
}

int
gate_read(struct sv bytes, const struct gate_rules *rules, struct gate_head *out)
{
	size_t look = bytes.n < rules->head_max ? bytes.n : rules->head_max;
	const char *end = memmem(bytes.p, look, "\r\n\r\n", 4), *bare = memmem(bytes.p, look, "\n\n", 2);

	*out = (struct gate_head){ .length = 0 };
	if (bare && (!end || bare < end))
		return 400;                          /* lines ended by LF alone would never come to an end for us */
	if (!end)
		return bytes.n >= rules->head_max ? 431 : -1;
	out->length = (size_t)(end - bytes.p) + 4;
	return read_lines((struct sv){ bytes.p, out->length }, rules, out);
}
