/* Words first. */
#ifndef APP_GOOD_TOO_H
#define APP_GOOD_TOO_H

#include <stddef.h>

#endif
