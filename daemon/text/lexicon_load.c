/* Builds a lexicon from its files; the grammar is in the header. What is wrong is said with its line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/lexicon_inner.h"
#include "text/spell.h"

#define LINE_MAX_BYTES 8192
#define PATTERN_MAX    512               /* bytes of one pattern, alternatives spelled out */
#define PATTERN_WAYS   4096              /* patterns one written pattern may stand for */
#define PATTERN_WORDS  14
#define SET_OPEN       '\1'              /* "<set>" that was looked at already */
#define SET_CLOSE      '\2'

struct loader {
	struct lexicon *lx;
	struct diag    *why;
	int             line;
	int             ways;
	int             tag, folded_tag;
	unsigned        arg;
};

/* ---- growing ---- */

#define GROW(lx, list, n, room) \
	do { \
		if ((lx)->n == (lx)->room) { \
			(lx)->room = (lx)->room ? (lx)->room * 2 : 256; \
			(lx)->list = mem_resize((lx)->list, (lx)->room * sizeof *(lx)->list); \
		} \
		memset(&(lx)->list[(lx)->n++], 0, sizeof *(lx)->list); \
	} while (0)

static void
rehash_words(struct lexicon *lx, uint32_t size)
{
	mem_free(lx->by_form);
	lx->by_form = mem_alloc(size * sizeof *lx->by_form);
	lx->form_mask = size - 1;
	for (uint32_t id = 1; id < lx->n_words; id++) {
		uint32_t i = lexicon_hash(lx->words[id].form) & lx->form_mask;

		while (lx->by_form[i])
			i = (i + 1) & lx->form_mask;
		lx->by_form[i] = (uint16_t)id;
	}
}

static void
put_step(struct lexicon *lx, uint32_t node, uint32_t edge)
{
	uint32_t i = lexicon_step_hash(node, lx->edges[edge].what) & lx->step_mask;

	while (lx->by_step[2 * i])
		i = (i + 1) & lx->step_mask;
	lx->by_step[2 * i] = edge;
	lx->by_step[2 * i + 1] = node;
	lx->n_steps++;
}

static void
rehash_steps(struct lexicon *lx, uint32_t size)
{
	uint32_t *old = lx->by_step, n = old ? lx->step_mask + 1 : 0;

	lx->by_step = mem_alloc(2 * size * sizeof *lx->by_step);
	lx->step_mask = size - 1;
	lx->n_steps = 0;
	for (uint32_t i = 0; i < n; i++)
		if (old[2 * i])
			put_step(lx, old[2 * i + 1], old[2 * i]);
	mem_free(old);
}

struct lexicon *
lexicon_new(const struct lexicon_names *names)
{
	struct lexicon *lx = mem_alloc(sizeof *lx);

	lx->names = names;
	GROW(lx, words, n_words, room_words);
	GROW(lx, nodes, n_nodes, room_nodes);
	GROW(lx, edges, n_edges, room_edges);
	GROW(lx, entries, n_entries, room_entries);
	rehash_words(lx, 4096);
	rehash_steps(lx, 4096);
	/* The caller's sets have the places of its list, in whatever order the files bring them. */
	for (; names->sets[lx->n_sets]; lx->n_sets++)
		lx->sets[lx->n_sets] = mem_strdup(names->sets[lx->n_sets]);
	return lx;
}

void
lexicon_free(struct lexicon *lx)
{
	if (!lx)
		return;
	for (int i = 0; i < lx->n_sets; i++)
		mem_free(lx->sets[i]);
	mem_free(lx->words);
	mem_free(lx->nodes);
	mem_free(lx->edges);
	mem_free(lx->entries);
	mem_free(lx->forms);
	mem_free(lx->by_form);
	mem_free(lx->by_step);
	mem_free(lx);
}

/* ---- words ---- */

static enum err
refuse(const struct loader *l, const char *what, struct sv text)
{
	diag_set(l->why, l->line, "%s: \"%.*s\"", what, (int)(text.n < 80 ? text.n : 80), text.p);
	return ERR_SYNTAX;
}

