/* The faults of a load, kept until they are shown. */
#include <stdarg.h>

#include "app/conf.h"
#include "base/mem.h"

#define FAULTS_MAX 500

void
conf_fault_add(struct conf_faults *f, const char *file, int line, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (f->n == FAULTS_MAX) {
		f->cut = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if ((f->n & (f->n - 1)) == 0)            /* doubles at each power of two */
		f->at = mem_resize(f->at, (f->n ? 2 * f->n : 1) * sizeof *f->at);
	f->at[f->n++] = (struct conf_fault){ mem_strdup(file), line, mem_strdup(text) };
}

void
conf_faults_print(const struct conf_faults *f, FILE *to)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct conf_fault *one = &f->at[i];

		fprintf(to, "%s:%d: %s\n", one->file, one->line ? one->line : 1, one->text);
	}
	if (f->cut)
		fprintf(to, "and more; only the first %d are shown\n", FAULTS_MAX);
}

void
conf_faults_done(struct conf_faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		mem_free(f->at[i].file);
		mem_free(f->at[i].text);
	}
	mem_free(f->at);
	*f = (struct conf_faults){ 0 };
}
