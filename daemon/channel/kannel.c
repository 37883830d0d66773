/*
 * Kannel. Sending is one GET to smsbox; receipts and answers come back as GETs we ask for with our own token
 * in the address. What is measured there and why each parameter is as it is: docs/CHANNELS.md.
 */
#include "channel/kannel.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/num.h"

#define TEXT_MAX 4096
#define RAW_MAX  16384                   /* bytes of an answer that are looked at: more than 100 parts */
#define DLR_ALL  "31"                    /* delivered 1, failed 2, buffered 4, sent 8, refused 16 */

#define AT(m) offsetof(struct kannel_conf, m)

const struct setting kannel_keys[] = {
	LANE_KEYS(struct kannel_conf),
	{ .name = "url", .type = SETTING_STRING, .at = AT(url), .deflt = "http://127.0.0.1:13013/cgi-bin/sendsms", .min = 1,
	  .max = 512, .flags = SETTING_RELOAD, .help = "smsbox's sendsms address." },
	{ .name = "username", .type = SETTING_STRING, .at = AT(username), .min = 1, .max = 64,
	  .flags = SETTING_RELOAD | SETTING_NEEDED, .help = "username of the sendsms-user." },
	{ .name = "password_file", .type = SETTING_SECRET, .at = AT(password), .min = 1, .max = 256,
	  .flags = SETTING_RELOAD | SETTING_NEEDED, .help = "Its password." },
	{ .name = "from", .type = SETTING_STRING, .at = AT(from), .min = 1, .max = 20,
	  .flags = SETTING_RELOAD | SETTING_NEEDED, .help = "Sender: short code or number citizens can answer to." },
	{ .name = "keyword", .type = SETTING_STRING, .at = AT(keyword), .deflt = "", .max = 16, .flags = SETTING_RELOAD,
	  .help = "Word in front of answers, when the number is shared." },
	{ .name = "hook_url", .type = SETTING_STRING, .at = AT(hook_url), .min = 1, .max = 256,
	  .flags = SETTING_RELOAD | SETTING_NEEDED,
	  .help = "Where Kannel reaches this channel at our public door: http://127.0.0.1:8480/hook/NAME." },
	{ .name = "hook_token_file", .type = SETTING_SECRET, .at = AT(hook_token), .min = 16, .max = 128,
	  .flags = SETTING_RELOAD | SETTING_NEEDED, .help = "Secret in the addresses Kannel calls; letters and digits." },
	{ .name = "dlr", .type = SETTING_BOOL, .at = AT(dlr), .deflt = "true", .flags = SETTING_RELOAD,
	  .help = "Ask for delivery receipts." },
	SETTING_END,
};

/* ---- sending ---- */

static void
parameter(struct sbuf *url, const char *name, struct sv value)
{
	sbuf_addc(url, memchr(url->p ? url->p : "", '?', url->n) ? '&' : '?');
	sbuf_adds(url, name);
	sbuf_addc(url, '=');
	sbuf_addurl(url, value);
}

/* Kannel fills in %d, %A and %F; they must come through the encoding of the whole address as themselves. */
static void
add_dlr(const struct kannel_conf *k, const struct outmsg *m, struct sbuf *url)
{
	AUTO_SBUF back;

	sbuf_init(&back, TEXT_MAX);
	sbuf_adds(&back, k->hook_url);
	sbuf_adds(&back, "/dlr");
	parameter(&back, "token", sv_of(k->hook_token));
	parameter(&back, "ref", sv_of(m->ref));
	sbuf_adds(&back, "&d=%d&a=%A&f=%F");
	parameter(url, "dlr-mask", SV(DLR_ALL));
	parameter(url, "dlr-url", sbuf_sv(&back));
}

static void
add_account(const struct kannel_conf *k, struct sbuf *url)
{
	sbuf_adds(url, k->url);
	parameter(url, "username", sv_of(k->username));
	parameter(url, "password", sv_of(k->password));
	parameter(url, "from", sv_of(k->from));
}

static enum err
build(const void *conf, const struct outmsg *m, struct dialect_request *out)
{
	const struct kannel_conf *k = conf;

	if (!m->text.n || m->text.n > TEXT_MAX)
		return ERR_TOOBIG;
	add_account(k, &out->url);
	parameter(&out->url, "to", sv_of(m->to));
	/* coding 2 alone would be taken as UTF-16 bytes; without it letters outside GSM become '?'. */
	parameter(&out->url, "charset", SV("UTF-8"));
	parameter(&out->url, "coding", m->ucs2 ? SV("2") : SV("0"));
	parameter(&out->url, "text", m->text);
	if (k->dlr)
		add_dlr(k, m, &out->url);
	return ERR_OK;
}

