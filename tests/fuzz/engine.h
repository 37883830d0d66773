/*
 * The engine with real settings and the sandbox for a channel, on a memory store that is new for each input. What it
 * lacks is what turns by itself: listener, ticker.
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/engine.h"
#include "fuzz.h"
#include "store/stores.h"

#define FUZZ_KEY  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define FUZZ_KEYS "index 1 " FUZZ_KEY "\nseal 1 " FUZZ_KEY "\n"

static inline void
fuzz_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	must(f && fputs(text, f) >= 0 && !fclose(f));
}

/* The texts and registries of the tree; keys and tokens of a folder that is gone again when they are read. */
static inline struct conf *
fuzz_conf(void)
{
	char dir[] = "/tmp/hailong-fuzz-XXXXXX", *conf, *keys, *tokens, *here = getcwd(NULL, 0), text[4096];
	struct conf_faults faults = { 0 };
	struct conf *c = NULL;

	must(here && mkdtemp(dir) && asprintf(&conf, "%s/conf", dir) > 0 && asprintf(&keys, "%s/keys", dir) > 0
	     && asprintf(&tokens, "%s/tokens", dir) > 0);
	snprintf(text, sizeof text,
	         "instance = \"fuzz\"\nkeys_file = \"keys\"\ntokens_file = \"tokens\"\ntexts = \"%s/conf/texts-vi.conf\"\n"
	         "units = \"%s/conf/units.csv\"\nstaff = \"%s/conf/staff.csv\"\nholidays = \"%s/conf/holidays.txt\"\n"
	         "survey { delay = \"0s\" window = \"00:00-24:00\" every = \"0s\" unsolicited_per_day = 100\n"
	         "days = {\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"} }\n"
	         "channel \"sms\" { driver = \"sandbox\" }\nroute { order = {\"sms\"} alerts = {\"sms\"} }\n",
	         here, here, here, here);
	fuzz_write(conf, text);
	fuzz_write(keys, FUZZ_KEYS);
	fuzz_write(tokens, "");
	must(!chmod(keys, 0600) && !chmod(tokens, 0600));
	if (conf_load(conf, &c, &faults))
		conf_faults_print(&faults, stderr);
	must(!unlink(conf) && !unlink(keys) && !unlink(tokens) && !rmdir(dir));
	must(c != NULL);
	free(conf);
	free(keys);
	free(tokens);
	free(here);
	return c;
}

static inline struct engine *
fuzz_engine_start(void)
{
	static struct engine e = { .partitions = 16, .prefix = "hl", .boot = "0123abcd" };
	struct diag why = { .text = "" };

	if (!e.loop) {
		e.loop = loop_new();
		must(!setup_new(&e, fuzz_conf(), &e.setup, &why));
	}
	e.store = store_mem(e.loop);
	return &e;
}

static inline void
fuzz_stop(void *loop)
{
	loop_stop(loop);
}

static inline void
fuzz_turn(struct engine *e)
{
	loop_later(e->loop, fuzz_stop, e->loop);
	loop_run(e->loop);
}

/* What is under way comes to its end first. */
static inline void
fuzz_engine_end(struct engine *e)
{
	for (int turns = 0; e->changes || e->setup->held; turns++) {
		must(turns < 1000);
		fuzz_turn(e);
	}
	e->store->ops->close(e->store);
	fuzz_turn(e);
}

#endif