static uint16_t
intern_form(struct lexicon *lx, const char *form)
{
	uint16_t id = lexicon_find(lx, form);
	uint32_t i;

	if (id || lx->n_words >= LEXICON_WORDS)
		return id;
	GROW(lx, words, n_words, room_words);
	id = (uint16_t)(lx->n_words - 1);
	snprintf(lx->words[id].form, sizeof lx->words[id].form, "%s", form);
	lx->words[id].fold = id;
	lx->words[id].syllable = spell_is_syllable(form);
	if (lx->n_words * 2 > lx->form_mask) {
		rehash_words(lx, 2 * (lx->form_mask + 1));
		return id;
	}
	i = lexicon_hash(form) & lx->form_mask;
	while (lx->by_form[i])
		i = (i + 1) & lx->form_mask;
	lx->by_form[i] = id;
	return id;
}

/* A word as written in the file, 0 = not a word. A picture is its own form. */
static uint16_t
intern(struct lexicon *lx, struct sv text)
{
	char form[LEXICON_FORM], word[LEXICON_FORM], fold[WORD_LETTERS + 1];
	UNSET struct plain p;
	uint16_t id, fold_id;

	if (!text.n || text.n + 1 >= LEXICON_FORM)
		return 0;
	if (text.p[0] == '#' && text.n > 1) {        /* right behind a number */
		plain_read((struct sv){ text.p + 1, text.n - 1 }, &p);
		form[0] = '#';
		return spell_form(p.at, p.n, word, fold) && snprintf(form + 1, sizeof form - 1, "%s", word) < LEXICON_FORM - 1
		       ? intern_form(lx, form) : 0;
	}
	plain_read(text, &p);
	if (!spell_form(p.at, p.n, form, fold)) {
		if (p.n != 1 || p.at[0].base || (p.at[0].c >= '0' && p.at[0].c <= '9') || (p.at[0].c < 0x80 && strchr(" ?.,/-", (int)p.at[0].c)))
			return 0;
		memcpy(form, text.p, text.n);        /* without the variation selector the reader drops too */
		form[text.n] = '\0';
		if (text.n > 3 && !memcmp(form + text.n - 3, "\xef\xb8\x8f", 3))
			form[text.n - 3] = '\0';
		return intern_form(lx, form);
	}
	if (!(fold_id = intern_form(lx, fold)) || !(id = intern_form(lx, form)))
		return 0;
	lx->words[id].fold = fold_id;
	return id;
}

/* ---- sets ---- */

static int
find_set(const struct lexicon *lx, struct sv name)
{
	for (int i = 0; i < lx->n_sets; i++)
		if (sv_is(name, lx->sets[i]))
			return i;
	return -1;
}

static int
make_set(struct lexicon *lx, struct sv name)
{
	int at = find_set(lx, name);

	if (at >= 0 || lx->n_sets == LEXICON_SETS)
		return at;
	lx->sets[lx->n_sets] = mem_dup(name.p, name.n);
	return lx->n_sets++;
}

/* ---- patterns ---- */

static uint32_t
follow(struct lexicon *lx, uint32_t node, enum edge_kind kind, uint16_t what)
{
	uint32_t e, *head;

	if (kind == EDGE_WORD) {
		if ((e = lexicon_step(lx, node, what)))
			return lx->edges[e].to;
	} else {
		for (e = lx->nodes[node].first_other; e; e = lx->edges[e].next)
			if (lx->edges[e].kind == kind && lx->edges[e].what == what)
				return lx->edges[e].to;
	}
	GROW(lx, nodes, n_nodes, room_nodes);
	GROW(lx, edges, n_edges, room_edges);
	e = lx->n_edges - 1;
	head = kind == EDGE_WORD ? &lx->nodes[node].first_word : &lx->nodes[node].first_other;
	lx->edges[e] = (struct edge){ .kind = (uint8_t)kind, .what = what, .to = lx->n_nodes - 1, .next = *head };
	*head = e;
	if (kind == EDGE_WORD) {
		if (4ull * (lx->n_steps + 1) > 3ull * lx->step_mask)
			rehash_steps(lx, 2 * (lx->step_mask + 1));
		put_step(lx, node, e);
	}
	return lx->edges[e].to;
}

