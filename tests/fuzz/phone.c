/* Numbers: one of five kinds; a mobile number is eleven digits and stays itself in every spelling of it. */
#include <stdio.h>

#include "core/phone.h"
#include "fuzz.h"

static void
same(const struct phone *p, const char *spelling)
{
	struct phone again;

	must(phone_parse(sv_of(spelling), &again, NULL) == PHONE_MOBILE && !strcmp(again.e164, p->e164));
}

static void
check_mobile(const struct phone *p)
{
	char text[32], mask[16];

	must(strlen(p->e164) == 11 && sv_starts(sv_of(p->e164), SV("84")) && strspn(p->e164, "0123456789") == 11);
	must(phone_carrier(p)[0]);
	phone_mask(p, mask);
	must(!strstr(mask, p->e164 + 5));
	same(p, p->e164);
	snprintf(text, sizeof text, "+%s", p->e164);
	same(p, text);
	snprintf(text, sizeof text, " 0%.2s.%.3s-%s ", p->e164 + 2, p->e164 + 4, p->e164 + 7);
	same(p, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct phone p = { "" };
	const char *why = NULL;
	enum phone_kind k = phone_parse(fuzz_in(data, n), &p, &why);

	must(k >= 0 && k < PHONE_KIND_MAX && phone_kind_name(k)[0]);
	if (k == PHONE_MOBILE)
		check_mobile(&p);
	else
		must(!p.e164[0] && why);
	return 0;
}
