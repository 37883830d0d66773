/* Kannel's answers, each of some consequence; and the address a message makes, from which its text can be read back. */
#include "channel/kannel.h"
#include "fuzz.h"
#include "io/httpd.h"

#define T(s) (char[]){ s }

static const struct kannel_conf conf = {
	.url = T("http://127.0.0.1:13013/cgi-bin/sendsms"), .username = T("hailong"), .password = T("p&=?#% "),
	.from = T("8088"), .hook_url = T("http://127.0.0.1:8480/hook/sms"), .hook_token = T("0123456789abcdef"), .dlr = true,
};

static void
on_answer(int status, struct sv body)
{
	struct dialect_response r = { .status = status, .body = body };
	struct send_result out = { .retry_after_ms = -1 };

	kannel_dialect.answer(&conf, &r, &out);
	must(out.end >= 0 && out.end < SEND_MAX);
	must(memchr(out.detail, '\0', sizeof out.detail));
	/* Nothing but its own word means that Kannel has the message. */
	must(out.end != SEND_ACCEPTED || (status == 202 && body.n));
}

static void
on_message(struct sv text, bool ucs2)
{
	struct outmsg m = { .ref = "7KQ2M4XD.3", .to = "84912345678", .text = text, .ucs2 = ucs2, .parts = 1 };
	struct dialect_request out = { .post = false };
	struct sv query;
	char back[4097];
	const char *url;
	size_t n;

	sbuf_init(&out.url, 1 << 16);
	if (kannel_dialect.build(&conf, &m, &out)) {
		must(!text.n || text.n >= sizeof back);
	} else if (!memchr(text.p, '\0', text.n)) {
		must(!sbuf_finish(&out.url, &url));
		for (const char *p = url; *p; p++)
			must(*p > ' ' && *p < 0x7f && *p != '#' && *p != '"');
		query = sbuf_sv(&out.url);
		(void)sv_cut(&query, '?');
		must(httpd_param(query, "text", back, sizeof back, &n) && sv_eq(text, (struct sv){ back, n }));
		must(httpd_param(query, "to", back, sizeof back, &n) && !strcmp(back, m.to));
		must(httpd_param(query, "password", back, sizeof back, &n) && !strcmp(back, conf.password));
	}
	sbuf_done(&out.url);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int statuses[] = { 202, 200, 400, 403, 404, 503, 500, 0 };
	struct sv in = fuzz_in(data, n);
	int status = statuses[fuzz_pick(&in, ARRAY_N(statuses))];

	on_answer(status, in);
	on_message(in, status == 202);
	return 0;
}
