/* The scripts that run inside Redis. None knows a rule of ours; each checks everything before it writes. */
#ifndef STORE_SCRIPTS_H
#define STORE_SCRIPTS_H

enum script {
	SCRIPT_COMMIT, SCRIPT_MARK, SCRIPT_WHOLE, SCRIPT_CLAIM, SCRIPT_COUNT, SCRIPT_GROUP_READ,
	SCRIPT_TRIM,
	SCRIPT_MAX
};

const char *script_body(enum script s);
const char *script_sha(enum script s);           /* 40 hex digits; computed at the first call */

#endif