static enum err
add_entry(struct loader *l, uint32_t node, const uint16_t *forms, size_t n)
{
	struct lexicon *lx = l->lx;
	struct entry *e;

	for (uint32_t i = lx->nodes[node].first_entry; i; i = lx->entries[i].next)
		if (lx->entries[i].tag == l->tag && lx->entries[i].arg == l->arg && lx->entries[i].n_forms == n
		    && lx->entries[i].folded_tag == l->folded_tag && (!n || !memcmp(lx->forms + lx->entries[i].forms, forms, n * sizeof *forms)))
			return ERR_OK;
	GROW(lx, entries, n_entries, room_entries);
	e = &lx->entries[lx->n_entries - 1];
	e->tag = (uint8_t)l->tag;
	e->folded_tag = (uint8_t)l->folded_tag;
	e->arg = l->arg & 0xfff;
	e->n_forms = n & 15;
	e->forms = lx->n_forms;
	e->next = lx->nodes[node].first_entry;
	lx->nodes[node].first_entry = lx->n_entries - 1;
	for (size_t i = 0; i < n; i++) {
		GROW(lx, forms, n_forms, room_forms);
		lx->forms[lx->n_forms - 1] = forms[i];
	}
	return ERR_OK;
}

/* A member of several words is a way of its own, which every pattern with the set shares. */
static enum err
add_phrase(struct loader *l, int set, struct sv item)
{
	struct lexicon *lx = l->lx;
	uint16_t forms[PATTERN_WORDS];
	uint32_t node;
	size_t n = 0;

	if (!lx->phrases[set]) {
		GROW(lx, nodes, n_nodes, room_nodes);
		lx->phrases[set] = lx->n_nodes - 1;
	}
	node = lx->phrases[set];
	for (struct sv rest = item; rest.p;) {
		struct sv w = sv_cut(&rest, ' ');

		if (!w.n)
			continue;
		if (n == PATTERN_WORDS || !(forms[n] = intern(lx, w)))
			return refuse(l, "not words", item);
		node = follow(lx, node, EDGE_WORD, lx->words[forms[n++]].fold);
	}
	return add_entry(l, node, forms, n);
}

static enum err
add_member(struct loader *l, int set, bool loose, struct sv item)
{
	struct lexicon *lx = l->lx;
	uint16_t id;

	if (memchr(item.p, ' ', item.n)) {
		l->tag = l->folded_tag = 0;
		l->arg = 0;
		return add_phrase(l, set, item);
	}
	if (!(id = intern(lx, item)))
		return refuse(l, "not a word", item);
	lx->words[id].exact |= 1ull << set;
	if (loose || lx->words[id].fold == id)
		lx->words[lx->words[id].fold].loose |= 1ull << set;
	return ERR_OK;
}

/* One pattern without alternatives: words, <sets>, # .. ... ^ $ */
static enum err
add_pattern(struct loader *l, struct sv text)
{
	uint16_t forms[PATTERN_WORDS];
	uint32_t node = 0;
	size_t n = 0;

	if (++l->ways > PATTERN_WAYS)
		return refuse(l, "stands for too many patterns", text);
	for (struct sv rest = sv_trim(text); rest.p && rest.n;) {
		struct sv w = sv_cut(&rest, ' ');
		uint16_t id;

		if (!w.n)
			continue;
		if (sv_is(w, "#")) {
			node = follow(l->lx, node, EDGE_NUMBER, 0);
		} else if (sv_is(w, "^") || sv_is(w, "$")) {
			node = follow(l->lx, node, w.p[0] == '^' ? EDGE_START : EDGE_END, 0);
		} else if (sv_is(w, "..") || sv_is(w, "...")) {
			node = follow(l->lx, node, EDGE_GAP, w.n == 2 ? 2 : 5);
		} else if (w.p[0] == SET_OPEN) {
			int set = w.n > 2 ? find_set(l->lx, (struct sv){ w.p + 1, w.n - 2 }) : -1;

			/* A file may hold the sign itself. */
			if (set < 0)
				return refuse(l, "no such set", w);
			node = follow(l->lx, node, EDGE_SET, (uint16_t)set);
		} else {
			if (!(id = intern(l->lx, w)))
				return refuse(l, "not a word", w);
			if (n == PATTERN_WORDS)
				return refuse(l, "too many words", text);
			forms[n++] = id;
			node = follow(l->lx, node, EDGE_WORD, l->lx->words[id].fold);
		}
	}
	return node ? add_entry(l, node, forms, n) : refuse(l, "an empty pattern", text);
}