/* The first row that fits. Words where somebody else's 503 or 403 would mean something else. */
static const struct { int status; const char *words; enum send_end end; } answers[] = {
	{ 202, "0: ", SEND_ACCEPTED },
	{ 202, "3: ", SEND_ACCEPTED },           /* no link is up: bearerbox has it on disk */
	{ 400, "", SEND_REJECTED },
	{ 403, "Not routable", SEND_REJECTED },  /* this number, not our account */
	{ 403, "", SEND_DENIED },
	{ 404, "", SEND_DENIED },                /* sendsms is somewhere else: nothing goes until the settings are mended */
	{ 503, "Temporal failure", SEND_NOT_SENT },
};

static void
answer(const void *conf, const struct dialect_response *r, struct send_result *out)
{
	int n = (int)(r->body.n < sizeof out->detail ? r->body.n : sizeof out->detail);

	(void)conf;
	out->end = SEND_UNKNOWN;
	snprintf(out->detail, sizeof out->detail, "%d %.*s", r->status, n, r->body.n ? r->body.p : "");
	for (size_t i = 0; i < ARRAY_N(answers); i++)
		if (answers[i].status == r->status && sv_starts(r->body, sv_of(answers[i].words))) {
			out->end = answers[i].end;
			return;
		}
}

/* A message to nobody: refused for that, after the account was looked at. */
static enum err
probe(const void *conf, struct dialect_request *out)
{
	add_account(conf, &out->url);
	return ERR_OK;
}

static bool
probed(const void *conf, const struct dialect_response *r)
{
	(void)conf;
	return r->status == 400 && sv_starts(r->body, SV("Missing receiver"));
}

/* ---- what Kannel tells us ---- */

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The decoded bytes of a parameter, NULs too: a text may come as UTF-16. False: absent, malformed or too long. */
static bool
bytes_of(struct sv query, const char *name, struct sbuf *out)
{
	while (query.p) {
		struct sv value = sv_cut(&query, '&');

		if (!sv_is(sv_cut(&value, '='), name) || !value.p)
			continue;
		for (size_t i = 0; i < value.n; i++) {
			int hi, lo;

			if (value.p[i] != '%') {
				sbuf_addc(out, value.p[i] == '+' ? ' ' : value.p[i]);
				continue;
			}
			hi = i + 2 < value.n ? hex(value.p[i + 1]) : -1;
			lo = i + 2 < value.n ? hex(value.p[i + 2]) : -1;
			if (hi < 0 || lo < 0)
				return false;
			sbuf_addc(out, (char)(hi * 16 + lo));
			i += 2;
		}
		return !out->failed;
	}
	return false;
}

static void
add_character(struct sbuf *out, uint32_t c)
{
	utf8proc_uint8_t b[4];

	if (!c || !utf8proc_codepoint_valid((utf8proc_int32_t)c))
		c = 0xfffd;
	sbuf_add(out, b, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, b));
}

static void
from_utf16(struct sv s, struct sbuf *out)
{
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		uint32_t u = (uint32_t)(unsigned char)s.p[i] << 8 | (unsigned char)s.p[i + 1], low;

		if (u >= 0xd800 && u < 0xdc00 && i + 3 < s.n) {
			low = (uint32_t)(unsigned char)s.p[i + 2] << 8 | (unsigned char)s.p[i + 3];
			if (low >= 0xdc00 && low < 0xe000) {
				u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		add_character(out, u);
	}
}

/* Broken bytes become U+FFFD: a citizen's message is never thrown away for its spelling. */
static void
from_utf8(struct sv s, struct sbuf *out)
{
	while (s.n) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &c);

		add_character(out, n > 0 ? (uint32_t)c : 0xfffd);
		n = n > 0 ? n : 1;
		s.p += n;
		s.n -= (size_t)n;
	}
}

static void
from_latin1(struct sv s, struct sbuf *out)
{
	for (size_t i = 0; i < s.n; i++)
		add_character(out, (unsigned char)s.p[i]);
}

static void
to_utf8(struct sv charset, struct sv raw, struct sbuf *out)
{
	if (sv_is_nocase(charset, "UTF-16BE") || sv_is_nocase(charset, "UCS-2") || sv_is_nocase(charset, "UTF-16"))
		from_utf16(raw, out);
	else if (sv_is_nocase(charset, "ISO-8859-1") || sv_is_nocase(charset, "WINDOWS-1252"))
		from_latin1(raw, out);
	else
		from_utf8(raw, out);
}

