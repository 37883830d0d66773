/* The head of a request: refused, not whole yet, or of one meaning for every reader. */
#include <strings.h>

#include "fuzz.h"
#include "io/http_gate.h"

static const struct gate_rules rules = { .head_max = 2048, .body_max = 4096 };

static bool
is_answer(int status)
{
	static const int known[] = { -1, 0, 400, 405, 411, 413, 415, 417, 431, 501, 505 };

	for (size_t i = 0; i < ARRAY_N(known); i++)
		if (known[i] == status)
			return true;
	return false;
}

/* A reader of its own: what a smuggler needs must not be in a head that was taken. */
static void
check_plain(struct sv head)
{
	int lengths = 0, hosts = 0;
	struct sv line;

	must(!memchr(head.p, '\0', head.n));
	must(sv_starts(head, SV("GET /")) || sv_starts(head, SV("POST /")));
	while (head.n) {
		line = sv_cut(&head, '\n');
		must(line.n && line.p[line.n - 1] == '\r' && memchr(line.p, '\r', line.n) == line.p + line.n - 1);
		must(line.p[0] != ' ' && line.p[0] != '\t');
		must(line.n < 18 || strncasecmp(line.p, "transfer-encoding:", 18));
		lengths += line.n >= 15 && !strncasecmp(line.p, "content-length:", 15);
		hosts += line.n >= 5 && !strncasecmp(line.p, "host:", 5);
	}
	must(lengths <= 1 && hosts <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n);
	struct gate_head h, again;
	int status = gate_read(in, &rules, &h);

	must(is_answer(status));
	if (status)
		return 0;
	must(h.length <= n && h.length <= rules.head_max && h.body <= rules.body_max);
	check_plain((struct sv){ in.p, h.length });
	/* In pieces, and with something behind it, it means the same. */
	for (size_t cut = 0; cut < h.length; cut += 1 + h.length / 16)
		must(gate_read((struct sv){ in.p, cut }, &rules, &again) == -1);
	must(gate_read((struct sv){ in.p, h.length - 1 }, &rules, &again) == -1);
	must(gate_read((struct sv){ in.p, h.length }, &rules, &again) == 0 && again.length == h.length
	     && again.body == h.body && again.keep_alive == h.keep_alive && again.asks_first == h.asks_first);
	return 0;
}
