-- What all loads share: numbered threads, and at the end one line of JSON for ../run.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function line_of(path, wanted)
  local n = 0
  for line in io.lines(path) do
    n = n + 1
    if n == wanted then return line end
  end
  error(path .. " has no line " .. wanted)
end

-- `refused` are answers of 400 and above, `broken` connections that failed or waited too long: ../run wants none of either.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.status, e.connect + e.read + e.write + e.timeout))
end
