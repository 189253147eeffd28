/**
 * The programs that the server runs, in Lua, each of which keeps something true that two commands could not; what that is,
 * `bookkeeping.ts` says.
 *
 * Only `KEYS[1]`, the beginning of all keys, is declared; the others have its hash slot.
 */
import { bookkeeping } from "./bookkeeping.ts";

/**
 * Makes all changes, or none: an entry, its place in the lists, the end of its lease and the news of it stay together.
 *
 * `ARGV`: what was never used before, the channel, the sender, the leased key or nothing, its owner, and for each change the key, what has
 * to be found (`storedAt`, `absent` or nothing), after how many milliseconds the server may drop it or nothing, when it is
 * gone, its size, and the record or nothing. Returns for each change whether there was an entry, or 0 when none was made.
 */
const write = `${bookkeeping}
local FIRST, PARTS = 6, 6
for at = FIRST, #ARGV, PARTS do
  local key, wanted, there = ARGV[at], ARGV[at + 1], 'absent'
  if wanted ~= '' then
    local epoch = epochOf((parts(key)))
    if epoch then
      local head = redis.call('GETRANGE', entry(key), 0, #epoch + 40)
      if head:sub(1, #epoch + 1) == epoch .. ' ' then there = head:match('^.([^\\n]*)', #epoch + 2) end
    end
    if there ~= wanted then return 0 end
  end
end
local lease = ARGV[4] ~= '' and root .. 'lease:' .. ARGV[4]
if lease then
  local epoch = epochOf((parts(ARGV[4])))
  if not epoch or redis.call('GET', lease) ~= epoch .. ' ' .. ARGV[5] then return 0 end
end
-- The news first: without the right to publish them, nothing is changed.
local had, keys = {}, {}
for at = FIRST, #ARGV, PARTS do keys[#keys + 1] = ARGV[at] end
if #keys > 0 then redis.call('PUBLISH', ARGV[2], ARGV[3] .. ' =' .. table.concat(keys, '\\n')) end
if lease then redis.call('DEL', lease) end
for at = FIRST, #ARGV, PARTS do
  local key, span, record = ARGV[at], ARGV[at + 2], ARGV[at + 5]
  local scope, row = parts(key)
  local was
  if record == '' then
    local epoch = epochOf(scope)
    local dropped = redis.call('UNLINK', entry(key)) == 1
    was = epoch and list(epoch, row) and dropped
  else
    local epoch = epochFor(scope)
    was = list(epoch, row, ARGV[at + 4], ARGV[at + 3])
    if span == '' then redis.call('SET', entry(key), epoch .. ' ' .. record)
    else redis.call('SET', entry(key), epoch .. ' ' .. record, 'PX', span) end
  end
  redis.call('DEL', root .. 'lease:' .. key)
  had[#had + 1] = was and 1 or 0
end
for scope, epoch in pairs(known) do prune(scope, epoch, 2, 10 + #keys) end
return had
`;

/** Makes nothing under a prefix count any more. `ARGV`: the channel, the sender, the prefix. Returns the epochs that were retired. */
const clear = `${bookkeeping}
redis.call('PUBLISH', ARGV[1], ARGV[2] .. ' *' .. ARGV[3])
local retired = {}
for _, scope in ipairs(scopesUnder(ARGV[3])) do
  local epoch = redis.call('GET', root .. 'epoch:' .. scope)
  if epoch then
    retire(scope, epoch)
    retired[#retired + 1] = epoch .. ' ' .. scope
  end
  redis.call('SREM', root .. 'scopes', scope)
end
if ARGV[3] == '' then redis.call('DEL', root .. 'era') end
return retired
`;

/** Removes some entries of a retired epoch, `ARGV[1]`, or of any one. Returns how many, and whether more may be left. */
const drain = `${bookkeeping}
local retired = ARGV[1] ~= '' and ARGV[1] or redis.call('SRANDMEMBER', root .. 'retired')
if not retired then return { 0, 0 } end
local epoch, scope = retired:match('^(%S+) (.*)$')
local rows, dropped = redis.call('ZRANGE', root .. 'gone:' .. epoch, 0, 499), 0
for _, row in ipairs(rows) do
  local name = entry(scope .. '/' .. row)
  if redis.call('GETRANGE', name, 0, #epoch) == epoch .. ' ' then dropped = dropped + redis.call('UNLINK', name) end
end
if #rows == 500 then
  redis.call('ZREMRANGEBYRANK', root .. 'gone:' .. epoch, 0, 499)
  return { dropped, 1 }
end
redis.call('UNLINK', root .. 'gone:' .. epoch, root .. 'sizes:' .. epoch)
redis.call('SREM', root .. 'retired', retired)
return { dropped, ARGV[1] == '' and redis.call('EXISTS', root .. 'retired') or 0 }
`;

