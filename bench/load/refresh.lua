-- Refreshing: as many sessions as connections. A request takes the token of a session that has no request under way,
-- its answer gives that session's next token back.
-- Arguments: the file of first tokens (one a line), the path, the token's name in the request, its name in the answer.

dofile("common.lua")

local path, name, pattern, tokens
local trial = true

function init(args)
  path, name = args[2], args[3]
  pattern = '"' .. args[4] .. '":"([^"]+)"'
  tokens = lines_of(args[1])
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  -- wrk asks for one request before it starts, to see what it looks like, and does not send it.
  local token = trial and tokens[1] or table.remove(tokens) or error("no session is free")
  trial = false
  return wrk.format("POST", path, nil, '{"' .. name .. '":"' .. token .. '"}')
end

function response(status, headers, body)
  tokens[#tokens + 1] = body:match(pattern) or error(status .. ": " .. body)
end
