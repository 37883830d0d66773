/* Closed cases that another system writes to the stream PREFIX:cases, read by the group "hailong". */
#ifndef APP_CASES_STREAM_H
#define APP_CASES_STREAM_H

#include "app/engine.h"

struct cases_stream;

struct cases_stream *cases_stream_new(struct engine *e);
void                 cases_stream_free(struct cases_stream *s);

#endif
