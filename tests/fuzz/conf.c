/* Any bytes as a settings file: read or refused with a fault, and nothing else. */
#include <stddef.h>
#include <stdint.h>

#include "app/conf_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const top[] = { "instance", "mode", "list", NULL }, *const redis[] = { "url", "days", NULL };
	static const struct conf_names names[] = { { "", false, top }, { "redis", false, redis }, { "channel", true, redis }, { 0 } };
	struct conf_faults faults = { 0 };
	struct conf_tree tree;
	enum err e = conf_file_parse((struct sv){ (const char *)data, n }, "x", names, &tree, &faults);

	must(e ? faults.n > 0 && tree.n == 0 : tree.n > 0);
	for (size_t i = 0; i < faults.n; i++)
		must(faults.at[i].line >= 0 && faults.at[i].text[0]);
	conf_tree_done(&tree);
	conf_faults_done(&faults);
	return 0;
}