/* prefix + alternative + rest; NULL when it does not fit. */
static bool
splice(char *out, struct sv before, struct sv middle, struct sv after)
{
	if (before.n + middle.n + after.n >= PATTERN_MAX)
		return false;
	memcpy(out, before.p, before.n);
	memcpy(out + before.n, middle.p, middle.n);
	memcpy(out + before.n + middle.n, after.p, after.n);
	out[before.n + middle.n + after.n] = '\0';
	return true;
}

static enum err expand(struct loader *l, struct sv text);

static enum err
expand_to(struct loader *l, struct sv before, struct sv middle, struct sv after)
{
	char out[PATTERN_MAX];

	if (!splice(out, before, middle, after))
		return refuse(l, "too long", before);
	return expand(l, sv_of(out));
}

/* The bracket that closes the one at i; n = none. Brackets may nest. */
static size_t
closing(struct sv text, size_t i)
{
	int depth = 0;

	for (; i < text.n; i++) {
		if (strchr("{[<", text.p[i]))
			depth++;
		else if (strchr("}]>", text.p[i]) && !--depth)
			break;
	}
	return i;
}

/* Cuts *rest at the first '|' that stands in no bracket. */
static struct sv
cut_alternative(struct sv *rest)
{
	struct sv whole = *rest;

	for (size_t i = 0; i < whole.n; i++) {
		if (strchr("{[<", whole.p[i])) {
			i = closing(whole, i);
		} else if (whole.p[i] == '|') {
			*rest = (struct sv){ whole.p + i + 1, whole.n - i - 1 };
			return (struct sv){ whole.p, i };
		}
	}
	*rest = (struct sv){ NULL, 0 };
	return whole;
}

/* Takes the first bracket apart: {a|b}, [a|b] (which may be missing), <set>. */
static enum err
expand(struct loader *l, struct sv text)
{
	size_t i = 0, k;
	struct sv before, after, inside;
	enum err e = ERR_OK;
	char set[PATTERN_MAX];

	while (i < text.n && !strchr("{[<", text.p[i]))
		i++;
	if (i == text.n)
		return add_pattern(l, text);
	if ((k = closing(text, i)) >= text.n)
		return refuse(l, "a bracket is not closed", text);
	before = (struct sv){ text.p, i };
	after = (struct sv){ text.p + k + 1, text.n - k - 1 };
	inside = (struct sv){ text.p + i + 1, k - i - 1 };
	if (text.p[i] == '[')
		e = expand_to(l, before, SV(""), after);
	if (text.p[i] == '<') {
		if (find_set(l->lx, inside) < 0 || inside.n + 3 > sizeof set)
			return refuse(l, "no such set", inside);
		snprintf(set, sizeof set, "%c%.*s%c", SET_OPEN, (int)inside.n, inside.p, SET_CLOSE);
		return expand_to(l, before, sv_of(set), after);
	}
	while (!e && inside.p)
		e = expand_to(l, before, sv_trim(cut_alternative(&inside)), after);
	return e;
}

/* ---- lines ---- */

static int
find_tag(const struct lexicon *lx, struct sv name)
{
	for (int i = 0; lx->names->tags[i]; i++)
		if (sv_is(name, lx->names->tags[i]))
			return i;
	return -1;
}

static enum err
read_arg(struct loader *l, struct sv arg)
{
	l->arg = 0;
	for (size_t i = 0; i < arg.n; i++) {
		char c = arg.p[i];

		if (c >= '0' && c <= '9' && arg.n == 1)
			l->arg = (unsigned)(c - '0');
		else if (c >= 'A' && c <= 'H')
			l->arg |= 1u << (c - 'A');
		else if (c == 'X')
			l->arg |= 1u << 8;
		else
			return refuse(l, "neither letters nor a digit", arg);
	}
	return ERR_OK;
}

static enum err
add_spelling(struct loader *l, struct sv words, struct sv item)
{
	struct lexeme *w;
	uint16_t ids[LEXICON_SAY], id;
	size_t n = 0;

	for (struct sv rest = words; rest.p;) {
		if (n == LEXICON_SAY || !(ids[n++] = intern(l->lx, sv_cut(&rest, ' '))))
			return refuse(l, "not words", words);
	}
	if (!(id = intern(l->lx, item)))
		return refuse(l, "not one word", item);
	w = &l->lx->words[id];
	memcpy(w->say, ids, n * sizeof *ids);
	w->say_n = (uint16_t)n;
	return ERR_OK;
}

