-- Asks Jotgate's GET /v1/verify about a request and lets only a 200 pass (HAProxy 2.6 or newer, core.httpclient).
-- Every other outcome, an error in this file included, leaves txn.jotgate_verified unset, and haproxy.cfg denies.

local url = os.getenv("JOTGATE_URL") .. "/v1/verify?aud=" .. os.getenv("JOTGATE_AUDIENCE")
local host = os.getenv("JOTGATE_HOST")

-- What the answer depends on. No other header and no body is sent.
local ASKED = { "authorization", "cookie", "origin", "sec-fetch-site" }
-- What becomes of the answer when Jotgate refuses.
local PASSED_ON = { "content-type", "www-authenticate", "cache-control", "retry-after", "x-request-id" }
local IDENTITY = { "x-auth-subject", "x-auth-session", "x-auth-scope", "x-auth-roles" }

-- HAProxy counts the values of a header from 0.
local function values(headers, name)
    local list = {}
    local sent = headers[name]
    for at = 0, sent and #sent or -1 do list[#list + 1] = sent[at] end
    return list
end

local function answer(txn, status, headers, body)
    local reply = txn:reply({ status = status, body = body })
    for name, list in pairs(headers) do
        for _, value in ipairs(list) do reply:add_header(name, value) end
    end
    txn:done(reply)
end

local function away(txn)
    answer(txn, 503, {
        ["content-type"] = { "application/problem+json" },
        ["cache-control"] = { "no-store" },
        ["retry-after"] = { "5" },
    }, '{"title":"The login server cannot be asked","status":503,"reason":"keys.unreachable"}')
end

core.register_action("jotgate", { "http-req" }, function(txn)
    local sent = txn.http:req_get_headers()
    local question = { ["host"] = { host }, ["x-original-method"] = { txn.f:method() } }
    question["x-forwarded-for"] = { txn.f:src() }
    -- Each value by itself, so that Jotgate sees a second Authorization header too and refuses it.
    for _, name in ipairs(ASKED) do
        local list = values(sent, name)
        if #list > 0 then question[name] = list end
    end

    local got = core.httpclient():get({ url = url, headers = question, timeout = 5000 })
    if not got or not got.status then return away(txn) end
    if got.status == 200 then
        for _, name in ipairs(IDENTITY) do
            local value = values(got.headers, name)[1]
            if value and value ~= "" then txn.http:req_set_header(name, value) end
        end
        txn:set_var("txn.jotgate_verified", true)
        return
    end
    if got.status ~= 400 and got.status ~= 401 and got.status ~= 403 then return away(txn) end
    local headers = {}
    for _, name in ipairs(PASSED_ON) do headers[name] = values(got.headers, name) end
    answer(txn, got.status, headers, got.body)
end)
