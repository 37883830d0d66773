/* Key files, and sealed texts from a store that may hold anything. */
#include "fuzz.h"
#include "io/keyring.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void
check_seal(const struct keyring *k, struct sv text)
{
	AUTO_SBUF sealed, clear;

	sbuf_init(&sealed, 2 * text.n + 256);
	sbuf_init(&clear, text.n + 1);
	keyring_seal(k, SV("place"), text, &sealed);
	must(!sealed.failed && !keyring_open(k, SV("place"), sbuf_sv(&sealed), &clear) && sv_eq(text, sbuf_sv(&clear)));
	sbuf_reset(&clear);
	must(keyring_open(k, SV("elsewhere"), sbuf_sv(&sealed), &clear) == ERR_CORRUPT && !clear.n);
	sealed.p[sealed.n / 2] ^= 1;
	must(keyring_open(k, SV("place"), sbuf_sv(&sealed), &clear) && !clear.n);
}

static void
check_file(struct sv in)
{
	struct keyring *k = NULL;
	struct diag why = { .text = "" };
	AUTO_SBUF more;

	if (keyring_parse(in, &k, &why)) {
		must(why.text[0] && !k);
		return;
	}
	check_seal(k, in);
	keyring_free(k);
	sbuf_init(&more, in.n + 4096);
	if (!keyring_make(in, &more, &why)) {
		must(!keyring_parse(sbuf_sv(&more), &k, &why));
		keyring_free(k);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct keyring *ours;
	struct sv in = fuzz_in(data, n);
	struct diag why;
	AUTO_SBUF clear;

	if (!ours)
		must(!keyring_parse(SV("index 1 " KEY "\nseal 1 " KEY "\n"), &ours, &why));
	sbuf_init(&clear, n + 1);
	if (keyring_open(ours, SV("place"), in, &clear))
		must(!clear.n);
	check_file(in);
	return 0;
}
