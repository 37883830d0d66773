/* hailongctl: one table of commands, the common options, nothing else. */
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/ctl.h"

static const struct ctl_cmd commands[] = {
	{ "check", "", "is everything as it must be: settings, texts, secrets, store, channels, clock", cmd_check, false },
	{ "status", "", "one screen: store, channels, counters", cmd_status, false },
	{ "parse", "[--expect E] [--sender S] [--tsv FILE] [--lexicon DIR] [TEXT...]", "what a reply means", cmd_parse, true },
	{ "phone", "NUMBER...", "how a number is read", cmd_phone, false },
	{ "render", "TEXT_ID [k=v...]", "a text as the phone shows it", cmd_render, false },
	{ "why", "CASE", "the whole story of a case", cmd_why, false },
	{ "import", "FILE.csv", "closed cases from a file; repeatable", cmd_import, false },
	{ "export", "scores|followups|coverage --from DAY --to DAY [--csv FILE]", "NDJSON, or CSV for a spreadsheet", cmd_export, true },
	{ "pause", "CHANNEL|all", "hold a channel, or every text to citizens", cmd_pause, false },
	{ "resume", "CHANNEL|all", "and let it go on", cmd_resume, false },
	{ "sandbox", "list [NUMBER] | reply NUMBER TEXT", "the built-in phone", cmd_sandbox, false },
	{ "token", "new NAME --scope S", "a token for the API, shown once", cmd_token, true },
	{ "keys", "new", "keys that name and seal", cmd_keys, false },
	{ "settings", "[--sample]", "settings in use, or a commented sample", cmd_settings, true },
	{ "version", "", "this program's version", cmd_version, false },
};

__attribute__((format(printf, 2, 0))) static void
say(const char *name, const char *fmt, va_list ap)
{
	fprintf(stderr, "hailongctl %s: ", name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

enum ctl_exit
ctl_usage(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(name, fmt, ap);
	va_end(ap);
	return CTL_USAGE;
}

enum ctl_exit
ctl_fail(enum ctl_exit code, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(name, fmt, ap);
	va_end(ap);
	return code;
}

void
ctl_print_line(const struct sbuf *b)
{
	fwrite(b->p, 1, b->n, stdout);
	putchar('\n');
}

enum err
ctl_read_file(const char *path, size_t max, struct sbuf *out)
{
	bool in = !strcmp(path, "-");
	FILE *f = in ? stdin : fopen(path, "re");
	char chunk[65536];
	size_t n;
	enum err e = ERR_OK;

	if (!f)
		return ERR_MISSING;
	while (!e && (n = fread(chunk, 1, sizeof chunk, f)) > 0) {
		sbuf_add(out, chunk, n);
		if (out->n > max || out->failed)
			e = ERR_TOOBIG;
	}
	if (!e && ferror(f))
		e = ERR_IO;
	if (!in)
		fclose(f);
	return e;
}

enum ctl_exit
cmd_version(const struct ctl *c, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return ctl_usage("version", "takes nothing");
	printf(c->json ? "{\"version\":\"%s\"}\n" : "hailongctl %s\n", HAILONG_VERSION);
	return CTL_DONE;
}

static enum ctl_exit
help(FILE *to, enum ctl_exit code)
{
	fputs("usage: hailongctl [-c FILE] [--json] [--lang vi|en] COMMAND ...\n\n", to);
	for (size_t i = 0; i < ARRAY_N(commands); i++)
		fprintf(to, "  %-9s %-52s %s\n", commands[i].name, commands[i].args, commands[i].help);
	fputs("\nexit codes: 0 done, 1 the answer is no or a fault was found, 2 usage, 3 daemon or store not reached\n", to);
	return code;
}

/* The common options may stand before or behind the command; "--" ends them and stays. Takes them off argv. */
static bool
take_common(struct ctl *c, int *argc, char **argv)
{
	int n = 1;

	for (int i = 1; i < *argc; i++) {
		bool takes = !strcmp(argv[i], "-c") || !strcmp(argv[i], "--conf") || !strcmp(argv[i], "--lang");

		if (!strcmp(argv[i], "--")) {
			while (i < *argc)
				argv[n++] = argv[i++];
		} else if (!strcmp(argv[i], "--json")) {
			c->json = true;
		} else if (takes && i + 1 == *argc) {
			return false;
		} else if (!strcmp(argv[i], "--lang")) {
			c->english = !strcmp(argv[++i], "en");
			if (!c->english && strcmp(argv[i], "vi") != 0)
				return false;
		} else if (takes) {
			c->conf = argv[++i];
			c->conf_given = true;
		} else {
			argv[n++] = argv[i];
		}
	}
	argv[n] = NULL;
	*argc = n;
	return true;
}

static void
drop_dashes(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++)
		if (!strcmp(argv[i], "--")) {
			memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof *argv);        /* the NULL behind too */
			--*argc;
			return;
		}
}

static const struct ctl_cmd *
find(const char *name)
{
	for (size_t i = 0; i < ARRAY_N(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct ctl c = { .conf = getenv("HAILONG_CONF") };
	const struct ctl_cmd *cmd;

	c.conf_given = c.conf != NULL;
	if (!c.conf)
		c.conf = "/etc/hailong/hailong.conf";
	if (!take_common(&c, &argc, argv))
		return (int)help(stderr, CTL_USAGE);
	if (argc < 2)
		return (int)help(stderr, CTL_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return (int)help(stdout, CTL_DONE);
	if (!strcmp(argv[1], "--version"))
		return (int)cmd_version(&c, 1, argv);
	if (!(cmd = find(argv[1])))
		return (int)ctl_usage(argv[1], "no such command; hailongctl --help lists them");
	if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
		printf("usage: hailongctl %s %s\n  %s\n", cmd->name, cmd->args, cmd->help);
		return CTL_DONE;
	}
	if (!cmd->options)
		drop_dashes(&argc, argv);
	optind = 1;
	return (int)cmd->run(&c, argc - 1, argv + 1);
}
