/*
 * hailongctl token new: a token for the private API. The token goes to stdout, alone and once; its line for
 * the tokens file is appended there (-c FILE) or shown on stderr. Like `keys new` it asks the settings for
 * the place of the file only.
 */
#include "ctl/ctl.h"

#include <getopt.h>
#include <unistd.h>

#include "app/conf.h"
#include "app/file.h"
#include "base/mem.h"

struct want { struct sv name; unsigned scopes; };

static enum ctl_exit
read_options(int argc, char **argv, struct want *w)
{
	static const struct option options[] = { { "scope", required_argument, NULL, 's' }, { NULL, 0, NULL, 0 } };
	struct diag why;
	unsigned some;
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {      /* moves NAME behind the options */
		if (o != 's')
			return ctl_usage(argv[0], "unknown option or missing value: %s", argv[optind - 1]);
		if (token_scopes_parse(sv_of(optarg), &some, &why))
			return ctl_usage(argv[0], "%s", why.text);
		w->scopes |= some;
	}
	if (argc - optind != 2 || strcmp(argv[optind], "new") != 0)
		return ctl_usage(argv[0], "write: token new NAME --scope cases,read,followups,integrity,admin");
	w->name = sv_of(argv[optind + 1]);
	if (!token_name_ok(w->name))
		return ctl_usage(argv[0], "a name has 1 to %d letters, digits and . _ - @", TOKEN_NAME_MAX);
	if (!w->scopes)
		return ctl_usage(argv[0], "at least one --scope: cases, read, followups, integrity, admin");
	return CTL_DONE;
}

/* The whole file must be good with the new line in it: a name that is taken shows here. */
static enum ctl_exit
check(const char *path, struct sv file)
{
	struct conf_faults faults = { 0 };
	struct tokens *t = NULL;
	enum err e = tokens_parse(file, path, &t, &faults);

	conf_faults_print(&faults, stderr);
	conf_faults_done(&faults);
	tokens_free(t);
	return e ? CTL_NO : CTL_DONE;
}

static enum ctl_exit
append(const char *name, const char *path, struct sv line)
{
	AUTO_SBUF file;
	struct diag why;
	const char *text;
	enum err e;

	sbuf_init(&file, TOKENS_FILE_MAX);
	e = file_read(path, &file, &why);
	if (e && e != ERR_MISSING)
		return ctl_fail(CTL_NO, name, "%s: %s", path, why.text);
	if (file.n && file.p[file.n - 1] != '\n')
		sbuf_addc(&file, '\n');
	sbuf_addsv(&file, line);
	if (sbuf_finish(&file, &text))
		return ctl_fail(CTL_NO, name, "%s: would be larger than %d bytes", path, TOKENS_FILE_MAX);
	if (check(path, sbuf_sv(&file)))
		return CTL_NO;
	if (file_replace(path, sbuf_sv(&file), 0600, &why))
		return ctl_fail(CTL_NO, name, "%s: %s", path, why.text);
	fprintf(stderr, "%s: added; reload hailongd, or restart it where systemd hands it the file. The token is shown this once:\n", path);
	return CTL_DONE;
}

static enum ctl_exit
keep(const struct ctl *c, const char *name, struct sv line)
{
	struct conf_faults faults = { 0 };
	AUTO_FREE char *path = NULL;

	if (!c->conf_given) {
		fprintf(stderr, "line for the tokens file:\n" SV_FMT, SV_ARG(line));
		return CTL_DONE;
	}
	if (conf_path(c->conf, "tokens_file", &path, &faults)) {
		conf_faults_print(&faults, stderr);
		conf_faults_done(&faults);
		return CTL_NO;
	}
	return append(name, path, line);
}

enum ctl_exit
cmd_token(const struct ctl *c, int argc, char **argv)
{
	struct want w = { .scopes = 0 };
	char clear[TOKEN_CHARS + 1];
	AUTO_SBUF line;
	enum ctl_exit code = read_options(argc, argv, &w);

	if (code)
		return code;
	sbuf_init(&line, 512);
	token_make(w.name, w.scopes, clear, &line);
	code = keep(c, argv[0], sbuf_sv(&line));
	if (code == CTL_DONE && c->json)         /* a name needs no escapes */
		printf("{\"name\": \"" SV_FMT "\", \"token\": \"%s\"}\n", SV_ARG(w.name), clear);
	else if (code == CTL_DONE)
		printf("%s\n", clear);
	explicit_bzero(clear, sizeof clear);
	return code;
}
