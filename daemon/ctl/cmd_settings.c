/* hailongctl settings: the commented sample file, or the values the given file leads to. */
#include "ctl/ctl.h"

#include <getopt.h>

#include "app/conf.h"

static enum ctl_exit
show(const struct ctl *c)
{
	struct conf_faults faults = { 0 };
	struct conf *conf = NULL;
	enum err e = conf_load(c->conf, &conf, &faults);

	if (e)
		conf_faults_print(&faults, stderr);
	else
		conf_print(conf, c->json, stdout);
	conf_faults_done(&faults);
	conf_free(conf);
	return e ? CTL_NO : CTL_DONE;
}

enum ctl_exit
cmd_settings(const struct ctl *c, int argc, char **argv)
{
	static const struct option options[] = { { "sample", no_argument, NULL, 's' }, { NULL, 0, NULL, 0 } };
	bool sample = false;
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (o != 's')
			return ctl_usage(argv[0], "unknown option %s", argv[optind - 1]);
		sample = true;
	}
	if (optind < argc)
		return ctl_usage(argv[0], "takes no arguments but --sample");
	if (!sample)
		return show(c);
	if (c->json)
		return ctl_usage(argv[0], "--sample is settings syntax, not JSON");
	conf_sample(stdout);
	return CTL_DONE;
}