/* The words in front of '=': key, arguments, "~other" */
struct head { struct sv key, arg, folded; };

static struct head
read_head(struct sv text)
{
	struct head h = { .key = { NULL, 0 } };
	struct sv rest = sv_trim(text);

	h.key = sv_cut(&rest, ' ');
	rest = sv_trim(rest.p ? rest : SV(""));
	h.arg = rest;
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '~') {
			h.arg = sv_trim((struct sv){ rest.p, i });
			h.folded = sv_trim((struct sv){ rest.p + i + 1, rest.n - i - 1 });
			break;
		}
	return h;
}

static enum err
begin_tag(struct loader *l, const struct head *h)
{
	if ((l->tag = find_tag(l->lx, h->key)) < 0)
		return refuse(l, "no such meaning", h->key);
	l->folded_tag = l->tag;
	if (sv_is(h->folded, "-"))
		l->folded_tag = NO_TAG;
	else if (h->folded.p && (l->folded_tag = find_tag(l->lx, h->folded)) < 0)
		return refuse(l, "no such meaning", h->folded);
	return read_arg(l, h->arg);
}

static enum err
add_line(struct loader *l, struct sv line)
{
	struct sv items = line, head = sv_cut(&items, '=');
	struct head h = read_head(head);
	bool spelling = sv_is(h.key, "say"), is_set = sv_is(h.key, "set");
	int set = -1;
	enum err e = ERR_OK;

	if (!items.p)
		return refuse(l, "no '='", line);
	if (is_set && (set = make_set(l->lx, h.arg)) < 0)
		return refuse(l, "too many sets", h.arg);
	if (!spelling && !is_set && (e = begin_tag(l, &h)))
		return e;
	while (!e && items.p) {
		struct sv item = sv_trim(sv_cut(&items, ','));

		l->ways = 0;
		if (!item.n)
			e = refuse(l, "nothing between two commas", line);
		else if (spelling)
			e = add_spelling(l, h.arg, item);
		else if (is_set)
			e = add_member(l, set, !sv_is(h.folded, "-"), item);
		else
			e = expand(l, item);
	}
	return e;
}

enum err
lexicon_add(struct lexicon *lx, struct sv text, struct diag *why)
{
	struct loader l = { .lx = lx, .why = why };
	enum err e = ERR_OK;

	while (!e && text.p && text.n) {
		struct sv line = sv_trim(sv_cut(&text, '\n'));

		l.line++;
		if (line.n > LINE_MAX_BYTES)
			e = refuse(&l, "line too long", line);
		else if (line.n && line.p[0] != '#')
			e = add_line(&l, line);
	}
	if (!e && lx->n_words >= LEXICON_WORDS) {
		diag_set(why, 0, "more than %d words", LEXICON_WORDS);
		e = ERR_TOOBIG;
	}
	return e;
}

/* Nothing grows any more: what the doubling left over is given back. */
#define SHRINK(lx, list, n, room) \
	do { \
		(lx)->list = mem_resize((lx)->list, ((lx)->n ? (lx)->n : 1) * sizeof *(lx)->list); \
		(lx)->room = (lx)->n; \
	} while (0)

enum err
lexicon_seal(struct lexicon *lx, struct diag *why)
{
	SHRINK(lx, words, n_words, room_words);
	SHRINK(lx, nodes, n_nodes, room_nodes);
	SHRINK(lx, edges, n_edges, room_edges);
	SHRINK(lx, entries, n_entries, room_entries);
	SHRINK(lx, forms, n_forms, room_forms);
	for (int i = 0; lx->names->sets[i]; i++) {
		bool used = lx->n_sets > i && lx->phrases[i];

		for (uint32_t w = 1; !used && w < lx->n_words; w++)
			used = lx->words[w].exact >> i & 1;
		if (!used) {
			diag_set(why, 0, "the set %s has no members", lx->names->sets[i]);
			return ERR_MISSING;
		}
	}
	return ERR_OK;
}
