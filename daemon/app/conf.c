/*
 * Puts the settings together: syntax (conf_file), values (conf_value), what must fit together, and the
 * files the settings name. It goes on after a fault, so that one look shows all of them.
 */
#include "app/conf.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/conf_file.h"
#include "app/conf_redis.h"
#include "app/conf_tables.h"
#include "app/conf_value.h"
#include "app/file.h"
#include "app/texts.h"
#include "base/mem.h"
#include "base/num.h"
#include "channel/channels.h"

#define FILE_MAX     (1024 * 1024)
#define FAULTS_MAX   500
#define NAMES_MAX    256
#define KEYS_MAX     (64 * 1024)
#define DRIVER_KEY   "driver"

/* ---- faults ---- */

void
conf_fault_add(struct conf_faults *f, const char *file, int line, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (f->n == FAULTS_MAX) {
		f->cut = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if ((f->n & (f->n - 1)) == 0)            /* doubles at each power of two */
		f->at = mem_resize(f->at, (f->n ? 2 * f->n : 1) * sizeof *f->at);
	f->at[f->n++] = (struct conf_fault){ mem_strdup(file), line, mem_strdup(text) };
}

void
conf_faults_print(const struct conf_faults *f, FILE *to)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct conf_fault *one = &f->at[i];

		fprintf(to, "%s:%d: %s\n", one->file, one->line ? one->line : 1, one->text);
	}
	if (f->cut)
		fprintf(to, "and more; only the first %d are shown\n", FAULTS_MAX);
}

void
conf_faults_done(struct conf_faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		mem_free(f->at[i].file);
		mem_free(f->at[i].text);
	}
	mem_free(f->at);
	*f = (struct conf_faults){ 0 };
}

/* ---- one load ---- */

struct load {
	struct conf *c;
	struct conf_tree tree;
	struct conf_faults *faults;
	char *dir;
};

#define BAD(l, line, ...) conf_fault_add((l)->faults, (l)->c->file, line, __VA_ARGS__)

static const struct conf_section *
find_section(const struct load *l, const char *name)
{
	for (size_t i = 0; i < l->tree.n; i++)
		if (strcmp(l->tree.sections[i].name, name) == 0)
			return &l->tree.sections[i];
	return NULL;
}

/* Where a fault of this key belongs: its own line, else its section's, else the file. */
static int
line_of(const struct load *l, const char *section, const char *key)
{
	const struct conf_section *s = find_section(l, section);
	const struct conf_item *it = s ? conf_item(s, key) : NULL;

	return it ? it->line : s ? s->line : 1;
}

static bool
in_table(const struct setting *keys, const char *name)
{
	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name != NULL;
}

/* section NULL: not in the file, all defaults. */
static void
set_all(struct load *l, const struct setting *keys, void *base, const struct conf_section *section)
{
	static const struct conf_section nothing = { .line = 1 };
	const struct conf_section *s = section ? section : &nothing;

	for (const struct setting *k = keys; k->name; k++) {
		const struct conf_item *it = conf_item(s, k->name);
		struct diag why;

		if (value_set(k, base, it, l->dir, &why))
			BAD(l, it ? it->line : s->line, "%s%s%s", s->name ? s->name : "", s->name && *s->name ? ": " : "", why.text);
	}
}

static void
set_parts(struct load *l)
{
	for (size_t i = 0; i < CONF_PARTS; i++) {
		const struct conf_part *p = &conf_parts[i];

		set_all(l, p->keys, (char *)l->c + p->at, find_section(l, p->name));
	}
}

