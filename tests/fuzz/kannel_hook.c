/* Kannel's pushes: forged, nothing in them, or one event whose text is UTF-8. */
#include "channel/kannel.h"
#include "fuzz.h"

static char token[] = "0123456789abcdef";
static const struct kannel_conf conf = { .hook_token = token };

static void
on_event(void *arg, const struct inbound *ev)
{
	int *events = arg;

	++*events;
	must(ev->kind == INBOUND_MO || ev->kind == INBOUND_DLR);
	if (ev->kind == INBOUND_MO) {
		must(ev->from.n > 0 && fuzz_is_utf8(ev->text));
		must(!ev->text.n || !memchr(ev->text.p, '\0', ev->text.n));
	} else {
		must(ev->dlr >= 0 && ev->dlr < DLR_MAX);
	}
}

static enum hook_verdict
push(struct sv tail, struct sv query, int *events)
{
	struct dialect_push p = { .tail = tail, .query = query, .authorization = "" };
	struct dialect_ack ack = { .status = 0 };
	enum hook_verdict v;

	sbuf_init(&ack.body, 256);
	v = kannel_dialect.hook(&conf, &p, on_event, events, &ack);
	must(ack.status == 200);
	sbuf_done(&ack.body);
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const tails[] = { "mo", "dlr", "", "mo/" };
	struct sv in = fuzz_in(data, n), tail = sv_of(tails[fuzz_pick(&in, ARRAY_N(tails))]);
	int events = 0;
	AUTO_SBUF query;

	/* As it comes it is nearly always forged; and then it is nothing to us. */
	if (push(tail, in, &events) == HOOK_FORGED)
		must(events == 0);
	sbuf_init(&query, n + 64);
	sbuf_addf(&query, "token=%s&", token);
	sbuf_addsv(&query, in);
	events = 0;
	must((push(tail, sbuf_sv(&query), &events) == HOOK_OK) == (events == 1));
	return 0;
}
