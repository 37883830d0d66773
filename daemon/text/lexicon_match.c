/*
 * Finding patterns. A pattern is a way through a tree of steps: words, sets, numbers, gaps. Depth and gaps are
 * bounded, so a message of n words costs at most a constant times n.
 */
#include <string.h>

#include "text/lexicon_inner.h"
#include "text/words.h"

#define DEPTH_MAX 14

struct walk {
	const struct lexicon *lx;
	const struct words   *w;
	size_t          from;
	uint16_t        path[DEPTH_MAX];     /* words taken by word edges */
	size_t          n_path;
	int             folded;              /* members of sets on the way that were recognised without their marks */
	lexicon_hit_fn *fn;
	void           *arg;
};

/* May the pattern go on from the word before to this one? A comma ends a thought, except before a number or a sign. */
static bool
may_join(const struct walk *k, size_t at)
{
	return at == k->from || k->w->at[at].gap < GAP_COMMA;
}

/* Marks: the word must be the one that is written; without marks its letters must do. */
static bool
form_fits(const struct lexicon *lx, const struct word *w, uint16_t form, bool *folded)
{
	bool plain = lx->words[form].fold == form;

	if (w->lost) {
		*folded = false;
		return true;
	}
	if (w->exact && w->kind == WORD_LETTERS_ONLY)
		return w->form == form;
	*folded = *folded || (!plain && w->kind == WORD_LETTERS_ONLY);
	return true;
}

static void
report(struct walk *k, const struct node *node, size_t to)
{
	for (uint32_t i = node->first_entry; i; i = k->lx->entries[i].next) {
		const struct entry *e = &k->lx->entries[i];
		bool folded = k->folded > 0, fits = true;
		struct lexicon_hit hit = { .tag = e->tag, .arg = e->arg, .from = k->from, .to = to, .literals = e->n_forms };

		for (size_t f = 0; fits && f < e->n_forms; f++)
			fits = form_fits(k->lx, &k->w->at[k->path[f]], k->lx->forms[e->forms + f], &folded);
		if (!fits || (folded && e->folded_tag == NO_TAG) || (folded && e->folded_tag != e->tag && k->w->marked))
			continue;
		hit.folded = folded;
		hit.tag = folded ? e->folded_tag : e->tag;
		k->fn(k->arg, &hit);
	}
}

static void walk(struct walk *k, uint32_t node, size_t at);

static void
step_word(struct walk *k, uint32_t to, size_t at)
{
	if (k->n_path == DEPTH_MAX)
		return;
	k->path[k->n_path++] = (uint16_t)at;
	walk(k, to, at + 1);
	k->n_path--;
}

/* Members of a set that are several words: each ends where one of its entries does. */
static void
step_phrase(struct walk *k, uint32_t node, size_t from, size_t at, uint32_t to)
{
	const struct node *nd = &k->lx->nodes[node];
	uint32_t e;

	for (uint32_t i = at > from ? nd->first_entry : 0; i; i = k->lx->entries[i].next) {
		bool folded = false, fits = true;

		for (size_t f = 0; fits && f < k->lx->entries[i].n_forms; f++)
			fits = form_fits(k->lx, &k->w->at[from + f], k->lx->forms[k->lx->entries[i].forms + f], &folded);
		if (!fits)
			continue;
		k->folded += folded;
		walk(k, to, at);
		k->folded -= folded;
	}
	if (at >= k->w->n || !may_join(k, at))
		return;
	if (!k->w->at[at].lost) {
		if (k->w->at[at].fold && (e = lexicon_step(k->lx, node, k->w->at[at].fold)))
			step_phrase(k, k->lx->edges[e].to, from, at + 1, to);
		return;
	}
	for (e = nd->first_word; e; e = k->lx->edges[e].next)
		if (lexicon_fits(k->lx, k->lx->edges[e].what, k->w->at[at].text))
			step_phrase(k, k->lx->edges[e].to, from, at + 1, to);
}

static void
step_gap(struct walk *k, const struct edge *e, size_t at)
{
	for (size_t skip = 0; skip <= e->what; skip++) {
		if (at + skip > k->w->n || (skip && !may_join(k, at + skip - 1)))
			return;
		walk(k, e->to, at + skip);
	}
}

static void
step_other(struct walk *k, const struct edge *e, size_t at)
{
	const struct word *w = at < k->w->n ? &k->w->at[at] : NULL;

	switch ((enum edge_kind)e->kind) {
	case EDGE_WORD:
		if (may_join(k, at) && lexicon_fits(k->lx, e->what, w->text))
			step_word(k, e->to, at);
		break;
	case EDGE_SET:
		if (w && may_join(k, at) && word_in(w, e->what))
			walk(k, e->to, at + 1);
		if (w && k->lx->phrases[e->what])
			step_phrase(k, k->lx->phrases[e->what], at, at, e->to);
		break;
	case EDGE_NUMBER:
		if (w && may_join(k, at) && w->kind == WORD_NUMBER)
			walk(k, e->to, at + 1);
		break;
	case EDGE_GAP:
		step_gap(k, e, at);
		break;
	case EDGE_START:
		if (at == 0)
			walk(k, e->to, at);
		break;
	case EDGE_END:
		if (!w)
			walk(k, e->to, at);
		break;
	}
}

static void
walk(struct walk *k, uint32_t node, size_t at)
{
	const struct node *nd = &k->lx->nodes[node];
	const struct word *w = at < k->w->n ? &k->w->at[at] : NULL;
	uint32_t e;

	if (nd->first_entry && at > k->from)
		report(k, nd, at);
	if (w && w->fold && !w->lost && may_join(k, at) && (e = lexicon_step(k->lx, node, w->fold)))
		step_word(k, k->lx->edges[e].to, at);
	for (e = w && w->lost ? nd->first_word : 0; e; e = k->lx->edges[e].next)
		step_other(k, &k->lx->edges[e], at);
	for (e = nd->first_other; e; e = k->lx->edges[e].next)
		step_other(k, &k->lx->edges[e], at);
}

void
lexicon_match(const struct lexicon *lx, const struct words *w, size_t at, lexicon_hit_fn *fn, void *arg)
{
	struct walk k = { .lx = lx, .w = w, .from = at, .fn = fn, .arg = arg };

	walk(&k, 0, at);
}
