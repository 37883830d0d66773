#ifndef CORE_BAD_ALONE_H
#define CORE_BAD_ALONE_H

int64_t needs_stdint(void);

#endif
