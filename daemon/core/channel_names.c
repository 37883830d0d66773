/* Names of outcomes and receipts, from the lists in port/channel.h. */
#include "port/channel.h"

static const char *const ends[] = {
#define X(code, text) [SEND_##code] = text,
	SEND_LIST(X)
#undef X
};

static const char *const states[] = {
#define X(code, text) [DLR_##code] = text,
	DLR_LIST(X)
#undef X
};

const char *
send_end_name(enum send_end e)
{
	return (unsigned)e < SEND_MAX ? ends[e] : "";
}

const char *
dlr_state_name(enum dlr_state s)
{
	return (unsigned)s < DLR_MAX ? states[s] : "";
}
