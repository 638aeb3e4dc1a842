-- The load on the server, for wrk: what is asked, how fast, and one JSON line at the end.
--
--     wrk … -s server_load.lua URL -- MODE PATH_OR_FILE TOKEN RATE THREADS
--
-- MODE: same       one request for the path in the second word
--       lines      GET of the paths in that file, one drawn each time
--       notes      POST of a note to one of the paths in that file, each under a key of its own
--       positions  POST of a position, now, by the next of the tokens in that file
--       signin     POST of the next of the bodies in that file
-- TOKEN: "-" = none. RATE: requests a second of all threads together; 0 = as fast as it goes.

local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } bench_time;
int clock_gettime(int clock, bench_time *out);
]]
local kRealTime, kSteady = 0, 1
local clock = ffi.new("bench_time")
local made = 0 -- threads, where they are made

local function seconds(which)
    ffi.C.clock_gettime(which, clock)
    return tonumber(clock.seconds) + tonumber(clock.nanoseconds) / 1e9
end

local function lines_of(path)
    local lines = {}
    for line in io.lines(path) do lines[#lines + 1] = line end
    return lines
end

local function headers_with(token, more)
    local headers = { ["Accept-Language"] = "en" }
    if token ~= "-" then headers["Authorization"] = "Bearer " .. token end
    for name, value in pairs(more or {}) do headers[name] = value end
    return headers
end

local json = { ["Content-Type"] = "application/json" }

-- Each gives a function that gives the bytes of the next request.
local modes = {}

function modes.lines(file, token)
    local requests = {}
    for i, path in ipairs(lines_of(file)) do
        requests[i] = wrk.format("GET", path, headers_with(token))
    end
    return function() return requests[math.random(#requests)] end
end

function modes.notes(file, token)
    local body = '{"message":"La unidad puede entrar por la segunda puerta del parqueo, junto a la '
        .. 'garita; el guardia ya sabe."}'
    local kept = {}
    for i, path in ipairs(lines_of(file)) do
        local headers = headers_with(token, json)
        headers["Idempotency-Key"] = "KEY-OF-THIS-REQUEST"
        local text = wrk.format("POST", path, headers, body)
        local from, to = text:find("KEY-OF-THIS-REQUEST", 1, true)
        kept[i] = { text:sub(1, from - 1), text:sub(to + 1) }
    end
    -- As long as a UUID in text.
    local prefix = string.format("%08x-%04x-4000-8000-", seconds(kRealTime) % 2 ^ 32, number)
    local sent = 0
    return function()
        sent = sent + 1
        local one = kept[math.random(#kept)]
        return one[1] .. prefix .. string.format("%012x", sent) .. one[2]
    end
end

function modes.positions(file)
    local place = "/api/providers/me/location/"
    local own = {}
    for i, token in ipairs(lines_of(file)) do
        if i % threads == number then
            -- The body has always the same length, so the head stays as it is.
            local body = string.rep(" ", 125)
            local text = wrk.format("POST", place, headers_with(token, json), body)
            own[#own + 1] = { head = text:sub(1, #text - #body), unit = i }
        end
    end
    local sent = 0
    return function()
        sent = sent + 1
        local one = own[sent % #own + 1]
        local now = seconds(kRealTime)
        local stamp = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(now))
            .. string.format(".%06dZ", math.floor(now % 1 * 1e6))
        -- Some metres a second, round about a place of its own.
        local angle = now / 10 + one.unit
        local body = string.format(
            '{"fixes":[{"latitude":%.6f,"longitude":%.6f,"speed":28.5,"recorded_at":"%s"}]}',
            14.5 + one.unit * 1e-4 + math.sin(angle) * 5e-4, -90.5 + math.cos(angle) * 5e-4, stamp)
        return one.head .. body .. string.rep(" ", 125 - #body)
    end
end

function modes.signin(file)
    local requests = {}
    for i, body in ipairs(lines_of(file)) do
        requests[i] = wrk.format("POST", "/api/auth/token/", headers_with("-", json), body)
    end
    local sent = number * math.floor(#requests / 2)
    return function()
        sent = sent + 1
        return requests[sent % #requests + 1]
    end
end

function setup(thread)
    thread:set("number", made)
    made = made + 1
end

function init(words)
    local mode, what, token, rate = words[1], words[2], words[3], tonumber(words[4])
    threads = tonumber(words[5])
    math.randomseed(seconds(kSteady) * 1e6 + number)
    if mode == "same" then
        wrk.path = what
        if token ~= "-" then wrk.headers["Authorization"] = "Bearer " .. token end
    else
        request = modes[mode](what, token)
    end
    if rate == 0 then return end
    -- Places in time at even distances; a connection that is free takes the next one.
    local every = threads / rate
    local turn = seconds(kSteady)
    delay = function()
        local now = seconds(kSteady)
        turn = math.max(turn + every, now - 0.05)
        return math.max(0, math.floor((turn - now) * 1000 + math.random()))
    end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"refused":%d,"broken":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000,
        latency:percentile(99) / 1000, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
