/**
 * What is true of the keys of a folder on the server, in Lua: which entries count, and which there are.
 *
 * The keys of a folder, each behind `<prefix>{<folder>}:`, so that a cluster keeps them on one machine:
 *
 * - `entry:<key>`: an entry, as `record.ts` writes it, behind its epoch and a space.
 * - `era`, `epoch:<scope>`: an entry counts while its epoch is that of its scope, and an epoch while it begins with the era.
 * - `gone:<epoch>`, `sizes:<epoch>`: which entries there are, by when they are gone, and what each weighs, with the sum.
 * - `scopes`: the scopes that have an epoch. `retired`: epochs whose entries are still to be removed.
 * - `lease:<key>`: the epoch when the lease was taken, a space, and its owner.
 *
 * Why epochs: a server that runs out of memory drops any key it likes, the lists of what there is among them. What is not
 * listed could not be cleared, so it must not count. An epoch is read together with the entry, and to clear is to retire it:
 * at once, for every entry, listed or not, and for every lease.
 */

/** The functions that keep it true, for the beginning of each program. Its `KEYS[1]` is the beginning of all keys. */
export const bookkeeping = `
local root = KEYS[1]
local function entry(key) return root .. 'entry:' .. key end
local function parts(key) return key:match('^([^/]*)/(.*)$') end

local function retire(scope, epoch)
  redis.call('DEL', root .. 'epoch:' .. scope)
  redis.call('SADD', root .. 'retired', epoch .. ' ' .. scope)
end

-- The epoch of a scope, if it has one. Retired here when one of its lists is missing.
local known = {}
local function epochOf(scope)
  if known[scope] then return known[scope] end
  local found = redis.call('MGET', root .. 'era', root .. 'epoch:' .. scope)
  local era, epoch = found[1], found[2]
  if not epoch then return nil end
  if era and epoch:sub(1, #era + 1) == era .. '.' and redis.call('SISMEMBER', root .. 'scopes', scope) == 1
    and redis.call('HLEN', root .. 'sizes:' .. epoch) == redis.call('ZCARD', root .. 'gone:' .. epoch) + 1 then
    known[scope] = epoch
    return epoch
  end
  retire(scope, epoch)
end

-- The epoch of a scope, which begins now if there is none, as does an era. ARGV[1] was never used before.
local begun = 0
local function epochFor(scope)
  local epoch = epochOf(scope)
  if epoch then return epoch end
  local era = redis.call('GET', root .. 'era')
  if not era or redis.call('EXISTS', root .. 'scopes') == 0 then
    era = ARGV[1]
    redis.call('SET', root .. 'era', era)
  end
  begun = begun + 1
  epoch = era .. '.' .. ARGV[1] .. '-' .. begun
  redis.call('SADD', root .. 'scopes', scope)
  redis.call('HSET', root .. 'sizes:' .. epoch, 'sum', 0)
  redis.call('SET', root .. 'epoch:' .. scope, epoch)
  known[scope] = epoch
  return epoch
end

-- Lists an entry, or strikes it off where there is no size; the sum of sizes follows. Says whether it was listed.
local function list(epoch, row, size, goneAt)
  local sizes, gone = root .. 'sizes:' .. epoch, root .. 'gone:' .. epoch
  local found = redis.call('HMGET', sizes, '/' .. row, 'sum')
  local old, sum = found[1], found[2]
  if not size and not old then return false end
  sum = sum + (size or 0) - (old or 0)
  if size then
    redis.call('ZADD', gone, goneAt, row)
    redis.call('HSET', sizes, '/' .. row, size, 'sum', string.format('%.17g', sum))
  else
    redis.call('ZREM', gone, row)
    redis.call('HDEL', sizes, '/' .. row)
    -- Errors of rounding end with the last entry.
    if redis.call('ZCARD', gone) == 0 then sum = 0 end
    redis.call('HSET', sizes, 'sum', string.format('%.17g', sum))
  end
  return old ~= false
end

-- Strikes off what the server expired or evicted: looks at some entries that go soonest, and at as many all over the list,
-- and goes on as long as some are missing. ARGV[1] serves as chance.
local function prune(scope, epoch, most, times)
  local gone, missing = root .. 'gone:' .. epoch, nil
  local chance = tonumber(redis.sha1hex(ARGV[1]):sub(1, 8), 16)
  repeat
    local count = redis.call('ZCARD', gone)
    if count == 0 then return end
    local rows = redis.call('ZRANGE', gone, 0, most - 1)
    for at = 1, math.min(most, count) do
      local rank = math.floor(chance + at * count / most) % count
      rows[#rows + 1] = redis.call('ZRANGE', gone, rank, rank)[1]
    end
    missing, times = false, times - 1
    for _, row in ipairs(rows) do
      if redis.call('EXISTS', entry(scope .. '/' .. row)) == 0 and list(epoch, row) then missing = true end
    end
  until not missing or times == 0
end

-- The scopes under a prefix. Where their list was lost, nothing counts any more.
local function scopesUnder(prefix)
  if prefix ~= '' then return { (parts(prefix)) } end
  local scopes = redis.call('SMEMBERS', root .. 'scopes')
  if #scopes == 0 then redis.call('DEL', root .. 'era') end
  return scopes
end
`;