static void
check_sections(struct load *l)
{
	for (size_t i = 1; i < l->tree.n; i++)
		for (size_t j = 1; j < i; j++) {
			const struct conf_section *a = &l->tree.sections[j], *b = &l->tree.sections[i];

			if (strcmp(a->name, b->name) == 0 && strcmp(a->title, b->title) == 0)
				BAD(l, b->line, "%s%s%s is there twice, first in line %d", b->name, *b->title ? " " : "", b->title,
				    a->line);
		}
	for (size_t i = 0; i < l->tree.sections[0].n; i++) {
		const struct conf_item *it = &l->tree.sections[0].items[i];

		if (!in_table(conf_parts[0].keys, it->key))      /* the library's other spelling: section|key */
			BAD(l, it->line, "unknown key \"%s\"", it->key);
	}
}

/* ---- channels ---- */

static bool
plain_name(const char *name, size_t max)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n <= max && name[n] == '\0';
}

static void
list_drivers(struct sbuf *out)
{
	for (const char *const *d = channel_drivers(); *d; d++)
		sbuf_addf(out, "%s%s", out->n ? ", " : "", *d);
}

static const char *
driver_of(struct load *l, const struct conf_section *s, size_t *size, const struct setting **keys)
{
	const struct conf_item *it = conf_item(s, DRIVER_KEY);
	AUTO_SBUF all;

	sbuf_init(&all, 200);
	list_drivers(&all);
	if (!it || it->list) {
		BAD(l, it ? it->line : s->line, "channel %s: driver is missing: one of %s", s->title, sbuf_sv(&all).p);
		return NULL;
	}
	*keys = channel_keys(it->values[0], size);
	if (!*keys)
		BAD(l, it->line, "channel %s: driver \"%s\" is none of %s", s->title, it->values[0], sbuf_sv(&all).p);
	return *keys ? it->values[0] : NULL;
}

static void
set_channel(struct load *l, struct conf_channel *ch, const struct conf_section *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i].key, DRIVER_KEY) != 0 && !in_table(ch->keys, s->items[i].key))
			BAD(l, s->items[i].line, "channel %s: driver %s has no key \"%s\"", ch->name, ch->driver, s->items[i].key);
	for (const struct setting *k = ch->keys; k->name; k++) {
		const struct conf_item *it = conf_item(s, k->name);
		struct diag why;

		if (value_set(k, ch->conf, it, l->dir, &why))
			BAD(l, it ? it->line : s->line, "channel %s: %s", ch->name, why.text);
	}
}

static void
add_channel(struct load *l, const struct conf_section *s)
{
	struct conf *c = l->c;
	struct conf_channel ch = { .line = s->line };
	const char *driver = driver_of(l, s, &ch.conf_size, &ch.keys);

	if (!plain_name(s->title, 32))
		BAD(l, s->line, "channel \"%s\": a name has 1 to 32 letters, digits and . _ -", s->title);
	if (!driver)
		return;
	if (c->n_channels == CONF_CHANNELS_MAX) {
		BAD(l, s->line, "more than %d channels", CONF_CHANNELS_MAX);
		return;
	}
	ch.name = mem_strdup(s->title);
	ch.driver = mem_strdup(driver);
	ch.conf = mem_alloc(ch.conf_size ? ch.conf_size : 1);
	set_channel(l, &ch, s);
	c->channels[c->n_channels++] = ch;
}

static void
add_channels(struct load *l)
{
	for (size_t i = 1; i < l->tree.n; i++)
		if (strcmp(l->tree.sections[i].name, "channel") == 0)
			add_channel(l, &l->tree.sections[i]);
}

/* A channel that is there but faulty is not "unknown" besides. */
static bool
channel_written(const struct load *l, const char *name)
{
	for (size_t i = 1; i < l->tree.n; i++)
		if (strcmp(l->tree.sections[i].name, "channel") == 0 && strcmp(l->tree.sections[i].title, name) == 0)
			return true;
	return false;
}

const struct conf_channel *
conf_channel(const struct conf *c, struct sv name)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (sv_is(name, c->channels[i].name))
			return &c->channels[i];
	return NULL;
}

