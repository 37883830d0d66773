/* The lexicon that comes with the program. */
#ifndef FUZZ_LEXICON_H
#define FUZZ_LEXICON_H

#include "core/reply.h"
#include "fuzz.h"

static inline const struct lexicon *
fuzz_lexicon(void)
{
	static struct lexicon *lx;
	struct diag why;

	if (lx)
		return lx;
	lx = reply_lexicon_new();
	must(!lexicon_add(lx, reply_lexicon_builtin(), &why) && !lexicon_seal(lx, &why));
	return lx;
}

/* Built before the first input, whose time is limited. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	(void)fuzz_lexicon();
	return 0;
}

#endif
