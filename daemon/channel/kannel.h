/* Kannel's smsbox as an SMS provider (docs/CHANNELS.md, Kannel User's Guide 1.4.5). */
#ifndef CHANNEL_KANNEL_H
#define CHANNEL_KANNEL_H

#include "channel/lane.h"

struct kannel_conf {
	struct lane_conf lane;
	char *url, *username, *password, *from, *keyword;
	char *hook_url, *hook_token;
	bool  dlr;
};

extern const struct http_dialect kannel_dialect;
extern const struct setting      kannel_keys[];

#endif
