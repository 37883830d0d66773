/* Short ids and references that people, providers and clients send: canonical, or refused. */
#include <stdio.h>

#include "app/conf_redis.h"
#include "core/survey.h"
#include "fuzz.h"
#include "text/shortid.h"

static void
on_shortid(struct sv in)
{
	char *out = mem_alloc(in.n + 1), *again = mem_alloc(in.n + 1);

	if (!shortid_parse(in, out)) {
		must(in.n >= 3 && in.n <= 13 && strlen(out) == in.n);
		must(!shortid_parse(sv_of(out), again) && !strcmp(out, again));
		for (size_t i = 0; out[i]; i++)
			must(shortid_value(out[i]) >= 0);
	}
	mem_free(out);
	mem_free(again);
}

static void
on_ref(struct sv in)
{
	char id[SURVEY_ID + 1], again[SURVEY_ID + 1], text[MESSAGE_REF_MAX + 1];
	int ordinal, n, partition;
	static struct survey s;

	if (message_ref_parse(in, id, &ordinal))
		return;
	must(ordinal >= 0 && ordinal < SURVEY_MESSAGES);
	must(!survey_id_parse(sv_of(id), again, &partition) && !strcmp(id, again));
	must(partition >= 0 && partition < 32);
	memcpy(s.id, id, sizeof id);
	message_ref(&s, ordinal, text);
	must(!message_ref_parse(sv_of(text), again, &n) && n == ordinal && !strcmp(id, again));
}

static void
on_url(struct sv in)
{
	struct conf_redis r = { .url = mem_dup(in.p, in.n) };
	struct diag why = { .text = "" };

	if (conf_redis_url(&r, "/etc/hailong", &why))
		must(why.text[0]);
	else
		must((r.socket[0] == '/') != (r.host[0] != '\0') && r.db >= 0 && (!*r.host || (r.port > 0 && r.port < 65536)));
	mem_free(r.url);
	mem_free(r.user);
	mem_free(r.host);
	mem_free(r.socket);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	on_shortid(fuzz_in(data, n));
	on_ref(fuzz_in(data, n));
	on_url(fuzz_in(data, n));
	return 0;
}
