/* What must fit together in the settings, and what is made of it: indexes, plans, parsed addresses. */
#include "app/conf_load.h"

#include <arpa/inet.h>

#include "app/conf_redis.h"
#include "app/file.h"
#include "base/mem.h"
#include "base/num.h"

#define SOCKET_PATH_MAX 107              /* what a socket address of the kernel holds */

static void
resolve(struct load *l, const char *key, const struct setting_list *names, size_t *at, size_t *n)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct conf_channel *ch = conf_channel(l->c, sv_of(names->at[i]));

		if (ch)
			at[(*n)++] = (size_t)(ch - l->c->channels);
		else if (!load_has_channel(l, names->at[i]))
			LOAD_BAD(l, load_line(l, "route", key), "route: %s: there is no channel \"%s\"", key, names->at[i]);
	}
}

static void
check_route(struct load *l)
{
	struct conf_route *r = &l->c->route;

	resolve(l, "order", &r->order, r->order_at, &r->n_order);
	resolve(l, "alerts", r->alerts.n ? &r->alerts : &r->order, r->alerts_at, &r->n_alerts);
}

static void
check_names(struct load *l)
{
	struct conf *c = l->c;
	struct diag why;

	if (c->instance && !load_plain_name(c->instance, 32))
		LOAD_BAD(l, load_line(l, "", "instance"), "instance \"%s\": only letters, digits and . _ -", c->instance);
	if (c->redis.prefix && !load_plain_name(c->redis.prefix, 32))
		LOAD_BAD(l, load_line(l, "redis", "prefix"), "redis: prefix \"%s\": only letters, digits and . _ -", c->redis.prefix);
	if (c->timezone && calendar_zone(sv_of(c->timezone), &c->calendar->offset_ms))
		LOAD_BAD(l, load_line(l, "", "timezone"), "timezone \"%s\" is no name of UTC+7 without summer time", c->timezone);
	if (c->redis.url && conf_redis_url(&c->redis, l->dir, &why))
		LOAD_BAD(l, load_line(l, "redis", "url"), "redis: %s", why.text);
	if (c->redis.partitions & (c->redis.partitions - 1))
		LOAD_BAD(l, load_line(l, "redis", "partitions"), "redis: partitions: %lld is no power of two",
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
		if (strlen(path) > SOCKET_PATH_MAX)
			LOAD_BAD(l, load_line(l, "", key), "%s: the path of the socket is longer than %d bytes", key,
			         SOCKET_PATH_MAX);
		mem_free(*address);
		*address = mem_strdup(sbuf_sv(&whole).p);
	} else if (!colon || num_parse(sv_of(colon + 1), 0, 65535, &port) ||
	           !is_address((struct sv){ *address, (size_t)(colon - *address) })) {
		LOAD_BAD(l, load_line(l, "", key), "%s: \"%s\" is no address; write 127.0.0.1:8481, [::1]:8481 or unix:/path", key,
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
			LOAD_BAD(l, load_line(l, "", "trusted_proxies"), "trusted_proxies: \"%s\" is no address", p->at[i]);
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
			LOAD_BAD(l, load_line(l, "", "trial_numbers"), "trial_numbers: number %zu is no mobile number%s%s", i + 1,
			    why && *why ? ": " : "", why ? why : "");
	}
	for (size_t i = 0; i < c->n_channels; i++)
		sandbox = sandbox || strcmp(c->channels[i].driver, "sandbox") == 0;
	if (c->mode == CONF_TRIAL && !sandbox)
		LOAD_BAD(l, load_line(l, "", "mode"), "mode \"trial\" needs a channel with driver \"sandbox\"");
}

static void
set_days(struct load *l, const char *section, const char *key, const struct setting_list *days, struct day_plan *out)
{
	for (size_t i = 0; i < days->n; i++) {
		unsigned bit = calendar_day_bit(sv_of(days->at[i]));

		if (!bit)
			LOAD_BAD(l, load_line(l, section, key), "%s: %s: \"%s\" is none of mon, tue, wed, thu, fri, sat, sun", section,
			         key, days->at[i]);
		out->days |= bit;
	}
}

/* They were checked when they were read; without them there is a fault already. */
static void
set_spans(const char *spans, struct day_plan *out)
{
	must(!spans || calendar_spans(sv_of(spans), out) == ERR_OK);
}

static void
check_survey(struct load *l)
{
	struct conf_survey *s = &l->c->survey;

	set_spans(s->window, &s->plan);
	set_days(l, "survey", "days", &s->days, &s->plan);
	if (s->remind_after_ms && s->remind_after_ms >= s->open_for_ms && s->open_for_ms)
		LOAD_BAD(l, load_line(l, "survey", "remind_after"), "survey: remind_after must be shorter than open_for, or 0s");
}

static void
check_followup(struct load *l)
{
	struct conf_followup *f = &l->c->followup;

	set_spans(f->work_hours, &f->work);
	set_days(l, "followup", "work_days", &f->work_days, &f->work);
	if (f->ack[CONF_P0].days)
		LOAD_BAD(l, load_line(l, "followup", "ack_p0"), "followup: ack_p0 runs round the clock: write it in hours or minutes");
	if (!f->webhook || *f->webhook == '\0')
		return;
	if (strncmp(f->webhook, "https://", 8) != 0 && strncmp(f->webhook, "http://", 7) != 0)
		LOAD_BAD(l, load_line(l, "followup", "webhook"), "followup: webhook must begin with https:// or http://");
	if (f->webhook_secret && *f->webhook_secret == '\0')
		LOAD_BAD(l, load_line(l, "followup", "webhook"), "followup: webhook needs webhook_secret_file");
}

void
load_check(struct load *l)
{
	check_route(l);
	check_names(l);
	check_listener(l, "public", &l->c->public);
	check_listener(l, "private", &l->c->private);
	check_proxies(l);
	check_trial(l);
	check_survey(l);
	check_followup(l);
}
