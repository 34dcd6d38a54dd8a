-- Refreshing: each connection is one client, which presents the token that its last answer gave it.
-- wrk keeps request() and response() per thread, so it must be run with as many threads as connections.
-- Arguments: the file of first tokens (one a line), the path, the token's name in the request, its name in the answer.

dofile("common.lua")

local path, name, pattern, token

function init(args)
  path, name = args[2], args[3]
  pattern = '"' .. args[4] .. '":"([^"]+)"'
  token = line_of(args[1], number)
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  return wrk.format("POST", path, nil, '{"' .. name .. '":"' .. token .. '"}')
end

function response(status, headers, body)
  token = body:match(pattern) or error(status .. ": " .. body)
end
