/* The public door: providers' pushes, /hook/CHANNEL[/TAIL]. Answered only when every event in them is durable. */
#ifndef APP_HOOKS_H
#define APP_HOOKS_H

#include "app/engine.h"
#include "io/httpd.h"

/* httpd's handler and refusal; arg is the engine. */
void hooks_handle(void *arg, struct httpd_req *req);
void hooks_refuse(void *arg, struct httpd_answer *a);

#endif