static void
resolve(struct load *l, const char *key, const struct setting_list *names, size_t *at, size_t *n)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct conf_channel *ch = conf_channel(l->c, sv_of(names->at[i]));

		if (ch)
			at[(*n)++] = (size_t)(ch - l->c->channels);
		else if (!channel_written(l, names->at[i]))
			BAD(l, line_of(l, "route", key), "route: %s: there is no channel \"%s\"", key, names->at[i]);
	}
}

static void
check_route(struct load *l)
{
	struct conf_route *r = &l->c->route;

	resolve(l, "order", &r->order, r->order_at, &r->n_order);
	resolve(l, "alerts", r->alerts.n ? &r->alerts : &r->order, r->alerts_at, &r->n_alerts);
}

/* ---- what must fit together ---- */

static void
check_names(struct load *l)
{
	struct conf *c = l->c;
	struct diag why;

	if (c->instance && !plain_name(c->instance, 32))
		BAD(l, line_of(l, "", "instance"), "instance \"%s\": only letters, digits and . _ -", c->instance);
	if (c->redis.prefix && !plain_name(c->redis.prefix, 32))
		BAD(l, line_of(l, "redis", "prefix"), "redis: prefix \"%s\": only letters, digits and . _ -", c->redis.prefix);
	if (c->timezone && calendar_zone(sv_of(c->timezone), &c->calendar->offset_ms))
		BAD(l, line_of(l, "", "timezone"), "timezone \"%s\" is no name of UTC+7 without summer time", c->timezone);
	if (c->redis.url && conf_redis_url(&c->redis, l->dir, &why))
		BAD(l, line_of(l, "redis", "url"), "redis: %s", why.text);
	if (c->redis.partitions & (c->redis.partitions - 1))
		BAD(l, line_of(l, "redis", "partitions"), "redis: partitions: %lld is no power of two",
		    (long long)c->redis.partitions);
}

static bool
is_address(struct sv host)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		return sv_copy((struct sv){ host.p + 1, host.n - 2 }, text, sizeof text) && inet_pton(AF_INET6, text, bytes) == 1;
	return sv_copy(host, text, sizeof text) && inet_pton(AF_INET, text, bytes) == 1;
}

/* A relative socket path becomes absolute, as all paths do. */
static void
check_listener(struct load *l, const char *key, char **address)
{
	const char *colon = *address ? strrchr(*address, ':') : NULL;
	int64_t port;

	if (!*address || **address == '\0')
		return;
	if (strncmp(*address, "unix:", 5) == 0 && (*address)[5]) {
		AUTO_FREE char *path = file_join(l->dir, *address + 5);
		AUTO_SBUF whole;

		sbuf_init(&whole, 8192);
		sbuf_addf(&whole, "unix:%s", path);
		if (strlen(path) > 107)
			BAD(l, line_of(l, "", key), "%s: the path of the socket is longer than 107 bytes", key);
		mem_free(*address);
		*address = mem_strdup(sbuf_sv(&whole).p);
	} else if (!colon || num_parse(sv_of(colon + 1), 0, 65535, &port) ||
	           !is_address((struct sv){ *address, (size_t)(colon - *address) })) {
		BAD(l, line_of(l, "", key), "%s: \"%s\" is no address; write 127.0.0.1:8481, [::1]:8481 or unix:/path", key,
		    *address);
	}
}

static void
check_proxies(struct load *l)
{
	struct setting_list *p = &l->c->trusted_proxies;

	for (size_t i = 0; i < p->n; i++) {
		char text[INET6_ADDRSTRLEN];
		unsigned char bytes[16];
		int family = strchr(p->at[i], ':') ? AF_INET6 : AF_INET;

		if (inet_pton(family, p->at[i], bytes) != 1 || !inet_ntop(family, bytes, text, sizeof text)) {
			BAD(l, line_of(l, "", "trusted_proxies"), "trusted_proxies: \"%s\" is no address", p->at[i]);
			continue;
		}
		mem_free(p->at[i]);                  /* as the server will spell the peer */
		p->at[i] = mem_strdup(text);
	}
}

