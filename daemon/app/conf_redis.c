/*
 * redis.url: redis://[user@]host[:port][/db], unix:path[?db=n]. Sentinel and Cluster are told apart from a
 * typing error, because people will look for them. A password has no place in it: it would be printed.
 */
#include "app/conf_redis.h"

#include "app/file.h"
#include "base/mem.h"
#include "base/num.h"

#define DB_MAX 65535

static enum err
bad(struct diag *why, const char *what)
{
	diag_set(why, 0, "url: %s", what);
	return ERR_SYNTAX;
}

static enum err
take_db(struct sv text, int *db, struct diag *why)
{
	int64_t n = 0;

	if (text.n && num_parse(text, 0, DB_MAX, &n))
		return bad(why, "the database is no number from 0 to 65535");
	*db = (int)n;
	return ERR_OK;
}

/* The host may stand in brackets; the rest begins behind it. */
static enum err
take_host(struct sv *at, struct sv *host, struct diag *why)
{
	const char *end = at->n && at->p[0] == '[' ? memchr(at->p, ']', at->n) : NULL;

	if (at->n && at->p[0] == '[') {
		if (!end)
			return bad(why, "\"]\" is missing");
		*host = (struct sv){ at->p + 1, (size_t)(end - at->p) - 1 };
		*at = (struct sv){ end + 1, at->n - host->n - 2 };
	} else {
		end = memchr(at->p, ':', at->n);
		*host = (struct sv){ at->p, end ? (size_t)(end - at->p) : at->n };
		*at = (struct sv){ at->p + host->n, at->n - host->n };
	}
	if (host->n == 0 || memchr(host->p, ' ', host->n))
		return bad(why, "the host is missing");
	return ERR_OK;
}

static enum err
take_tcp(struct conf_redis *r, struct sv rest, struct diag *why)
{
	struct sv at = sv_cut(&rest, '/'), host, user = { "", 0 };
	const char *sign = at.n ? memrchr(at.p, '@', at.n) : NULL;
	int64_t port = 6379;

	if (sign) {
		user = (struct sv){ at.p, (size_t)(sign - at.p) };
		at = (struct sv){ sign + 1, at.n - user.n - 1 };
		if (user.n && memchr(user.p, ':', user.n))
			return bad(why, "a password is not read from here; put it into password_file");
	}
	if (take_host(&at, &host, why))
		return ERR_SYNTAX;
	if (at.n && (at.p[0] != ':' || num_parse((struct sv){ at.p + 1, at.n - 1 }, 1, 65535, &port)))
		return bad(why, "the port is no number from 1 to 65535");
	if (take_db(rest.p ? rest : (struct sv){ "", 0 }, &r->db, why))
		return ERR_SYNTAX;
	r->host = mem_dup(host.p, host.n);
	r->user = mem_dup(user.p, user.n);
	r->socket = mem_strdup("");
	r->port = (int)port;
	return ERR_OK;
}

static enum err
take_unix(struct conf_redis *r, struct sv rest, const char *dir, struct diag *why)
{
	struct sv path;
	AUTO_FREE char *name = NULL;

	if (sv_starts(rest, SV("//"))) {
		rest.p += 2;
		rest.n -= 2;
	}
	path = sv_cut(&rest, '?');
	if (path.n == 0)
		return bad(why, "the path of the socket is missing");
	if (rest.p && !sv_starts(rest, SV("db=")))
		return bad(why, "only ?db=NUMBER may follow the path");
	if (take_db(rest.p ? (struct sv){ rest.p + 3, rest.n - 3 } : (struct sv){ "", 0 }, &r->db, why))
		return ERR_SYNTAX;
	name = mem_dup(path.p, path.n);
	r->socket = file_join(dir, name);
	r->host = mem_strdup("");
	r->user = mem_strdup("");
	if (strlen(r->socket) > 107)             /* what a socket address of the kernel holds */
		return bad(why, "the path of the socket is longer than 107 bytes");
	return ERR_OK;
}

enum err
conf_redis_url(struct conf_redis *r, const char *dir, struct diag *why)
{
	struct sv url = sv_of(r->url);

	if (sv_starts(url, SV("redis://")))
		return take_tcp(r, (struct sv){ url.p + 8, url.n - 8 }, why);
	if (sv_starts(url, SV("unix:")))
		return take_unix(r, (struct sv){ url.p + 5, url.n - 5 }, dir, why);
	if (sv_starts(url, SV("sentinel:")) || sv_starts(url, SV("cluster:")))
		return bad(why, "this version speaks to one server; Sentinel and Cluster are not supported");
	if (sv_starts(url, SV("rediss:")))
		return bad(why, "this version speaks no TLS to Redis; use a unix socket or the loopback address");
	return bad(why, "must begin with redis:// or unix:");
}
