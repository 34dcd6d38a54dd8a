-- A guarded route, each thread with one user's access token. Arguments: the file of tokens (one a line), the path.

dofile("common.lua")

local prepared

function init(args)
  wrk.headers["Authorization"] = "Bearer " .. line_of(args[1], number)
  prepared = wrk.format("GET", args[2])
end

function request()
  return prepared
end
