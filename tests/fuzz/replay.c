/* Runs a fuzz target over the files and folders it is given, each once: a corpus as a test, with any compiler. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_MAX (16 * 1024 * 1024)

static int runs;

static bool
run(const char *path)
{
	AUTO_FREE char *bytes = NULL;            /* as long as the input: reading past its end is seen */
	FILE *f = fopen(path, "rb");
	struct stat st;
	bool good = false;

	if (f && !fstat(fileno(f), &st) && st.st_size <= INPUT_MAX) {
		bytes = mem_alloc((size_t)st.st_size);
		good = fread(bytes, 1, (size_t)st.st_size, f) == (size_t)st.st_size;
	}
	if (f)
		fclose(f);
	if (!good)
		perror(path);
	else
		LLVMFuzzerTestOneInput((const uint8_t *)bytes, (size_t)st.st_size);
	runs += good;
	return good;
}

static bool
run_all(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char inner[4096];
	bool good = true;

	if (!d)
		return run(path);
	while ((e = readdir(d))) {
		snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
		good = (e->d_name[0] == '.' || run(inner)) && good;
	}
	closedir(d);
	return good;
}

int
main(int argc, char **argv)
{
	bool good = true;

	for (int i = 1; i < argc; i++)
		good = run_all(argv[i]) && good;
	printf("%d inputs\n", runs);
	return good && runs ? 0 : 1;
}
