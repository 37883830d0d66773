#include <stdint.h>

struct twice { int64_t at; };