static void
check_trial(struct load *l)
{
	struct conf *c = l->c;
	bool sandbox = false;

	c->trial_phones = mem_alloc((c->trial_numbers.n + 1) * sizeof *c->trial_phones);
	for (size_t i = 0; i < c->trial_numbers.n; i++) {
		const char *why = "";

		if (phone_parse(sv_of(c->trial_numbers.at[i]), &c->trial_phones[i], &why) != PHONE_MOBILE)
			BAD(l, line_of(l, "", "trial_numbers"), "trial_numbers: number %zu is no mobile number%s%s", i + 1,
			    why && *why ? ": " : "", why ? why : "");
	}
	for (size_t i = 0; i < c->n_channels; i++)
		sandbox = sandbox || strcmp(c->channels[i].driver, "sandbox") == 0;
	if (c->mode == CONF_TRIAL && !sandbox)
		BAD(l, line_of(l, "", "mode"), "mode \"trial\" needs a channel with driver \"sandbox\"");
}

static void
set_plan(struct load *l, const char *section, const char *key, const char *spans, const struct setting_list *days,
         struct day_plan *out)
{
	/* The spans were checked when they were read; without them there is a fault already. */
	if (!spans || calendar_spans(sv_of(spans), out))
		return;
	for (size_t i = 0; i < days->n; i++) {
		unsigned bit = calendar_day_bit(sv_of(days->at[i]));

		if (!bit)
			BAD(l, line_of(l, section, key), "%s: %s: \"%s\" is none of mon, tue, wed, thu, fri, sat, sun", section, key,
			    days->at[i]);
		out->days |= bit;
	}
}

static void
check_survey(struct load *l)
{
	struct conf_survey *s = &l->c->survey;

	set_plan(l, "survey", "days", s->window, &s->days, &s->plan);
	if (s->remind_after_ms && s->remind_after_ms >= s->open_for_ms && s->open_for_ms)
		BAD(l, line_of(l, "survey", "remind_after"), "survey: remind_after must be shorter than open_for, or 0s");
}

static void
check_followup(struct load *l)
{
	struct conf_followup *f = &l->c->followup;

	set_plan(l, "followup", "work_days", f->work_hours, &f->work_days, &f->work);
	if (f->ack[CONF_P0].days)
		BAD(l, line_of(l, "followup", "ack_p0"), "followup: ack_p0 runs round the clock: write it in hours or minutes");
	if (!f->webhook || *f->webhook == '\0')
		return;
	if (strncmp(f->webhook, "https://", 8) != 0 && strncmp(f->webhook, "http://", 7) != 0)
		BAD(l, line_of(l, "followup", "webhook"), "followup: webhook must begin with https:// or http://");
	if (f->webhook_secret && *f->webhook_secret == '\0')
		BAD(l, line_of(l, "followup", "webhook"), "followup: webhook needs webhook_secret_file");
}

/* ---- the files ---- */

static void
load_holidays(struct load *l)
{
	const char *path = l->c->holidays;
	AUTO_SBUF text;
	struct sv rest;
	struct diag why;

	if (!path || *path == '\0')
		return;
	sbuf_init(&text, FILE_MAX);
	if (file_read(path, &text, &why)) {
		conf_fault_add(l->faults, path, 0, "%s", why.text);
		return;
	}
	rest = sbuf_sv(&text);
	if (sv_starts(rest, SV("\xef\xbb\xbf"))) {
		rest.p += 3;
		rest.n -= 3;
	}
	for (int line = 1; rest.p; line++)
		if (calendar_add_line(l->c->calendar, sv_cut(&rest, '\n'), &why))
			conf_fault_add(l->faults, path, line, "%s", why.text);
}

/* The file behind a top-level key; key also says how it is made. */
static bool
load_secret(struct load *l, const char *key, const char *path, const char *make, struct sbuf *out)
{
	struct diag why;
	enum err e = path ? file_secret(path, out, &why) : ERR_MISSING;

	if (path && e == ERR_MISSING)
		BAD(l, line_of(l, "", key), "%s: secret %s: not there; make it with: hailongctl -c %s %s", key, path, l->c->file,
		    make);
	else if (path && e)
		BAD(l, line_of(l, "", key), "%s: secret %s: %s", key, path, why.text);
	return e == ERR_OK;
}

