/* The operator's calls; see the header. Blocking libcurl: a command has nothing else to do. */
#include "ctl/client.h"

#include <curl/curl.h>
#include <string.h>

#include "app/conf.h"
#include "app/file.h"
#include "base/mem.h"

#define ANSWER_MAX (64 * 1024 * 1024)
#define TIMEOUT_MS 30000L

struct client {
	const char *name;
	CURL       *easy;
	char       *base, *socket;           /* "http://127.0.0.1:8481"; path of a unix socket or NULL */
	char        bearer[160];
};

static size_t
on_write(char *p, size_t size, size_t n, void *arg)
{
	sbuf_add(arg, p, size * n);
	return ((struct sbuf *)arg)->failed ? 0 : size * n;
}

static bool
read_token(struct client *k, const struct conf *conf)
{
	char *path = file_join(conf->state_dir, "ctl.token");
	struct diag why = { .line = 0 };
	AUTO_SBUF text;
	bool ok;

	sbuf_init(&text, 128);
	ok = !file_read(path, &text, &why) && text.n;
	if (ok)
		snprintf(k->bearer, sizeof k->bearer, "Authorization: Bearer %s", text.p);
	else
		ctl_fail(CTL_DOWN, k->name, "%s: %s (is hailongd running, and may you read its state folder?)", path, why.text);
	mem_free(path);
	return ok;
}

static void
set_address(struct client *k, const char *address)
{
	AUTO_SBUF url;

	if (!strncmp(address, "unix:", 5)) {
		k->socket = mem_strdup(address + 5);
		k->base = mem_strdup("http://hailong");
		return;
	}
	sbuf_init(&url, 256);
	sbuf_addf(&url, "http://%s", !strncmp(address, "0.0.0.0:", 8) ? "127.0.0.1:" : "");
	sbuf_adds(&url, !strncmp(address, "0.0.0.0:", 8) ? address + 8 : address);
	k->base = mem_strdup(url.p);
}

struct client *
client_new(const struct ctl *c, const char *name)
{
	struct conf_faults faults = { 0 };
	struct client *k = NULL;
	struct conf *conf;

	if (conf_load(c->conf, &conf, &faults)) {
		conf_faults_print(&faults, stderr);
		conf_faults_done(&faults);
		return NULL;
	}
	k = mem_alloc(sizeof *k);
	k->name = name;
	set_address(k, conf->private);
	if (!read_token(k, conf) || !(k->easy = curl_easy_init())) {
		client_free(k);
		k = NULL;
	}
	conf_free(conf);
	return k;
}

void
client_free(struct client *k)
{
	if (!k)
		return;
	if (k->easy)
		curl_easy_cleanup(k->easy);
	mem_free(k->base);
	mem_free(k->socket);
	mem_free(k);
}

enum ctl_exit
client_call(struct client *k, const char *path, const char *type, struct sv body, struct client_answer *out)
{
	struct curl_slist *headers = curl_slist_append(NULL, k->bearer);
	AUTO_SBUF url, content;
	CURLcode code;

	sbuf_init(&url, 8192);
	sbuf_init(&content, 256);
	sbuf_addf(&url, "%s%s", k->base, path);
	*out = (struct client_answer){ .status = 0 };
	sbuf_init(&out->text, ANSWER_MAX);
	curl_easy_reset(k->easy);
	if (type) {
		sbuf_addf(&content, "Content-Type: %s", type);
		headers = curl_slist_append(headers, content.p);
		curl_easy_setopt(k->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(k->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
		curl_easy_setopt(k->easy, CURLOPT_POSTFIELDS, body.p);
	}
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_setopt(k->easy, CURLOPT_URL, url.p);
	curl_easy_setopt(k->easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(k->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(k->easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(k->easy, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(k->easy, CURLOPT_WRITEDATA, &out->text);
	if (k->socket)
		curl_easy_setopt(k->easy, CURLOPT_UNIX_SOCKET_PATH, k->socket);
	code = curl_easy_perform(k->easy);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return ctl_fail(CTL_DOWN, k->name, "%s: %s", k->base, curl_easy_strerror(code));
	curl_easy_getinfo(k->easy, CURLINFO_RESPONSE_CODE, &out->status);
	out->json = json_loadb(out->text.p ? out->text.p : "", out->text.n, 0, NULL);
	return CTL_DONE;
}

void
client_answer_done(struct client_answer *a)
{
	json_decref(a->json);
	a->json = NULL;
	sbuf_done(&a->text);
}

enum ctl_exit
client_complain(const char *name, const struct client_answer *a)
{
	const char *detail = json_string_value(json_object_get(a->json, "detail"));
	const json_t *fault;
	size_t i;

	json_array_foreach(json_object_get(a->json, "errors"), i, fault) {
		const char *field = json_string_value(json_object_get(fault, "field"));
		const char *why = json_string_value(json_object_get(fault, "detail"));

		ctl_fail(CTL_NO, name, "%s: %s", field ? field : "", why ? why : "");
	}
	return ctl_fail(a->status == 503 ? CTL_DOWN : CTL_NO, name, "%ld %s", a->status, detail ? detail : "");
}

void
client_segment(struct sbuf *path, const char *text)
{
	sbuf_addurl(path, sv_of(text));
}
