/*
 * A message as folded words: lower case without marks, digits of every script's compatibility forms as
 * ASCII, numbers apart from letters ("HL5" is two words, "4/5" one). Fixed memory, linear.
 */
#ifndef TEXT_WORDS_H
#define TEXT_WORDS_H

#include <stdbool.h>

#include "base/sv.h"

#define WORDS_MAX 512
#define WORD_MAX  24                     /* longer ones are cut: no word of ours is */

struct word  { char text[WORD_MAX]; bool number; };
struct words { struct word at[WORDS_MAX]; size_t n; };

void words_cut(struct sv text, struct words *out);

#endif