static void
load_keys(struct load *l)
{
	struct conf *c = l->c;
	AUTO_SBUF text;
	struct diag why;

	sbuf_init(&text, KEYS_MAX);
	if (load_secret(l, "keys_file", c->keys_file, "keys new", &text) && keyring_parse(sbuf_sv(&text), &c->keys, &why))
		conf_fault_add(l->faults, c->keys_file, why.line, "%s", why.text);
	if (text.p)
		explicit_bzero(text.p, text.n);
}

static void
load_tokens(struct load *l)
{
	struct conf *c = l->c;
	AUTO_SBUF text;

	sbuf_init(&text, TOKENS_FILE_MAX);
	if (load_secret(l, "tokens_file", c->tokens_file, "token new NAME --scope ...", &text) &&
	    tokens_parse(sbuf_sv(&text), c->tokens_file, &c->tokens, l->faults))
		c->tokens = NULL;                /* its faults are in *faults */
}

static void
check_people(struct load *l)
{
	const struct conf *c = l->c;
	size_t n = 0;
	const struct staff *s = registry_people(c->registry, &n);

	for (size_t i = 0; i < n; i++)
		if (*s[i].channel && !conf_channel(c, sv_of(s[i].channel)) && !channel_written(l, s[i].channel))
			conf_fault_add(l->faults, c->staff, s[i].line, "channel \"%s\" of %s is not in the settings", s[i].channel,
			               s[i].id);
	registry_units(c->registry, &n);
	for (size_t i = 0; n && i < c->survey.exclude_units.n; i++)
		if (!registry_unit(c->registry, sv_of(c->survey.exclude_units.at[i])))
			BAD(l, line_of(l, "survey", "exclude_units"), "survey: exclude_units: \"%s\" is not in the units file",
			    c->survey.exclude_units.at[i]);
}

static void
load_files(struct load *l)
{
	struct conf *c = l->c;
	struct diag why = { 0 };

	load_holidays(l);
	if (c->texts_file && texts_load(c->texts_file, &c->texts, &why))
		conf_fault_add(l->faults, c->texts_file, why.line, "%s", why.text);
	load_keys(l);
	load_tokens(l);
	if (c->units && c->staff && registry_load(c->units, c->staff, &c->registry, l->faults) == ERR_OK)
		check_people(l);
}

/* ---- names for the syntax ---- */

struct names { const char *at[NAMES_MAX]; size_t n; };

static void
add_name(struct names *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->at[i], name) == 0)
			return;
	must(all->n < NAMES_MAX - 1);
	all->at[all->n++] = name;
}

static void
add_names(struct names *all, const struct setting *keys)
{
	for (; keys->name; keys++)
		add_name(all, keys->name);
}

static enum err
parse(struct sv text, const char *file, struct conf_tree *out, struct conf_faults *faults)
{
	AUTO_FREE struct names *all = mem_alloc((CONF_PARTS + 1) * sizeof *all);
	struct conf_names sections[CONF_PARTS + 1];
	struct names *channel = &all[CONF_PARTS];
	size_t size;

	for (size_t i = 0; i < CONF_PARTS; i++) {
		add_names(&all[i], conf_parts[i].keys);
		sections[i] = (struct conf_names){ conf_parts[i].name, false, all[i].at };
	}
	/* The driver may be written last: at first every driver's keys are known. */
	add_name(channel, DRIVER_KEY);
	for (const char *const *d = channel_drivers(); *d; d++)
		add_names(channel, channel_keys(*d, &size));
	sections[CONF_PARTS] = (struct conf_names){ "channel", true, channel->at };
	return conf_file_parse(text, file, sections, CONF_PARTS + 1, out, faults);
}

