-- What all loads share: reading the file of clients, and at the end one line of JSON for ../run.
-- They are for one thread of wrk, whatever the number of connections: state is kept per thread.

function lines_of(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

-- Each of the prepared requests in turn.
function in_turn(prepared)
  local n = 0
  return function()
    n = n % #prepared + 1
    return prepared[n]
  end
end

-- `refused` are answers of 400 and above, `broken` connections that failed or waited too long: ../run wants none of either.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.status, e.connect + e.read + e.write + e.timeout))
end
