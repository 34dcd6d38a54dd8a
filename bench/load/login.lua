-- Logging in, as the users in turn. Arguments: the file of request bodies (one a line), the path.

dofile("common.lua")

function init(args)
  wrk.headers["Content-Type"] = "application/json"
  local prepared = {}
  for n, body in ipairs(lines_of(args[1])) do prepared[n] = wrk.format("POST", args[2], nil, body) end
  request = in_turn(prepared)
end