static char *
absolute(const char *path)
{
	AUTO_FREE char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

	return file_join(here ? here : "/", path);
}

static enum err
read_tree(const char *file, struct conf_tree *out, struct conf_faults *faults)
{
	AUTO_SBUF text;
	struct diag why;

	sbuf_init(&text, FILE_MAX);
	if (file_read(file, &text, &why)) {
		conf_fault_add(faults, file, 0, "%s", why.text);
		return ERR_SYNTAX;
	}
	return parse(sbuf_sv(&text), file, out, faults);
}

static void
build(struct load *l)
{
	if (read_tree(l->c->file, &l->tree, l->faults))
		return;
	check_sections(l);
	set_parts(l);
	add_channels(l);
	check_route(l);
	check_names(l);
	check_listener(l, "public", &l->c->public);
	check_listener(l, "private", &l->c->private);
	check_proxies(l);
	check_trial(l);
	check_survey(l);
	check_followup(l);
	load_files(l);
}

enum err
conf_load(const char *path, struct conf **out, struct conf_faults *faults)
{
	struct load l = { .c = mem_alloc(sizeof *l.c), .faults = faults };
	size_t before = faults->n;

	l.c->file = absolute(path);
	l.c->calendar = mem_alloc(sizeof *l.c->calendar);
	l.dir = file_dir(l.c->file);
	build(&l);
	conf_tree_done(&l.tree);
	mem_free(l.dir);
	if (faults->n > before || faults->cut) {
		conf_free(l.c);
		return ERR_SYNTAX;
	}
	*out = l.c;
	return ERR_OK;
}

enum err
conf_path(const char *path, const char *key, char **out, struct conf_faults *faults)
{
	AUTO_FREE char *file = absolute(path), *dir = file_dir(file);
	struct conf_faults names = { 0 };        /* unknown names are not judged here */
	struct conf_tree tree = { 0 };
	const struct setting *k = conf_parts[0].keys;
	struct conf c = { 0 };
	struct diag why;
	enum err e = read_tree(file, &tree, &names);

	while (k->name && strcmp(k->name, key) != 0)
		k++;
	must(k->name && k->type == SETTING_PATH);
	if (e)
		conf_fault_add(faults, file, names.n ? names.at[names.n - 1].line : 0, "%s",
		               names.n ? names.at[names.n - 1].text : "cannot be read as settings");
	else if (value_set(k, &c, conf_item(&tree.sections[0], key), dir, &why)) {
		conf_fault_add(faults, file, 0, "%s", why.text);
		e = ERR_SYNTAX;
	}
	if (!e)
		memcpy(out, (char *)&c + k->at, sizeof *out);
	conf_tree_done(&tree);
	conf_faults_done(&names);
	return e;
}

bool
conf_is_trial_phone(const struct conf *c, const struct phone *p)
{
	for (size_t i = 0; i < c->trial_numbers.n; i++)
		if (strcmp(c->trial_phones[i].e164, p->e164) == 0)
			return true;
	return false;
}

static void
free_values(const struct setting *keys, void *base)
{
	for (; keys->name; keys++)
		value_done(keys, base);
}

static void
free_channel(struct conf_channel *ch)
{
	free_values(ch->keys, ch->conf);
	mem_free(ch->conf);
	mem_free(ch->name);
	mem_free(ch->driver);
}

void
conf_free(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONF_PARTS; i++)
		free_values(conf_parts[i].keys, (char *)c + conf_parts[i].at);
	for (size_t i = 0; i < c->n_channels; i++)
		free_channel(&c->channels[i]);
	mem_free(c->redis.host);
	mem_free(c->redis.user);
	mem_free(c->redis.socket);
	mem_free(c->trial_phones);
	mem_free(c->calendar);
	mem_free(c->file);
	template_set_done(&c->texts);
	registry_free(c->registry);
	tokens_free(c->tokens);
	keyring_free(c->keys);
	mem_free(c);
}
