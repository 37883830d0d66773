/*
 * The Lua bodies. `#!lua` makes Redis enforce declared keys and refuse a script that writes up front, when
 * memory is full or the server is a replica; `allow-oom` is for those which only make room or hand out. An
 * error in the middle is not rolled back by Redis, so whatever can fail is asked before the first write.
 * Times come as arguments, so that a script depends on nothing but its arguments and its keys.
 */
#include "store/scripts.h"

#define ERR_STATE openssl_err_state      /* a typedef of theirs with the name of an error of ours */
#include <openssl/evp.h>
#undef ERR_STATE
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/*
 * KEYS: those of the guards, then those of the effects. ARGV: number of guards; per guard its prefix ('' = the
 * key must be absent); per effect verb, number of arguments, arguments. Returns 0, or which guard did not hold.
 * Effects on a key of the wrong kind, and numbers that are none, are found out by verbs that only read. The sums of a
 * step are read and written at once, each field and each key of them at most once in a transaction: one HSET costs a
 * fifth of as many HINCRBY.
 */
static const char commit[] =
	"#!lua\n"
	"local call, guards, at = redis.call, tonumber(ARGV[1]), 2\n"
	"local ask = { ZADD = 'ZCARD', ZREM = 'ZCARD', XADD = 'XLEN' }\n"
	"for i = 1, guards do\n"
	"  local want = ARGV[at]\n"
	"  if want == '' then\n"
	"    if call('EXISTS', KEYS[i]) ~= 0 then return i end\n"
	"  elseif call('GETRANGE', KEYS[i], 0, #want - 1) ~= want then return i end\n"
	"  at = at + 1\n"
	"end\n"
	"local effects, sums = at, {}\n"
	"for i = guards + 1, #KEYS do\n"
	"  local reads, last = ask[ARGV[at]], at + 1 + ARGV[at + 1]\n"
	"  if reads then\n"
	"    if KEYS[i] ~= KEYS[i - 1] then call(reads, KEYS[i]) end\n"
	"  elseif ARGV[at] == 'HINCRBY' then\n"
	"    local fields, new = {}, {}\n"
	"    for k = at + 2, last, 2 do fields[#fields + 1] = ARGV[k] end\n"
	"    for n, v in ipairs(call('HMGET', KEYS[i], unpack(fields))) do\n"
	"      local was = tonumber(v or 0)\n"
	"      if not was or not (was > -1e15 and was < 1e15) then return { err = 'WRONGTYPE not a number' } end\n"
	"      new[2 * n - 1], new[2 * n] = fields[n], was + ARGV[at + 2 * n + 1]\n"
	"    end\n"
	"    sums[i] = new\n"
	"  end\n"
	"  at = last + 1\n"
	"end\n"
	"at = effects\n"
	"for i = guards + 1, #KEYS do\n"
	"  local last = at + 1 + ARGV[at + 1]\n"
	"  if sums[i] then\n"
	"    call('HSET', KEYS[i], unpack(sums[i]))\n"
	"  else\n"
	"    call(ARGV[at], KEYS[i], unpack(ARGV, at + 2, last))\n"
	"  end\n"
	"  at = last + 1\n"
	"end\n"
	"return 0\n";

/* KEYS: a hash. ARGV: field, value. Returns what stands. */
static const char mark[] =
	"#!lua\n"
	"if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then return ARGV[2] end\n"
	"return redis.call('HGET', KEYS[1], ARGV[1])\n";

/* KEYS: a hash. ARGV: most fields. Returns -1 when there are more. */
static const char whole[] =
	"#!lua flags=no-writes\n"
	"if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then return -1 end\n"
	"return redis.call('HGETALL', KEYS[1])\n";

/*
 * KEYS: due, dead. ARGV: now, now + lease, most jobs, most tries. A score is a time in ms plus the tries in
 * sixteenths, which a double holds exactly. A score nobody of us wrote (infinite, an odd fraction) must not
 * stop the queue: it counts as a first try at time 0. Returns member, due, buried, ...
 */
static const char claim[] =
	"#!lua\n"
	"local jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', ARGV[1] + 1),\n"
	"                        'WITHSCORES', 'LIMIT', 0, ARGV[3])\n"
	"redis.call('XLEN', KEYS[2])\n"
	"local out, moved = {}, {}\n"
	"for i = 1, #jobs, 2 do\n"
	"  local member, score = jobs[i], tonumber(jobs[i + 1])\n"
	"  if not (score > -9e15) then score = 0 end\n"
	"  local due = math.floor(score)\n"
	"  local tries = math.floor((score - due) * 16)\n"
	"  local buried = 0\n"
	"  if tries >= tonumber(ARGV[4]) then\n"
	"    redis.call('XADD', KEYS[2], '*', 'member', member, 'due', string.format('%.0f', due), 'at', ARGV[1])\n"
	"    redis.call('ZREM', KEYS[1], member)\n"
	"    buried = 1\n"
	"  else\n"
	"    moved[#moved + 1] = string.format('%.4f', ARGV[2] + (tries + 1) / 16)\n"
	"    moved[#moved + 1] = member\n"
	"  end\n"
	"  local n = #out\n"
	"  out[n + 1], out[n + 2], out[n + 3] = member, due, buried\n"
	"end\n"
	"if #moved > 0 then redis.call('ZADD', KEYS[1], unpack(moved)) end\n"
	"return out\n";

