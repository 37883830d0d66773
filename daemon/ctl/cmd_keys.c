/*
 * hailongctl keys new: makes the key file, or adds one more seal key to it. It runs before the daemon ever
 * could, so it asks the settings for nothing but the place of the file.
 */
#include "ctl/ctl.h"

#include <unistd.h>

#include "app/conf.h"
#include "app/file.h"
#include "base/mem.h"
#include "io/keyring.h"

#define KEYS_MAX (64 * 1024)

static enum ctl_exit
write_file(const char *name, const char *path, struct sv old, struct sbuf *fresh)
{
	struct diag why;

	if (keyring_make(old, fresh, &why))
		return ctl_fail(CTL_NO, name, "%s:%d: %s", path, why.line, why.text);
	if (file_replace(path, sbuf_sv(fresh), 0600, &why))
		return ctl_fail(CTL_NO, name, "%s: %s", path, why.text);
	fprintf(stderr,
	        old.n ? "%s: one more seal key, the newest from now on; reload hailongd, or restart it where systemd hands it the file\n"
	              : "%s: made with one index key and one seal key; keep a copy in a safe place\n", path);
	return CTL_DONE;
}

static enum ctl_exit
add_to(const char *name, const char *path)
{
	AUTO_SBUF old, fresh;
	struct diag why;
	enum ctl_exit code;
	enum err e;

	sbuf_init(&old, KEYS_MAX);
	sbuf_init(&fresh, 2 * KEYS_MAX);
	e = file_read(path, &old, &why);
	if (e && e != ERR_MISSING)
		return ctl_fail(CTL_NO, name, "%s: %s", path, why.text);
	code = write_file(name, path, sbuf_sv(&old), &fresh);
	if (old.p)
		explicit_bzero(old.p, old.n);
	if (fresh.p)
		explicit_bzero(fresh.p, fresh.n);
	return code;
}

static enum ctl_exit
print_new(const char *name)
{
	AUTO_SBUF fresh;
	struct diag why;

	sbuf_init(&fresh, KEYS_MAX);
	if (keyring_make(SV(""), &fresh, &why))
		return ctl_fail(CTL_NO, name, "%s", why.text);
	fputs(fresh.p, stdout);
	explicit_bzero(fresh.p, fresh.n);
	return CTL_DONE;
}

enum ctl_exit
cmd_keys(const struct ctl *c, int argc, char **argv)
{
	struct conf_faults faults = { 0 };
	AUTO_FREE char *path = NULL;

	if (argc != 2 || strcmp(argv[1], "new") != 0)
		return ctl_usage(argv[0], "only \"keys new\"");
	if (!c->conf_given)
		return print_new(argv[0]);
	if (conf_path(c->conf, "keys_file", &path, &faults)) {
		conf_faults_print(&faults, stderr);
		conf_faults_done(&faults);
		return CTL_NO;
	}
	return add_to(argv[0], path);
}
