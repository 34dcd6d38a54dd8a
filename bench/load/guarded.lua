-- A guarded route, with the users' access tokens in turn. Arguments: the file of tokens (one a line), the path.

dofile("common.lua")

function init(args)
  local prepared = {}
  for n, token in ipairs(lines_of(args[1])) do
    prepared[n] = wrk.format("GET", args[2], { Host = wrk.headers["Host"], Authorization = "Bearer " .. token })
  end
  request = in_turn(prepared)
end
