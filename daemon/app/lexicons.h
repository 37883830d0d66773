/* The lexicon of replies: the one that comes with the program, or a folder of the operator's in its place. */
#ifndef APP_LEXICONS_H
#define APP_LEXICONS_H

#include "base/err.h"
#include "text/lexicon.h"

/* dir "" or not there: built in. Otherwise every *.txt of the folder, in the order of their names; *file (may be NULL) says which
 * one *why speaks of, "" = the folder; it holds at least 256 bytes. */
MUST_CHECK enum err lexicons_load(const char *dir, struct lexicon **out, char *file, struct diag *why);

#endif
