/*
 * Memory. mem_alloc never returns NULL: when memory is gone the daemon stops and starts again from
 * the store, so every size that comes from outside is capped before it gets here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t n);                       /* zeroed; n > 0; caller frees with mem_free */
void *mem_resize(void *p, size_t n);             /* as realloc; new bytes are not zeroed */
char *mem_strdup(const char *s);
void *mem_dup(const void *p, size_t n);          /* copy of n bytes plus a NUL behind them */
void  mem_free(void *p);                         /* NULL is fine */
void  mem_free_lib(void *p);                     /* what a library took from malloc and left to us; NULL is fine */

static inline void
mem_freep(void *at)
{
	void *p;

	memcpy(&p, at, sizeof p);
	mem_free(p);
}

#define AUTO_FREE   __attribute__((cleanup(mem_freep)))
#define MEM_TAKE(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

/* For a large local that is written before it is read: the build would fill it with zeros at every call. */
#define UNSET __attribute__((uninitialized))

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))

#endif
