/* Vietnamese numbers; see the header. Tables: operators' prefixes and the change of 15 September 2018. */
#include "core/phone.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

static const char *const kind_names[] = {
#define X(code, text) [PHONE_##code] = text,
	PHONE_KIND_LIST(X)
#undef X
};

/* National number without the zero begins with ... Longer prefixes first. */
static const struct { const char *prefix, *carrier; } prefixes[] = {
	{ "993", "gmobile" }, { "994", "gmobile" }, { "995", "gmobile" }, { "996", "gmobile" }, { "997", "gmobile" },
	{ "998", "itel" }, { "999", "itel" },
	{ "32", "viettel" }, { "33", "viettel" }, { "34", "viettel" }, { "35", "viettel" }, { "36", "viettel" },
	{ "37", "viettel" }, { "38", "viettel" }, { "39", "viettel" }, { "86", "viettel" }, { "96", "viettel" },
	{ "97", "viettel" }, { "98", "viettel" },
	{ "70", "mobifone" }, { "76", "mobifone" }, { "77", "mobifone" }, { "78", "mobifone" }, { "79", "mobifone" },
	{ "89", "mobifone" }, { "90", "mobifone" }, { "93", "mobifone" },
	{ "81", "vinaphone" }, { "82", "vinaphone" }, { "83", "vinaphone" }, { "84", "vinaphone" }, { "85", "vinaphone" },
	{ "88", "vinaphone" }, { "91", "vinaphone" }, { "94", "vinaphone" },
	{ "52", "vietnamobile" }, { "56", "vietnamobile" }, { "58", "vietnamobile" }, { "92", "vietnamobile" },
	{ "59", "gmobile" }, { "99", "gmobile" }, { "87", "itel" }, { "55", "wintel" },
};

static const struct { const char *old, *now; } moved[] = {
	{ "162", "32" }, { "163", "33" }, { "164", "34" }, { "165", "35" }, { "166", "36" }, { "167", "37" },
	{ "168", "38" }, { "169", "39" }, { "120", "70" }, { "121", "79" }, { "122", "77" }, { "126", "76" },
	{ "128", "78" }, { "123", "83" }, { "124", "84" }, { "125", "85" }, { "127", "81" }, { "129", "82" },
	{ "186", "56" }, { "188", "58" }, { "199", "59" },
};

#define NSN       9                      /* digits of a mobile number without zero or country code */
#define DIGITS_MAX 15                    /* E.164 */
#define FULL_WIDTH 0xfee0                /* a full-width letter stands this far behind its ASCII one */

static bool
begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static const char *
carrier_of(const char *nsn)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (begins(nsn, prefixes[i].prefix))
			return prefixes[i].carrier;
	return NULL;
}

/* What people, spreadsheets and address books put between digits, invisible marks among them. */
static const struct { int32_t from, to; } separators[] = {
	{ ' ', ' ' }, { '(', ')' }, { '-', '.' }, { 0xa0, 0xa0 }, { 0x2007, 0x2015 }, { 0x202a, 0x202f }, { 0x2060, 0x2060 },
	{ 0x3000, 0x3000 }, { 0xfeff, 0xfeff },
};

static bool
is_separator(int32_t c)
{
	for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
		if (c >= separators[i].from && c <= separators[i].to)
			return true;
	return false;
}

/* Digits of the text without separators. False: something else is in it, or too much, or nothing. */
static bool
clean(struct sv text, char *digits, size_t *n, bool *plus)
{
	text = sv_trim(text);
	*n = 0;
	*plus = false;
	while (text.n) {
		int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, &c);

		if (len <= 0)
			return false;
		text.p += len;
		text.n -= (size_t)len;
		if (c >= FULL_WIDTH + '!' && c <= FULL_WIDTH + '~')
			c -= FULL_WIDTH;
		if (c >= '0' && c <= '9' && *n < DIGITS_MAX + 2)
			digits[(*n)++] = (char)c;
		else if (c == '+' && !*plus && !*n)
			*plus = true;
		else if (!is_separator(c))
			return false;
	}
	digits[*n] = '\0';
	return *n > 0;
}

