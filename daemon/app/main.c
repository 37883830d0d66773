/* hailongd: options, wiring, signals. Everything else is in the rooms it wires. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>
#include <systemd/sd-daemon.h>

#include "app/api.h"
#include "app/cases_stream.h"
#include "app/engine.h"
#include "app/file.h"
#include "app/hooks.h"
#include "app/pauses.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/stores.h"

#define HEAD_MAX     8192
#define PRIVATE_BODY (8 * 1024 * 1024)
#define PUBLIC_BODY  (256 * 1024)
#define DEADLINE_MS  (10 * SEC_MS)
#define CONNECTIONS  512
#define BACKLOG      1024
#define STOP_MS      (9 * SEC_MS)        /* for messages on their way when asked to stop; gone within ten seconds */
#define STOP_STEP_MS 50

enum { EXIT_FAULT = 1, EXIT_USAGE = 2 };

struct daemon {
	struct loop         *loop;
	struct engine        e;
	struct api           api;
	struct httpd        *private, *public;
	struct cases_stream *cases;
	struct loop_timer   *watchdog, *stopper;
	int64_t              watchdog_ms, stop_by_ms;
	const char          *file;
	bool                 was_ready;
	int                  exit_code;
};

/* ---- store ---- */

static void
on_store(void *arg, enum store_state state)
{
	struct daemon *d = arg;
	struct store_stats s;

	d->e.store->ops->stats(d->e.store, &s);
	sd_notifyf(0, "STATUS=store %s %s", state == STORE_READY ? "ready" : "away:", s.reason);
	if (state == STORE_REFUSED && !d->was_ready) {
		log_crit("the store cannot be used, reason=\"%s\"", s.reason);
		d->exit_code = EXIT_FAULT;
		loop_stop(d->loop);
	}
	if (state != STORE_READY || d->e.stopping)
		return;
	if (d->was_ready) {
		ticker_ask(&d->e);
		return;
	}
	d->was_ready = true;
	pauses_start(&d->e);
	ticker_start(&d->e);
	d->cases = cases_stream_new(&d->e);
}

static void
open_store(struct daemon *d, const struct conf *conf)
{
	char sys[96];

	snprintf(sys, sizeof sys, "%s:sys", conf->redis.prefix);
	d->e.store = store_redis(d->loop, &(struct redis_conf){
		.host = conf->redis.host, .port = conf->redis.port, .socket = conf->redis.socket, .user = conf->redis.user,
		.password = conf->redis.password, .db = conf->redis.db, .require_durable = conf->redis.require_durable,
		.sys_key = sys, .partitions = (int)conf->redis.partitions, .on_state = on_store, .arg = d });
}

/* ---- doors ---- */

/* The socket systemd holds for us under this name, -1 = none. */
static int
inherited(const char *name)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names), fd = -1;

	for (int i = 0; i < n; i++) {
		if (!strcmp(names[i], name))
			fd = SD_LISTEN_FDS_START + i;
		mem_free_lib(names[i]);
	}
	mem_free_lib(names);
	return fd;
}

static bool
open_door(struct daemon *d, const char *name, const char *address, size_t body, httpd_handler_fn *handler,
          httpd_refuse_fn *refuse, void *arg, struct httpd **out)
{
	struct httpd_conf conf = { HEAD_MAX, body, DEADLINE_MS, CONNECTIONS, BACKLOG, true };
	struct diag why = { .line = 0 };
	int fd = inherited(name);

	if (fd < 0 && !*address)
		return true;
	if (httpd_open(d->loop, &conf, address, fd, handler, refuse, arg, out, &why)) {
		log_crit("cannot listen, door=%s address=%s reason=\"%s\"", name, address, why.text);
		return false;
	}
	log_notice("listening, door=%s address=%s", name, fd < 0 ? address : "from systemd");
	return true;
}

/* hailongctl on this machine shows this token: whoever may read the state folder may use the API. */
static bool
write_local_token(struct daemon *d, const struct conf *conf)
{
	unsigned char raw[32];
	struct diag why = { .line = 0 };
	AUTO_SBUF text;
	char *path;
	enum err e;

	keyring_random(raw, sizeof raw);
	sbuf_init(&text, sizeof d->api.local_token - 1);
	sbuf_addhex(&text, raw, sizeof raw);
	memcpy(d->api.local_token, text.p, text.n + 1);
	(void)mkdir(conf->state_dir, 0750);
	path = file_join(conf->state_dir, "ctl.token");
	if ((e = file_replace(path, sbuf_sv(&text), 0600, &why)))
		log_crit("cannot write, file=%s reason=\"%s\"", path, why.text);
	mem_free(path);
	return !e;
}

/* ---- signals ---- */

static void
on_reload(void *arg)
{
	struct daemon *d = arg;
	struct conf_faults faults = { 0 };
	struct diag why = { .line = 0 };
	struct conf *conf = NULL;
	struct setup *setup;

	sd_notify(0, "RELOADING=1");
	if (conf_load(d->file, &conf, &faults)) {
		conf_faults_print(&faults, stderr);
		log_error("settings kept as they were, faults=%zu", faults.n);
	} else if (conf_reload_diff(d->e.setup->conf, conf, &why) || setup_new(&d->e, conf, &setup, &why)) {
		log_error("settings kept as they were, reason=\"%s\"", why.text);
		conf_free(conf);
	} else {
		setup_swap(&d->e, setup);
		pauses_apply(&d->e);
		log_notice("settings loaded again");
	}
	conf_faults_done(&faults);
	sd_notify(0, "READY=1");
}