/* KEYS: a sorted set, a stream or nothing. Another kind is an error. */
static const char count[] =
	"#!lua flags=no-writes\n"
	"if redis.call('TYPE', KEYS[1]).ok == 'stream' then return redis.call('XLEN', KEYS[1]) end\n"
	"return redis.call('ZCARD', KEYS[1])\n";

/*
 * KEYS: a stream. ARGV: group, reader, idle ms, most entries. The group begins at 0, so that entries older
 * than it are not skipped. Returns {id, {name, value, ...}} ..., or {id} for an entry that is gone.
 */
static const char group_read[] =
	"#!lua flags=allow-oom\n"
	"local key, group, reader, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[4])\n"
	"local function idle() return redis.pcall('XAUTOCLAIM', key, group, reader, ARGV[3], '0-0', 'COUNT', most) end\n"
	"local left = idle()\n"
	"if left.err and left.err:sub(1, 7) == 'NOGROUP' then\n"
	"  redis.call('XGROUP', 'CREATE', key, group, '0', 'MKSTREAM')\n"
	"  left = idle()\n"
	"end\n"
	"if left.err then return left end\n"
	"local out = left[2]\n"
	"for _, id in ipairs(left[3] or {}) do out[#out + 1] = { id } end\n"
	"if #out >= most then return out end\n"
	"local new = redis.call('XREADGROUP', 'GROUP', group, reader, 'COUNT', most - #out, 'STREAMS', key, '>')\n"
	"for _, entry in ipairs(new and new[1][2] or {}) do out[#out + 1] = entry end\n"
	"return out\n";

/*
 * KEYS: a stream. ARGV: oldest id to keep by age, about how many to drop at once. The boundary moves back to
 * what any group has not read or not acknowledged. Ids are compared as text (length, then digits): their
 * halves have 64 bits, numbers here 53. Whole nodes go first and cheaply, then the rest of the last one.
 */
static const char trim[] =
	"#!lua flags=allow-oom\n"
	"local key, keep = KEYS[1], ARGV[1]\n"
	"local function less(a, b)\n"
	"  if #a ~= #b then return #a < #b end\n"
	"  return a < b\n"
	"end\n"
	"local function before(a, b)\n"
	"  local am, as = a:match('^(%d+)-(%d+)$')\n"
	"  local bm, bs = b:match('^(%d+)-(%d+)$')\n"
	"  if am == bm then return less(as, bs) end\n"
	"  return less(am, bm)\n"
	"end\n"
	"local function behind(id)\n"
	"  local ms, seq = id:match('^(%d+)-(%d+)$')\n"
	"  if #seq > 15 then return id end\n"
	"  return ms .. '-' .. string.format('%.0f', seq + 1)\n"
	"end\n"
	"if redis.call('XLEN', key) == 0 then return 0 end\n"
	"local groups = redis.call('XINFO', 'GROUPS', key)\n"
	"if #groups == 0 then return 0 end\n"
	"for _, g in ipairs(groups) do\n"
	"  local info = {}\n"
	"  for i = 1, #g, 2 do info[g[i]] = g[i + 1] end\n"
	"  local safe = behind(info['last-delivered-id'])\n"
	"  if info['pending'] > 0 then safe = redis.call('XPENDING', key, info['name'])[2] end\n"
	"  if before(safe, keep) then keep = safe end\n"
	"end\n"
	"local gone = redis.call('XTRIM', key, 'MINID', '~', keep, 'LIMIT', ARGV[2])\n"
	"if gone < ARGV[2] / 2 then gone = gone + redis.call('XTRIM', key, 'MINID', keep) end\n"
	"return gone\n";

static const char *const bodies[SCRIPT_MAX] = {
	[SCRIPT_COMMIT] = commit,
	[SCRIPT_MARK] = mark,
	[SCRIPT_WHOLE] = whole,
	[SCRIPT_CLAIM] = claim,
	[SCRIPT_COUNT] = count,
	[SCRIPT_GROUP_READ] = group_read,
	[SCRIPT_TRIM] = trim,
};

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