/**
 * Counts what is under a prefix. `ARGV`: what was never used before, the prefix. Returns for each scope its name, how many
 * entries it has and the sum of their sizes.
 */
const usage = `${bookkeeping}
local counts = {}
for _, scope in ipairs(scopesUnder(ARGV[2])) do
  local epoch = epochOf(scope)
  if epoch then
    prune(scope, epoch, 20, 200)
    counts[#counts + 1] = scope
    counts[#counts + 1] = redis.call('ZCARD', root .. 'gone:' .. epoch)
    counts[#counts + 1] = redis.call('HGET', root .. 'sizes:' .. epoch, 'sum')
  end
end
return counts
`;

/**
 * A page of a listing, without bodies. `ARGV`: the scope, the cursor, and the epoch of the page before or nothing. Returns the
 * next cursor, which is 0 at the end, the epoch, and of each entry the key and the head of its record.
 */
const page = `${bookkeeping}
local scope, epoch = ARGV[1], epochOf(ARGV[1])
if not epoch or (ARGV[3] ~= '' and ARGV[3] ~= epoch) then return { '0', '' } end
local found = redis.call('ZSCAN', root .. 'gone:' .. epoch, ARGV[2], 'COUNT', 100)
local answer = { found[1], epoch }
for at = 1, #found[2], 2 do
  local row, most = found[2][at], 512
  local key, head = scope .. '/' .. row, nil
  local text = redis.call('GETRANGE', entry(key), 0, most - 1)
  while true do
    head = text:match('^[^\\n]*\\n[^\\n]*\\n')
    if head or #text < most then break end
    most = most * 8
    text = redis.call('GETRANGE', entry(key), 0, most - 1)
  end
  if head and head:sub(1, #epoch + 1) == epoch .. ' ' then
    answer[#answer + 1] = key
    answer[#answer + 1] = head:sub(#epoch + 2)
  elseif #text == 0 then
    list(epoch, row)
  end
end
return answer
`;

/** Drops some entries under a prefix, `ARGV[1]`, that are gone at an instant, `ARGV[2]`. Returns how many, and whether more may be left. */
const sweep = `${bookkeeping}
local dropped, more = 0, 0
for _, scope in ipairs(scopesUnder(ARGV[1])) do
  local epoch = epochOf(scope)
  local rows = epoch and redis.call('ZRANGEBYSCORE', root .. 'gone:' .. epoch, '-inf', ARGV[2], 'LIMIT', 0, 500) or {}
  for _, row in ipairs(rows) do
    dropped = dropped + redis.call('UNLINK', entry(scope .. '/' .. row))
    list(epoch, row)
  end
  if #rows == 500 then more = 1 end
end
return { dropped, more }
`;

/**
 * Takes a lease, which ends with the epoch of its scope, or only renews one. `ARGV`: what was never used before, the key, the
 * owner, the span in milliseconds, and `renew` or nothing. Returns 1 if the owner has it.
 */
const lease = `${bookkeeping}
local epoch, name = epochFor((parts(ARGV[2]))), root .. 'lease:' .. ARGV[2]
local ours, held = epoch .. ' ' .. ARGV[3], redis.call('GET', name)
if ARGV[5] == 'renew' and held ~= ours then return 0 end
if held and held ~= ours and held:sub(1, #epoch + 1) == epoch .. ' ' then return 0 end
redis.call('SET', name, ours, 'PX', ARGV[4])
return 1
`;

/** Gives a lease back, if its owner has it. `ARGV`: the key, the owner. */
const release = `
local name = KEYS[1] .. 'lease:' .. ARGV[1]
local held = redis.call('GET', name)
if held and held:match('^%S+ (.*)$') == ARGV[2] then redis.call('DEL', name) end
return 1
`;

/** The programs by name. */
export const scripts = { write, clear, drain, usage, page, sweep, lease, release } as const;

/** The name of a program. */
export type ScriptName = keyof typeof scripts;
