/* The only caller of malloc and free. */
#include "base/mem.h"

#include "base/err.h"

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	must(p != NULL);
	return p;
}

void *
mem_resize(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);

	must(q != NULL);
	return q;
}

void *
mem_dup(const void *p, size_t n)
{
	char *q = malloc(n + 1);

	must(q != NULL);
	if (n)
		memcpy(q, p, n);
	q[n] = '\0';
	return q;
}

char *
mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s));
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_free_lib(void *p)
{
	free(p);
}
