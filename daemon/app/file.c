/* Small files read whole. */
#include "app/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utf8proc.h>

#include "base/mem.h"

#define PATH_BYTES 4096

static enum err
said(struct diag *why, int error)
{
	diag_set(why, 0, "%s", error == ENOENT ? "not there" : strerror(error));
	return error == ENOENT || error == ENOTDIR ? ERR_MISSING : ERR_IO;
}

static enum err
read_all(int fd, struct sbuf *out, struct diag *why)
{
	char part[16384];
	const char *text;

	for (;;) {
		ssize_t n = read(fd, part, sizeof part);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return said(why, errno);
		if (n == 0)
			break;
		sbuf_add(out, part, (size_t)n);
	}
	explicit_bzero(part, sizeof part);
	if (sbuf_finish(out, &text)) {
		diag_set(why, 0, "larger than %zu bytes", out->max);
		return ERR_TOOBIG;
	}
	return ERR_OK;
}

/* forbidden: mode bits this file must not have. */
static enum err
read_file(const char *path, mode_t forbidden, struct sbuf *out, struct diag *why)
{
	struct stat st;
	enum err e;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);   /* a FIFO must not hold us */

	if (fd < 0)
		return said(why, errno);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		diag_set(why, 0, "not a regular file");
		e = ERR_IO;
	} else if (st.st_mode & forbidden) {
		diag_set(why, 0, "everybody may open this secret (mode %04o); do: chmod o= %s", st.st_mode & 07777, path);
		e = ERR_DENIED;
	} else {
		e = read_all(fd, out, why);
	}
	close(fd);
	return e;
}

enum err
file_read(const char *path, struct sbuf *out, struct diag *why)
{
	return read_file(path, 0, out, why);
}

enum err
file_secret(const char *path, struct sbuf *out, struct diag *why)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY"), *slash = strrchr(path, '/');

	if (credentials && credentials[0] == '/') {
		AUTO_FREE char *given = file_join(credentials, slash ? slash + 1 : path);
		/* systemd guards this folder itself; the mode of the files in it is its own. */
		enum err e = read_file(given, 0, out, why);

		if (e != ERR_MISSING)
			return e;
	}
	return read_file(path, S_IRWXO, out, why);
}

static enum err
write_all(int fd, struct sv text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		text.p += n;
		text.n -= (size_t)n;
	}
	return ERR_OK;
}

/* A rename is on the disk only when its folder is. */
static int
sync_dir(const char *path)
{
	AUTO_FREE char *dir = file_dir(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static enum err
fill(int fd, const char *path, struct sv text, mode_t mode)
{
	struct stat old;

	if (stat(path, &old) == 0) {
		mode = old.st_mode & 07777;
		if (geteuid() == 0 && fchown(fd, old.st_uid, old.st_gid))
			return ERR_IO;
	}
	if (fchmod(fd, mode) || write_all(fd, text) || fsync(fd))
		return ERR_IO;
	return ERR_OK;
}

enum err
file_replace(const char *path, struct sv text, mode_t mode, struct diag *why)
{
	char fresh[PATH_BYTES];
	int fd, error = 0;

	if ((size_t)snprintf(fresh, sizeof fresh, "%s.XXXXXX", path) >= sizeof fresh)
		return said(why, ENAMETOOLONG);
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0)
		return said(why, errno);
	if (fill(fd, path, text, mode) || rename(fresh, path)) {
		error = errno;
		unlink(fresh);
	} else if (sync_dir(path)) {
		error = errno;
	}
	close(fd);
	return error ? said(why, error) : ERR_OK;
}

/* ---- names ---- */

static void
add_step(struct sbuf *path, struct sv step)
{
	if (step.n == 0 || sv_is(step, "."))
		return;
	if (!sv_is(step, "..")) {
		sbuf_addc(path, '/');
		sbuf_addsv(path, step);
		return;
	}
	while (path->n && path->p[path->n - 1] != '/')
		sbuf_cut(path, path->n - 1);
	if (path->n)
		sbuf_cut(path, path->n - 1);
}

char *
file_join(const char *dir, const char *name)
{
	struct sv parts[2] = { sv_of(name[0] == '/' ? "" : dir), sv_of(name) };
	AUTO_SBUF path;
	const char *text;

	sbuf_init(&path, 2 * PATH_BYTES);
	for (size_t i = 0; i < ARRAY_N(parts); i++)
		while (parts[i].p)
			add_step(&path, sv_cut(&parts[i], '/'));
	if (path.n == 0)
		sbuf_addc(&path, '/');
	/* Too long for the kernel as well: opening it will say so. */
	return mem_strdup(sbuf_finish(&path, &text) ? name : text);
}

char *
file_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return mem_strdup(".");
	return mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
}

int
file_bad_line(struct sv text)
{
	int line = 1;

	while (text.n) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, &c);

		if (n <= 0 || c == 0x7f || (c < 0x20 && c != '\t' && c != '\r' && c != '\n'))
			return line;
		line += c == '\n';
		text.p += n;
		text.n -= (size_t)n;
	}
	return 0;
}
