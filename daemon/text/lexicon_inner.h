/* The built lexicon, shared by its reader (lexicon.c), its builder (lexicon_load.c) and the matcher (lexicon_match.c). */
#ifndef TEXT_LEXICON_INNER_H
#define TEXT_LEXICON_INNER_H

#include "text/lexicon.h"

enum edge_kind { EDGE_WORD, EDGE_SET, EDGE_NUMBER, EDGE_GAP, EDGE_START, EDGE_END };

struct lexeme {
	char     form[LEXICON_FORM];
	uint16_t fold;                       /* id of the word without marks; its own for such a word */
	uint16_t say[LEXICON_SAY], say_n;
	uint64_t exact, loose;               /* sets, read with marks and without */
	bool     syllable;                   /* Vietnamese, and so worth guessing at behind a typing error */
};

struct edge { uint8_t kind; uint16_t what; uint32_t to, next; };    /* word, set or widest gap; to a node; next edge of the same node */

struct entry {
	uint8_t  tag, folded_tag;            /* NO_TAG: no meaning without marks */
	uint16_t arg : 12, n_forms : 4;
	uint32_t forms;                      /* place in lx->forms: one for each word edge on the way */
	uint32_t next;                       /* of the same node */
};
#define NO_TAG 0xff

struct node { uint32_t first_word, first_other, first_entry; };   /* word edges, other edges, meanings */

struct lexicon {
	const struct lexicon_names *names;
	struct lexeme *words;                /* [0] is not used */
	struct node   *nodes;                /* [0] is the root */
	struct edge   *edges;                /* [0] is not used */
	struct entry  *entries;              /* [0] is not used */
	uint16_t      *forms;
	uint32_t n_words, n_nodes, n_edges, n_entries, n_forms;
	uint32_t room_words, room_nodes, room_edges, room_entries, room_forms;
	uint16_t *by_form;                   /* open hash of words, a power of two */
	uint32_t  form_mask;
	uint32_t *by_step;                   /* open hash of word edges by (node, word) */
	uint32_t  step_mask, n_steps;
	char     *sets[LEXICON_SETS];
	uint32_t  phrases[LEXICON_SETS];     /* node where its members of more than one word begin, 0 = none */
	int       n_sets;
};

uint32_t lexicon_hash(const char *form);
uint32_t lexicon_step_hash(uint32_t node, uint16_t word);
/* The edge for a word from a node, 0 = none. */
uint32_t lexicon_step(const struct lexicon *lx, uint32_t node, uint16_t word);

#endif
