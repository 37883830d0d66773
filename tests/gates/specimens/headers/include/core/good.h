#ifndef CORE_GOOD_H
#define CORE_GOOD_H

#include <stdint.h>

struct good { int64_t at; };

#endif
