/* The tokens file: whole or refused; only the tokens in it open a door. */
#include "app/conf.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n);
	struct conf_faults faults = { 0 };
	struct tokens *t = NULL;
	struct diag why = { .text = "" };
	char clear[TOKEN_CHARS + 1];
	unsigned scopes = 0, all = 1 | 2 | 4 | 8 | 16;
	AUTO_SBUF file;

	if (!token_scopes_parse(in, &scopes, &why))
		must(scopes && !(scopes & ~all));
	else
		must(why.text[0]);
	if (tokens_parse(in, "tokens", &t, &faults)) {
		must(faults.n > 0 && !t);
		conf_faults_done(&faults);
		return 0;
	}
	must(!faults.n && tokens_n(t) <= TOKENS_MAX);
	must(!tokens_find(t, SV("hl_guessed"), &scopes));
	tokens_free(t);
	/* One more line makes one more holder. */
	sbuf_init(&file, n + 4096);
	sbuf_addsv(&file, in);
	sbuf_addc(&file, '\n');
	token_make(SV("fuzz@added"), TOKEN_CASES, clear, &file);
	if (!tokens_parse(sbuf_sv(&file), "tokens", &t, &faults)) {
		must(sv_is(sv_of(tokens_find(t, sv_of(clear), &scopes)), "fuzz@added") && scopes == TOKEN_CASES);
		tokens_free(t);
	}
	conf_faults_done(&faults);
	return 0;
}
