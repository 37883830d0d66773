/* Who may call the private API. */
#include "app/tokens.h"

#include "app/conf.h"
#include "base/mem.h"
#include "base/num.h"

#define HASH_HEX    64
#define HASH_PREFIX "sha256:"

struct token { char name[TOKEN_NAME_MAX + 1]; char hash[HASH_HEX + 1]; unsigned scopes; int line; };

struct tokens { struct token at[TOKENS_MAX]; size_t n; };

static const struct { const char *name; unsigned bit; } scopes_known[] = {
#define X(code, text, bit) { text, TOKEN_##code },
	TOKEN_SCOPE_LIST(X)
#undef X
};

bool
token_name_ok(struct sv name)
{
	if (name.n == 0 || name.n > TOKEN_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._-@", c))))
			return false;
	}
	return true;
}

static unsigned
scope_bit(struct sv name)
{
	for (size_t i = 0; i < ARRAY_N(scopes_known); i++)
		if (sv_is(name, scopes_known[i].name))
			return scopes_known[i].bit;
	return 0;
}

enum err
token_scopes_parse(struct sv text, unsigned *scopes, struct diag *why)
{
	unsigned all = 0;

	while (text.p) {
		struct sv name = sv_trim(sv_cut(&text, ','));
		unsigned bit = scope_bit(name);

		if (!bit) {
			diag_set(why, 0, "scope \"" SV_FMT "\" is none of cases, read, followups, integrity, admin",
			         (int)(name.n > 40 ? 40 : name.n), name.p);
			return ERR_SYNTAX;
		}
		all |= bit;
	}
	*scopes = all;
	return ERR_OK;
}

static struct sv
word(struct sv *rest)
{
	struct sv w;

	*rest = sv_trim(*rest);
	for (w = *rest; rest->n && rest->p[0] != ' ' && rest->p[0] != '\t'; rest->p++)
		rest->n--;
	w.n -= rest->n;
	return w;
}

static bool
take_hash(struct sv text, char *out)
{
	unsigned char bytes[HASH_HEX / 2];

	if (!sv_starts(text, SV(HASH_PREFIX)))
		return false;
	text.p += strlen(HASH_PREFIX);
	text.n -= strlen(HASH_PREFIX);
	if (num_unhex(text, bytes, sizeof bytes))
		return false;
	for (size_t i = 0; i < HASH_HEX; i++)
		out[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'F' ? text.p[i] + 32 : text.p[i]);
	out[HASH_HEX] = '\0';
	return true;
}

static enum err
parse_line(struct sv line, struct token *out, struct diag *why)
{
	struct sv rest = line, name = word(&rest), scopes = word(&rest), hash = word(&rest);
	enum err e;

	if (!token_name_ok(name)) {
		diag_set(why, 0, "the name of a token has 1 to %d letters, digits and . _ - @", TOKEN_NAME_MAX);
		return ERR_SYNTAX;
	}
	e = token_scopes_parse(scopes, &out->scopes, why);
	if (e)
		return e;
	if (!take_hash(hash, out->hash) || sv_trim(rest).n) {
		diag_set(why, 0, "a token line is: NAME SCOPES " HASH_PREFIX "(%d hexadecimal digits); make one with: "
		                 "hailongctl token new", HASH_HEX);
		return ERR_SYNTAX;
	}
	must(sv_copy(name, out->name, sizeof out->name));
	return ERR_OK;
}

static const struct token *
find_twin(const struct tokens *t, const struct token *one)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->at[i].name, one->name) == 0 || strcmp(t->at[i].hash, one->hash) == 0)
			return &t->at[i];
	return NULL;
}

static bool
take_line(struct tokens *t, struct sv line, int at, const char *file, struct conf_faults *faults)
{
	struct token one = { .line = at };
	const struct token *twin;
	struct diag why;

	if (line.n == 0 || line.p[0] == '#')
		return true;
	if (parse_line(line, &one, &why)) {
		conf_fault_add(faults, file, at, "%s", why.text);
		return false;
	}
	twin = find_twin(t, &one);
	if (twin) {
		conf_fault_add(faults, file, at, "the name or the token of %s is there twice, first in line %d", one.name,
		               twin->line);
		return false;
	}
	if (t->n == TOKENS_MAX) {
		conf_fault_add(faults, file, at, "more than %d tokens", TOKENS_MAX);
		return false;
	}
	t->at[t->n++] = one;
	return true;
}

enum err
tokens_parse(struct sv file, const char *file_name, struct tokens **out, struct conf_faults *faults)
{
	struct tokens *t = mem_alloc(sizeof *t);
	bool good = true;

	for (int at = 1; file.p; at++)
		good = take_line(t, sv_trim(sv_cut(&file, '\n')), at, file_name, faults) && good;
	if (!good) {
		tokens_free(t);
		return ERR_SYNTAX;
	}
	*out = t;
	return ERR_OK;
}

void
tokens_free(struct tokens *t)
{
	mem_free(t);
}

size_t
tokens_n(const struct tokens *t)
{
	return t->n;
}

const char *
tokens_find(const struct tokens *t, struct sv bearer, unsigned *scopes)
{
	char hash[HASH_HEX + 1];
	const struct token *found = NULL;

	if (bearer.n > 4 * TOKEN_CHARS)          /* longer than any token: not worth a digest */
		return NULL;
	keyring_sha256(bearer, hash);
	for (size_t i = 0; i < t->n; i++)
		if (keyring_equal((struct sv){ hash, HASH_HEX }, (struct sv){ t->at[i].hash, HASH_HEX }))
			found = &t->at[i];
	if (!found)
		return NULL;
	*scopes = found->scopes;
	return found->name;
}

void
token_make(struct sv name, unsigned scopes, char *clear, struct sbuf *line)
{
	unsigned char bytes[32];
	char hash[HASH_HEX + 1];
	AUTO_SBUF text;
	bool first = true;

	keyring_random(bytes, sizeof bytes);
	sbuf_init(&text, TOKEN_CHARS);
	sbuf_adds(&text, TOKEN_PREFIX);
	sbuf_addhex(&text, bytes, sizeof bytes);
	must(sv_copy(sbuf_sv(&text), clear, TOKEN_CHARS + 1));
	keyring_sha256(sbuf_sv(&text), hash);
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(text.p, text.n);
	sbuf_addsv(line, name);
	for (size_t i = 0; i < ARRAY_N(scopes_known); i++)
		if (scopes & scopes_known[i].bit) {
			sbuf_addf(line, "%s%s", first ? " " : ",", scopes_known[i].name);
			first = false;
		}
	sbuf_addf(line, " " HASH_PREFIX "%s\n", hash);
}