/* What get-url carries as text=%b, post-url carries as the body: a long text in percent signs outgrows an address. */
static void
words_of(const struct dialect_push *p, struct sbuf *out)
{
	struct sv body = p->body;

	body.n = body.n < out->max ? body.n : out->max;
	if (p->post)
		sbuf_addsv(out, body);
	else
		(void)bytes_of(p->query, "text", out);
}

static enum hook_verdict
on_mo(const struct dialect_push *p, dialect_event_fn *event, void *arg)
{
	AUTO_SBUF from, to, raw, text, charset, id;
	struct inbound ev = { .kind = INBOUND_MO };

	sbuf_init(&from, 64);
	sbuf_init(&to, 64);
	sbuf_init(&raw, RAW_MAX);
	sbuf_init(&text, 2 * RAW_MAX);           /* two bytes of Latin-1 or UTF-16 become up to three */
	sbuf_init(&charset, 32);
	sbuf_init(&id, 128);
	if (!bytes_of(p->query, "from", &from) || !from.n)
		return HOOK_BAD;
	(void)bytes_of(p->query, "to", &to);
	(void)bytes_of(p->query, "cs", &charset);
	(void)bytes_of(p->query, "id", &id);
	words_of(p, &raw);
	to_utf8(sbuf_sv(&charset), sbuf_sv(&raw), &text);
	ev.id = sbuf_sv(&id);
	ev.from = sbuf_sv(&from);
	ev.to = sbuf_sv(&to);
	ev.text = sbuf_sv(&text);
	event(arg, &ev);
	return HOOK_OK;
}

/* Other bits exist (0x20 expired, 0x40 unknown) and may come together: tested one by one, the final ones first. */
static const struct { unsigned bit; enum dlr_state state; } receipts[] = {
	{ 1, DLR_DELIVERED }, { 2, DLR_FAILED }, { 16, DLR_REFUSED }, { 0x20, DLR_FAILED }, { 8, DLR_SENT }, { 4, DLR_BUFFERED },
};

static enum hook_verdict
on_dlr(struct sv query, dialect_event_fn *event, void *arg)
{
	AUTO_SBUF ref, mask, detail, id;
	struct inbound ev = { .kind = INBOUND_DLR };
	int64_t bits;

	sbuf_init(&ref, 64);
	sbuf_init(&mask, 16);
	sbuf_init(&detail, TEXT_MAX);
	sbuf_init(&id, 128);
	if (!bytes_of(query, "ref", &ref) || !bytes_of(query, "d", &mask) || num_parse(sbuf_sv(&mask), 0, 255, &bits))
		return HOOK_BAD;
	(void)bytes_of(query, "f", &id);
	/* A NACK names a code; a receipt's own text may hold the citizen's words and number, and is left out. */
	if (bytes_of(query, "a", &detail) && sv_starts(sbuf_sv(&detail), SV("NACK/")))
		ev.detail = sbuf_sv(&detail);
	ev.ref = sbuf_sv(&ref);
	ev.provider_id = sbuf_sv(&id);
	for (size_t i = 0; i < ARRAY_N(receipts); i++)
		if ((unsigned)bits & receipts[i].bit) {
			ev.dlr = receipts[i].state;
			event(arg, &ev);
			return HOOK_OK;
		}
	return HOOK_IGNORE;
}

/* Same content? Takes the same time wherever the first difference is. */
static bool
is_token(const struct kannel_conf *k, struct sv query)
{
	AUTO_SBUF given;
	size_t n = strlen(k->hook_token);
	unsigned diff;

	sbuf_init(&given, 256);
	if (!bytes_of(query, "token", &given))
		return false;
	diff = (unsigned)(given.n ^ n);
	for (size_t i = 0; i < given.n && n; i++)
		diff |= (unsigned)((unsigned char)given.p[i] ^ (unsigned char)k->hook_token[i % n]);
	return diff == 0;
}

static enum hook_verdict
hook(const void *conf, const struct dialect_push *p, dialect_event_fn *event, void *arg, struct dialect_ack *ack)
{
	enum hook_verdict v = HOOK_BAD;

	ack->status = 200;                           /* the only word Kannel takes for yes, also for what we throw away */
	ack->type = "text/plain";
	if (!is_token(conf, p->query))
		return HOOK_FORGED;
	if (sv_is(p->tail, "mo"))
		v = on_mo(p, event, arg);
	else if (sv_is(p->tail, "dlr"))
		v = on_dlr(p->query, event, arg);
	return v;
}

const struct http_dialect kannel_dialect = {
	.name = "kannel", .keys = kannel_keys, .conf_size = sizeof(struct kannel_conf), .build = build, .answer = answer,
	.hook = hook, .probe = probe, .probed = probed, .keyed = false,
};
