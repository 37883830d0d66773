/*
 * The lane: what every HTTP provider needs beside its dialect. Rate, connections, outcome classes, a breaker
 * that opens when the provider fails and probes until it is well, statistics.
 */
#ifndef CHANNEL_LANE_H
#define CHANNEL_LANE_H

#include "channel/channels.h"

/* First member of every dialect's settings struct. */
struct lane_conf {
	struct channel_conf channel;
	int64_t rate, connections;
	int64_t timeout_ms;
};

#define LANE_KEYS(owner) \
	CHANNEL_KEYS(owner, lane.channel), \
	{ .name = "rate", .type = SETTING_INT, .at = offsetof(owner, lane.rate), .deflt = "20", .min = 1, .max = 10000, \
	  .flags = SETTING_RELOAD, .help = "Messages a second at most." }, \
	{ .name = "connections", .type = SETTING_INT, .at = offsetof(owner, lane.connections), .deflt = "8", .min = 1, \
	  .max = 64, .flags = SETTING_RELOAD, .help = "Requests to the provider at the same time." }, \
	{ .name = "timeout", .type = SETTING_MSEC, .at = offsetof(owner, lane.timeout_ms), .deflt = "15s", .min = 1000, \
	  .max = 45000, .flags = SETTING_RELOAD, .help = "How long one request may take; later it counts as unknown." }

MUST_CHECK enum err lane_open(const char *name, const char *driver, const struct http_dialect *d, const void *conf,
                              const struct channel_env *env, struct channel **out, struct diag *why);
/* What an answer means: the dialect's reading, else what every provider means by the status; no number in the words. */
void lane_read_answer(const struct http_dialect *d, const void *conf, const struct dialect_response *r,
                      struct send_result *out);
MUST_CHECK enum err lane_probe(const struct http_dialect *d, const void *conf, struct loop *l, channel_probe_fn *done,
                               void *arg);
enum hook_verdict lane_hook(struct channel *c, const struct dialect_push *p, dialect_event_fn *event, void *arg,
                            struct dialect_ack *ack);

#endif
