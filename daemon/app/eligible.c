/* Reasons outside the records for not asking; see the header. */
#include "app/eligible.h"

#include <string.h>

enum not_asked
eligible_phone(const char *written, struct phone *phone)
{
	if (!*written)
		return NOT_ASKED_NO_PHONE;
	switch (phone_parse(sv_of(written), phone, NULL)) {
	case PHONE_MOBILE:   return NOT_ASKED_NONE;
	case PHONE_LANDLINE: return NOT_ASKED_LANDLINE;
	case PHONE_FOREIGN:  return NOT_ASKED_FOREIGN;
	default:             return NOT_ASKED_BAD_PHONE;
	}
}

static bool
listed(const struct setting_list *l, const char *what)
{
	for (size_t i = 0; *what && i < l->n; i++)
		if (!strcmp(l->at[i], what))
			return true;
	return false;
}

static bool
is_excluded(const struct conf *conf, const struct closed_case *k)
{
	bool excluded = listed(&conf->survey.exclude_procedures, k->procedure);

	for (int i = 0; i < CASE_PARTS; i++)
		excluded = excluded || listed(&conf->survey.exclude_units, k->units[i]);
	return excluded;
}

enum not_asked
eligible_veto(const struct setup *s, const char *citizen, const struct closed_case *k)
{
	const struct conf *conf = s->conf;

	if (setup_has_name(&s->staff, citizen))
		return NOT_ASKED_STAFF_NUMBER;
	if (is_excluded(conf, k))
		return NOT_ASKED_EXCLUDED;
	if (conf->mode == CONF_TRIAL && s->sandbox < 0 && !setup_has_name(&s->trial, citizen))
		return NOT_ASKED_TRIAL;
	return conf->route.n_order ? NOT_ASKED_NONE : NOT_ASKED_NO_CHANNEL;
}
