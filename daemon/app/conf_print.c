/* The settings on paper: the commented sample, the values in use, and what a reload would change. */
#include "app/conf_tables.h"
#include "app/conf_value.h"
#include "base/mem.h"
#include "channel/channels.h"

#define SAMPLE_DRIVER "sandbox"          /* a sample that was only copied must not write to anybody */
#define WIDTH         110
#define VALUE_MAX_LEN (1 << 20)

/* ---- sample ---- */

/* One comment, broken between words. */
static void
print_comment(FILE *to, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column && column + 1 + n > WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		if (column == 0)
			column = (size_t)fprintf(to, "%s#", indent);
		column += (size_t)fprintf(to, " %.*s", (int)n, text);
		text += n + strspn(text + n, " ");
	}
	fputc('\n', to);
}

static void
print_sample_key(FILE *to, const char *indent, const struct setting *k)
{
	AUTO_SBUF value;

	print_comment(to, indent, k->help);
	sbuf_init(&value, VALUE_MAX_LEN);
	if (k->deflt)
		value_print_default(k, &value);
	/* Without a default only a person knows; route.order is the one the sample can fill in. */
	if (k->deflt)
		fprintf(to, "%s%s = %s\n", indent, k->name, value.p);
	else if (k->type == SETTING_LIST)
		fprintf(to, "%s%s = {\"sms\"}\n", indent, k->name);
	else
		fprintf(to, "%s# %s =                # must be given\n", indent, k->name);
}

static void
print_sample_part(FILE *to, const struct conf_part *p)
{
	bool top = *p->name == '\0';

	if (!top) {
		fputc('\n', to);
		print_comment(to, "", p->help);
		fprintf(to, "%s {\n", p->name);
	}
	for (const struct setting *k = p->keys; k->name; k++)
		print_sample_key(to, top ? "" : "  ", k);
	if (!top)
		fputs("}\n", to);
}

static void
print_sample_channel(FILE *to, const char *driver, bool active)
{
	const char *out = active ? "" : "# ", *in = active ? "  " : "#   ";
	size_t size;
	const struct setting *keys = channel_keys(driver, &size);

	fprintf(to, "%schannel \"%s\" {\n%sdriver = \"%s\"\n", out, active ? "sms" : driver, in, driver);
	for (const struct setting *k = keys; k->name; k++) {
		AUTO_SBUF value;

		sbuf_init(&value, VALUE_MAX_LEN);
		if (k->deflt)
			value_print_default(k, &value);
		print_comment(to, in, k->help);
		if (k->deflt)
			fprintf(to, "%s%s = %s\n", in, k->name, value.p);
		else
			fprintf(to, "%s%s%s =                # must be given\n", in, active ? "# " : "", k->name);
	}
	fprintf(to, "%s}\n", out);
}

void
conf_sample(FILE *to)
{
	print_comment(to, "", "Settings of hailong, all of them, with their defaults. Made by: hailongctl settings --sample");
	print_comment(to, "", "Check with: hailongd --check -c FILE. Times: 90s 30m 2h 7d 12mo (a month is 30 days), 5wd = 5 working "
	                      "days. Secrets are never written here: a key named ..._file names the file that holds one.");
	fputc('\n', to);
	print_sample_part(to, &conf_parts[0]);
	for (size_t i = 1; i < CONF_PARTS - 1; i++)
		print_sample_part(to, &conf_parts[i]);
	fputc('\n', to);
	print_comment(to, "", "A way to reach people; as many as there are providers. This one sends nothing: its messages show on the "
	                      "console's sandbox phone. The other drivers follow; docs/CHANNELS.md explains them.");
	print_sample_channel(to, SAMPLE_DRIVER, true);
	for (const char *const *d = channel_drivers(); *d; d++)
		if (strcmp(*d, SAMPLE_DRIVER) != 0) {
			fputc('\n', to);
			print_sample_channel(to, *d, false);
		}
	print_sample_part(to, &conf_parts[CONF_PARTS - 1]);
}

/* ---- values in use ---- */

static void
print_keys(FILE *to, const char *indent, const struct setting *keys, const void *base)
{
	for (const struct setting *k = keys; k->name; k++) {
		AUTO_SBUF value;

		sbuf_init(&value, VALUE_MAX_LEN);
		value_print(k, base, &value);
		fprintf(to, "%s%s = %s\n", indent, k->name, sbuf_sv(&value).p);
	}
}

