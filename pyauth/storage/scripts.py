"""The atomic steps that Redis takes as Lua scripts. A key of another type counts as absent."""

_READ = """
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'table' then found = false end
"""

TAKE = (
    _READ
    + """
if found then redis.call('DEL', KEYS[1]) end
return found
"""
)

COMPARE_AND_SET = (
    _READ
    + """
if ARGV[1] == '1' and found ~= ARGV[2] then return 0 end
if ARGV[1] == '0' and found then return 0 end
if ARGV[4] == '' then
    redis.call('SET', KEYS[1], ARGV[3])
elseif ARGV[4] == '0' then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
return 1
"""
)
"""Arguments: whether a value is expected (1 or 0), the value, the new one, its milliseconds."""

DELETE_IF_VALUE = (
    _READ
    + """
if found ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
"""
)
"""Argument: the expected value."""

INCREMENT = (
    _READ
    + """
if found then
    local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
    if type(sum) ~= 'table' then return redis.call('GET', KEYS[1]) end
end
if ARGV[2] == '' then
    redis.call('SET', KEYS[1], ARGV[1])
elseif ARGV[2] == '0' then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return ARGV[1]
"""
)
"""Arguments: what to add, and the milliseconds of a new number. The answer is a text: numbers of
Lua are exact up to 2^53 only."""

CONSUME = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = redis.call('HMGET', KEYS[1], 'count', 'last')
local count, last = tonumber(found[1]), tonumber(found[2])
if not count or not last or math.abs(now - last) > window then
    count = 0
elseif count >= limit then
    return math.min(math.max(last + window - now, 0), window)
end
redis.call('HSET', KEYS[1], 'count', count + 1, 'last', string.format('%d', now))
redis.call('PEXPIRE', KEYS[1], math.max(window, 1))
return -1
"""
"""Arguments: the limit and the window in milliseconds. The answer is the wait, or -1."""
