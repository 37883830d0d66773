/* One settings value: what is the same for all types. */
#include "app/conf_value.h"

#include "app/conf_types.h"
#include "base/mem.h"

static void *
field_of(const struct setting *s, void *base)
{
	return (char *)base + s->at;
}

static const void *
field_in(const struct setting *s, const void *base)
{
	return (const char *)base + s->at;
}

/* "a,b" -> values; nothing for "". text is cut up. */
static size_t
cut_default(char *text, char **values, size_t max)
{
	size_t n = 0;

	for (char *comma; *text && n < max; text = comma + 1) {
		values[n++] = text;
		comma = strchr(text, ',');
		if (!comma)
			break;
		*comma = '\0';
	}
	return n;
}

static enum err
set_default(const struct setting *s, void *base, const char *dir, struct diag *why)
{
	AUTO_FREE char *text = NULL;
	char *values[32];
	struct conf_given g = { .values = values, .n = 1, .dir = dir };

	if (!s->deflt) {
		diag_set(why, 0, "%s is missing", s->name);
		return ERR_MISSING;
	}
	text = mem_strdup(s->deflt);
	values[0] = text;
	if (conf_types[s->type].list)
		g.n = cut_default(text, values, ARRAY_N(values));
	return conf_types[s->type].set(s, &g, field_of(s, base), why);
}

enum err
value_set(const struct setting *s, void *base, const struct conf_item *item, const char *dir, struct diag *why)
{
	const struct conf_type *t = &conf_types[s->type];
	struct conf_given g;

	if (!item)
		return set_default(s, base, dir, why);
	if (item->list && !t->list) {
		diag_set(why, 0, "%s takes one value, not a list", s->name);
		return ERR_SYNTAX;
	}
	if (!item->list && t->list) {
		diag_set(why, 0, "%s takes a list: %s = {\"...\"}", s->name, s->name);
		return ERR_SYNTAX;
	}
	g = (struct conf_given){ item->values, item->n, dir };
	return t->set(s, &g, field_of(s, base), why);
}

void
value_done(const struct setting *s, void *base)
{
	if (conf_types[s->type].done)
		conf_types[s->type].done(field_of(s, base));
}

static void
add_quoted(struct sbuf *out, struct sv text)
{
	sbuf_addc(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		bool variable = text.p[i] == '$' && i + 1 < text.n && text.p[i + 1] == '{';

		if (text.p[i] == '"' || text.p[i] == '\\' || variable)
			sbuf_addc(out, '\\');
		sbuf_addc(out, text.p[i]);
	}
	sbuf_addc(out, '"');
}

/* JSON differs in the brackets and knows no escape before '$'. */
static void
add_json_text(struct sbuf *out, struct sv text)
{
	sbuf_addc(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			sbuf_addc(out, '\\');
		sbuf_addc(out, text.p[i]);           /* control characters were refused when it was read */
	}
	sbuf_addc(out, '"');
}

typedef void quote_fn(struct sbuf *out, struct sv text);

static void
add_value(const struct setting *s, const void *base, quote_fn *quote, const char *brackets, struct sbuf *out)
{
	const struct conf_type *t = &conf_types[s->type];
	const struct setting_list *l = field_in(s, base);
	AUTO_SBUF text;

	if (t->list) {
		sbuf_addc(out, brackets[0]);
		for (size_t i = 0; i < l->n; i++) {
			sbuf_adds(out, i ? ", " : "");
			quote(out, sv_of(l->at[i]));
		}
		sbuf_addc(out, brackets[1]);
		return;
	}
	sbuf_init(&text, 8192);
	t->print(s, field_in(s, base), &text);
	if (t->bare)
		sbuf_addsv(out, sbuf_sv(&text));
	else
		quote(out, sbuf_sv(&text));
}

void
value_print(const struct setting *s, const void *base, struct sbuf *out)
{
	add_value(s, base, add_quoted, "{}", out);
}

void
value_print_json(const struct setting *s, const void *base, struct sbuf *out)
{
	add_value(s, base, add_json_text, "[]", out);
}

void
value_print_default(const struct setting *s, struct sbuf *out)
{
	struct sv rest = sv_of(s->deflt);

	if (conf_types[s->type].bare && s->deflt) {
		sbuf_adds(out, s->deflt);
	} else if (!conf_types[s->type].list) {
		add_quoted(out, rest);
	} else {
		sbuf_addc(out, '{');
		for (bool first = true; rest.n; first = false) {
			sbuf_adds(out, first ? "" : ", ");
			add_quoted(out, sv_cut(&rest, ','));
		}
		sbuf_addc(out, '}');
	}
}

bool
value_equal(const struct setting *s, const void *a, const void *b)
{
	AUTO_SBUF left, right;

	if (s->type == SETTING_SECRET)
		return strcmp(*(char *const *)field_in(s, a), *(char *const *)field_in(s, b)) == 0;
	sbuf_init(&left, 1 << 20);
	sbuf_init(&right, 1 << 20);
	value_print(s, a, &left);
	value_print(s, b, &right);
	return sv_eq(sbuf_sv(&left), sbuf_sv(&right));
}