static enum phone_kind
refuse(enum phone_kind k, const char *text, const char **why)
{
	if (why)
		*why = text;
	return k;
}

static enum phone_kind
mobile(const char *nsn, struct phone *out, const char **why)
{
	if (!carrier_of(nsn))
		return refuse(PHONE_BAD, "no operator has this prefix", why);
	memcpy(out->e164, "84", 2);
	memcpy(out->e164 + 2, nsn, NSN + 1);
	return PHONE_MOBILE;
}

/* An old number: 1 and nine more digits. */
static enum phone_kind
old_mobile(const char *d, struct phone *out, const char **why)
{
	char nsn[NSN + 1];

	for (size_t i = 0; i < sizeof moved / sizeof *moved; i++)
		if (begins(d, moved[i].old)) {
			memcpy(nsn, moved[i].now, 2);
			memcpy(nsn + 2, d + 3, 8);
			return mobile(nsn, out, why);
		}
	return refuse(PHONE_BAD, "an old number that was never given out", why);
}

static bool
is_service(const char *d)
{
	return begins(d, "1800") || begins(d, "1900");
}

static enum phone_kind
by_length(const char *d, size_t n, bool plus, struct phone *out, const char **why)
{
	if (n == 10 && d[0] == '0' && d[1] != '2')
		return mobile(d + 1, out, why);
	if (n == 11 && begins(d, "84") && d[2] != '2')
		return mobile(d + 2, out, why);
	if (n == NSN && d[0] != '2' && d[0] != '0' && !is_service(d))
		return mobile(d, out, why);
	if (n == 11 && begins(d, "01"))
		return old_mobile(d + 1, out, why);
	if (n == 10 && d[0] == '1' && !is_service(d))
		return old_mobile(d, out, why);
	if (n == 12 && begins(d, "841"))
		return old_mobile(d + 2, out, why);
	if (n == 13 && begins(d, "8401"))
		return old_mobile(d + 3, out, why);
	if (n == 12 && begins(d, "840") && d[3] != '2')
		return mobile(d + 3, out, why);
	if ((n == 10 && d[0] == '2') || (n >= 10 && n <= 11 && begins(d, "02"))
	    || (n >= 11 && n <= 13 && (begins(d, "842") || begins(d, "8402"))))
		return refuse(PHONE_LANDLINE, "a fixed line cannot receive texts", why);
	if (!plus && d[0] != '0' && ((n >= 3 && n <= 8) || (n <= 10 && is_service(d))))
		return refuse(PHONE_SERVICE, "a service number", why);
	return refuse(PHONE_BAD, "not a Vietnamese mobile number", why);
}

enum phone_kind
phone_parse(struct sv text, struct phone *out, const char **why)
{
	char digits[DIGITS_MAX + 3], *d = digits;
	bool plus;
	size_t n;

	if (!clean(text, digits, &n, &plus))
		return refuse(PHONE_BAD, sv_trim(text).n ? "not a number" : "empty", why);
	if (!plus && begins(d, "00")) {
		plus = true;
		d += 2;
		n -= 2;
	}
	if (plus && !begins(d, "84") && n >= 7 && d[0] != '0')
		return refuse(PHONE_FOREIGN, "a number of another country", why);
	return by_length(d, n, plus, out, why);
}

const char *
phone_kind_name(enum phone_kind k)
{
	return (unsigned)k < PHONE_KIND_MAX ? kind_names[k] : "";
}

const char *
phone_carrier(const struct phone *p)
{
	const char *c = strlen(p->e164) == NSN + 2 ? carrier_of(p->e164 + 2) : NULL;

	return c ? c : "";
}

void
phone_mask(const struct phone *p, char *out)
{
	size_t n = strlen(p->e164);

	if (n < 8) {
		memcpy(out, "***", 4);
		return;
	}
	memcpy(out, p->e164, 5);
	memcpy(out + 5, "***", 3);
	memcpy(out + 8, p->e164 + n - 3, 4);
}
