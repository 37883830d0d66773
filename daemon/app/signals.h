/* The report of signs that numbers are being helped (core/report.h), beside the time just before. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include "app/api.h"

/* Answers the call. */
void signals_start(struct call *c, int32_t from, int32_t to);

#endif