static void
print_text(const struct conf *c, FILE *to)
{
	print_keys(to, "", conf_parts[0].keys, c);
	for (size_t i = 1; i < CONF_PARTS; i++) {
		fprintf(to, "\n%s {\n", conf_parts[i].name);
		print_keys(to, "  ", conf_parts[i].keys, (const char *)c + conf_parts[i].at);
		fputs("}\n", to);
	}
	for (size_t i = 0; i < c->n_channels; i++) {
		const struct conf_channel *ch = &c->channels[i];

		fprintf(to, "\nchannel \"%s\" {\n  driver = \"%s\"\n", ch->name, ch->driver);
		print_keys(to, "  ", ch->keys, ch->conf);
		fputs("}\n", to);
	}
}

/* "key": value, with a comma in front unless it is the first. */
static void
print_json_keys(FILE *to, bool first, const struct setting *keys, const void *base)
{
	for (const struct setting *k = keys; k->name; k++, first = false) {
		AUTO_SBUF value;

		sbuf_init(&value, VALUE_MAX_LEN);
		value_print_json(k, base, &value);
		fprintf(to, "%s\"%s\": %s", first ? "" : ", ", k->name, sbuf_sv(&value).p);
	}
}

static void
print_json(const struct conf *c, FILE *to)
{
	fputc('{', to);
	print_json_keys(to, true, conf_parts[0].keys, c);
	for (size_t i = 1; i < CONF_PARTS; i++) {
		fprintf(to, ", \"%s\": {", conf_parts[i].name);
		print_json_keys(to, true, conf_parts[i].keys, (const char *)c + conf_parts[i].at);
		fputc('}', to);
	}
	fputs(", \"channel\": {", to);
	for (size_t i = 0; i < c->n_channels; i++) {
		const struct conf_channel *ch = &c->channels[i];

		fprintf(to, "%s\"%s\": {\"driver\": \"%s\"", i ? ", " : "", ch->name, ch->driver);
		print_json_keys(to, false, ch->keys, ch->conf);
		fputc('}', to);
	}
	fputs("}}\n", to);
}

void
conf_print(const struct conf *c, bool json, FILE *to)
{
	if (json)
		print_json(c, to);
	else
		print_text(c, to);
}

/* ---- reload ---- */

static const struct setting *
find_fixed_change(const struct setting *keys, const void *old, const void *now)
{
	for (; keys->name; keys++)
		if (!(keys->flags & SETTING_RELOAD) && !value_equal(keys, old, now))
			return keys;
	return NULL;
}

static enum err
refuse(struct diag *why, const char *section, const char *title, const char *key)
{
	diag_set(why, 0, "%s%s%s%s%s changed: that needs a restart", section, *title ? " " : "", title, *section ? ": " : "", key);
	return ERR_STATE;
}

static enum err
compare_channels(const struct conf *old, const struct conf *now, struct diag *why)
{
	if (old->n_channels != now->n_channels)
		return refuse(why, "channel", "", "the number of channels");
	for (size_t i = 0; i < old->n_channels; i++) {
		const struct conf_channel *a = &old->channels[i], *b = &now->channels[i];
		const struct setting *k;

		if (strcmp(a->name, b->name) != 0)
			return refuse(why, "channel", a->name, "the name");
		if (strcmp(a->driver, b->driver) != 0)
			return refuse(why, "channel", a->name, "driver");
		k = find_fixed_change(a->keys, a->conf, b->conf);
		if (k)
			return refuse(why, "channel", a->name, k->name);
	}
	return ERR_OK;
}

/* A new index key would give every citizen a second name. */
static bool
same_index_key(const struct conf *old, const struct conf *now)
{
	char a[65], b[65];

	keyring_name(old->keys, "reload", SV("probe"), 64, a);
	keyring_name(now->keys, "reload", SV("probe"), 64, b);
	return strcmp(a, b) == 0;
}

enum err
conf_reload_diff(const struct conf *old, const struct conf *now, struct diag *why)
{
	for (size_t i = 0; i < CONF_PARTS; i++) {
		const struct conf_part *p = &conf_parts[i];
		const struct setting *k = find_fixed_change(p->keys, (const char *)old + p->at, (const char *)now + p->at);

		if (k)
			return refuse(why, p->name, "", k->name);
	}
	if (!same_index_key(old, now)) {
		diag_set(why, 0, "keys_file: the index key changed; citizens would lose their names");
		return ERR_STATE;
	}
	return compare_channels(old, now, why);
}
