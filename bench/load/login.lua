-- Logging in, each thread as one user. Arguments: the file of request bodies (one a line), the path.

dofile("common.lua")

local prepared

function init(args)
  wrk.headers["Content-Type"] = "application/json"
  prepared = wrk.format("POST", args[2], nil, line_of(args[1], number))
end

function request()
  return prepared
end