static bool
is_idle(const struct daemon *d)
{
	return !d->e.changes && !d->e.setup->held && !d->e.setup->older;
}

static void
on_stopping(void *arg)
{
	struct daemon *d = arg;

	setup_retire(&d->e);
	if (is_idle(d) || clock_boot_ms() >= d->stop_by_ms)
		loop_stop(d->loop);
	else
		loop_timer_start(d->stopper, STOP_STEP_MS);
}

static void
on_stop(void *arg)
{
	struct daemon *d = arg;

	if (d->e.stopping) {
		loop_stop(d->loop);                      /* asked twice: at once */
		return;
	}
	log_notice("stopping, changes=%d", d->e.changes);
	sd_notify(0, "STOPPING=1");
	d->e.stopping = true;
	d->stop_by_ms = clock_boot_ms() + STOP_MS;
	httpd_pause(d->private);
	if (d->public)
		httpd_pause(d->public);
	cases_stream_free(d->cases);
	d->cases = NULL;
	ticker_stop(&d->e);
	loop_timer_start(d->stopper, STOP_STEP_MS);
}

static void
on_watchdog(void *arg)
{
	struct daemon *d = arg;

	sd_notify(0, "WATCHDOG=1");
	loop_timer_start(d->watchdog, d->watchdog_ms);
}

static void
start_watchdog(struct daemon *d)
{
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return;
	d->watchdog_ms = (int64_t)(usec / 2000);
	d->watchdog = loop_timer_new(d->loop, on_watchdog, d);
	loop_timer_start(d->watchdog, d->watchdog_ms);
}

/* ---- life ---- */

static bool
start(struct daemon *d, struct conf *conf)
{
	struct diag why = { .line = 0 };
	unsigned char boot[4];

	d->loop = d->e.loop = loop_new();
	d->e.partitions = (int)conf->redis.partitions;
	snprintf(d->e.prefix, sizeof d->e.prefix, "%s", conf->redis.prefix);
	keyring_random(boot, sizeof boot);
	snprintf(d->e.boot, sizeof d->e.boot, "%02x%02x%02x%02x", boot[0], boot[1], boot[2], boot[3]);
	keyring_random(&d->e.random, sizeof d->e.random);
	d->api.e = &d->e;
	d->api.started_ms = clock_boot_ms();
	d->stopper = loop_timer_new(d->loop, on_stopping, d);
	if (setup_new(&d->e, conf, &d->e.setup, &why)) {
		log_crit("channels cannot be opened, reason=\"%s\"", why.text);
		return false;
	}
	open_store(d, conf);
	if (!write_local_token(d, conf)
	    || !open_door(d, "private", conf->private, PRIVATE_BODY, api_handle, api_refuse, &d->api, &d->private)
	    || !open_door(d, "public", conf->public, PUBLIC_BODY, hooks_handle, hooks_refuse, &d->e, &d->public))
		return false;
	loop_signal(d->loop, SIGHUP, on_reload, d);
	loop_signal(d->loop, SIGTERM, on_stop, d);
	loop_signal(d->loop, SIGINT, on_stop, d);
	start_watchdog(d);
	return true;
}

static void
finish(struct daemon *d)
{
	cases_stream_free(d->cases);
	pauses_stop(&d->e);
	if (d->private)
		httpd_close(d->private);
	if (d->public)
		httpd_close(d->public);
	if (d->e.store)
		d->e.store->ops->close(d->e.store);
	ticker_free(&d->e);
	if (d->e.setup) {
		d->e.setup->held = 0;
		for (struct setup *s = d->e.setup->older; s; s = s->older)
			s->held = 0;
		setup_retire(&d->e);
		setup_free(d->e.setup);
	}
	loop_timer_free(d->watchdog);
	loop_timer_free(d->stopper);
}

static int
serve(const char *file, struct conf *conf)
{
	struct daemon d = { .file = file };

	signal(SIGPIPE, SIG_IGN);
	umask(0027);
	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	if (start(&d, conf)) {
		log_notice("started, version=%s instance=%s mode=%s", HAILONG_VERSION, conf->instance,
		           conf->mode == CONF_TRIAL ? "trial" : "live");
		sd_notify(0, "READY=1");
		loop_run(d.loop);
	} else {
		d.exit_code = EXIT_FAULT;
	}
	finish(&d);
	log_notice("stopped");
	return d.exit_code;
}

static int
usage(FILE *to, int code)
{
	fputs("usage: hailongd [-c FILE] [--check]\n"
	      "  -c, --conf FILE   settings (/etc/hailong/hailong.conf)\n"
	      "      --check       say what is wrong with the settings, then exit 0 or 1\n"
	      "      --version     print the version\n", to);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "conf", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	const char *file = "/etc/hailong/hailong.conf";
	struct conf_faults faults = { 0 };
	struct conf *conf;
	bool check = false;
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (o) {
		case 'c': file = optarg; break;
		case 'k': check = true; break;
		case 'v': puts("hailongd " HAILONG_VERSION); return 0;
		case 'h': return usage(stdout, 0);
		default:  return usage(stderr, EXIT_USAGE);
		}
	}
	if (optind != argc)
		return usage(stderr, EXIT_USAGE);
	if (conf_load(file, &conf, &faults)) {
		conf_faults_print(&faults, check ? stdout : stderr);
		conf_faults_done(&faults);
		return EXIT_FAULT;
	}
	if (!check)
		return serve(file, conf);
	conf_free(conf);
	return 0;
}
