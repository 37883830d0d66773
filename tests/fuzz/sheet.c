/* CSV files: rows with every column, each on its line, or faults that name theirs. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/sheet.h"
#include "fuzz.h"

/* A file in memory with this content: the parser wants a path, no disk is touched. */
static const char *
file_of(struct sv content)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	must(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, content.p, content.n, 0) == (ssize_t)content.n);
	return path;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const columns[] = { "code", "name", "phone", NULL };
	struct conf_faults faults = { 0 };
	struct sheet s;
	enum err e = sheet_load(file_of(fuzz_in(data, n)), columns, &s, &faults);
	int line = 1;                            /* a CR alone ends a row, not a line */

	must((e != ERR_OK) == (faults.n > 0));
	for (size_t i = 0; i < faults.n; i++)
		must(faults.at[i].line >= 0 && faults.at[i].text[0]);
	for (size_t i = 0; i < s.n; i++) {
		must(s.rows[i].line >= line);
		line = s.rows[i].line;
		for (size_t c = 0; columns[c]; c++) {
			struct sv field = sv_of(s.rows[i].fields[c]), trimmed = sv_trim(field);

			must(s.rows[i].fields[c] && fuzz_is_utf8(field) && sv_eq(field, trimmed) && !strchr(field.p, '\n'));
		}
	}
	sheet_done(&s);
	conf_faults_done(&faults);
	return 0;
}
