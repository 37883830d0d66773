/* The Lua bodies. `#!lua` makes Redis enforce declared keys and refuse writes up front when it is full or a replica. */
#include "store/scripts.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/*
 * ARGV: number of guards; per guard its prefix ('' = the key must be absent); per effect: verb, number of
 * arguments, the arguments. KEYS: those of the guards, then those of the effects. Returns 0, or the number of
 * the guard that did not hold.
 */
static const char commit[] =
	"#!lua\n"
	"local a, k, guards = 2, 1, tonumber(ARGV[1])\n"
	"while k <= guards do\n"
	"  local want, n = ARGV[a], #ARGV[a]\n"
	"  if n == 0 then\n"
	"    if redis.call('EXISTS', KEYS[k]) == 1 then return k end\n"
	"  elseif redis.call('GETRANGE', KEYS[k], 0, n - 1) ~= want then return k end\n"
	"  a, k = a + 1, k + 1\n"
	"end\n"
	"while KEYS[k] do\n"
	"  local n = tonumber(ARGV[a + 1])\n"
	"  redis.call(ARGV[a], KEYS[k], unpack(ARGV, a + 2, a + 1 + n))\n"
	"  a, k = a + 2 + n, k + 1\n"
	"end\n"
	"return 0\n";

/*
 * KEYS: due, dead. ARGV: now, lease, most jobs, most tries. A job's score is its time in ms plus the tries in
 * sixteenths, which a double holds exactly for the next thousands of years. Returns member, due, buried, ...
 */
static const char claim[] =
	"#!lua\n"
	"local now, lease, tries = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])\n"
	"local jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.4f', now + 0.9375),\n"
	"                        'WITHSCORES', 'LIMIT', '0', ARGV[3])\n"
	"local out = {}\n"
	"for i = 1, #jobs, 2 do\n"
	"  local member, score = jobs[i], tonumber(jobs[i + 1])\n"
	"  local due = math.floor(score)\n"
	"  local tried = (score - due) * 16\n"
	"  local buried = '0'\n"
	"  if tried >= tries then\n"
	"    redis.call('XADD', KEYS[2], '*', 'member', member, 'due', string.format('%.0f', due), 'at', ARGV[1])\n"
	"    redis.call('ZREM', KEYS[1], member)\n"
	"    buried = '1'\n"
	"  else\n"
	"    redis.call('ZADD', KEYS[1], string.format('%.4f', now + lease + (tried + 1) / 16), member)\n"
	"  end\n"
	"  out[#out + 1] = member\n"
	"  out[#out + 1] = string.format('%.0f', due)\n"
	"  out[#out + 1] = buried\n"
	"end\n"
	"return out\n";

/* KEYS: a stream. ARGV: oldest id to keep. Removes nothing a group has not read and acknowledged. */
static const char trim[] =
	"#!lua\n"
	"local function parts(id)\n"
	"  local ms, seq = string.match(id, '^(%d+)-(%d+)$')\n"
	"  return tonumber(ms), tonumber(seq)\n"
	"end\n"
	"local function before(a, b)\n"
	"  local am, as = parts(a)\n"
	"  local bm, bs = parts(b)\n"
	"  return am < bm or (am == bm and as < bs)\n"
	"end\n"
	"if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end\n"
	"local keep, groups = ARGV[1], redis.call('XINFO', 'GROUPS', KEYS[1])\n"
	"if #groups == 0 then return 0 end\n"
	"for _, g in ipairs(groups) do\n"
	"  local f = {}\n"
	"  for i = 1, #g, 2 do f[g[i]] = g[i + 1] end\n"
	"  local pending, safe = redis.call('XPENDING', KEYS[1], f['name']), nil\n"
	"  if pending[1] > 0 then\n"
	"    safe = pending[2]\n"
	"  else\n"
	"    local ms, seq = parts(f['last-delivered-id'])\n"
	"    safe = string.format('%.0f-%.0f', ms, seq + 1)\n"
	"  end\n"
	"  if before(safe, keep) then keep = safe end\n"
	"end\n"
	"return redis.call('XTRIM', KEYS[1], 'MINID', keep)\n";

static const char *const bodies[SCRIPT_MAX] = { [SCRIPT_COMMIT] = commit, [SCRIPT_CLAIM] = claim, [SCRIPT_TRIM] = trim };

static char shas[SCRIPT_MAX][41];

const char *
script_body(enum script s)
{
	return bodies[s];
}

const char *
script_sha(enum script s)
{
	unsigned char md[20];
	unsigned n = sizeof md;

	if (!shas[s][0]) {
		must(EVP_Digest(bodies[s], strlen(bodies[s]), md, &n, EVP_sha1(), NULL) == 1 && n == sizeof md);
		for (unsigned i = 0; i < n; i++)
			snprintf(&shas[s][2 * i], 3, "%02x", md[i]);
	}
	return shas[s];
}
