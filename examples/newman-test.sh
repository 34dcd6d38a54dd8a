#!/usr/bin/env bash
# Runs the collection that `jotgate openapi --postman` prints, without edits, against a real server (npm's newman).
# Usage: JOTGATE_BIN=/path/to/jotgate ./newman-test.sh
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
jotgate=$(realpath "$JOTGATE_BIN")

folder=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" || true
        timeout 30 tail --pid="$server" -f /dev/null || kill -9 "$server"
    fi
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

# Both commands must know the port, so it is chosen here and not by the server.
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')

"$jotgate" serve --listen "127.0.0.1:$port" > serve.log 2>&1 &
server=$!
ready() { curl -fs --max-time 5 -o readyz.log "http://localhost:$port/readyz"; }
deadline=$((SECONDS + 30))
until ready; do
    if ! kill -0 "$server" || [ "$SECONDS" -ge "$deadline" ]; then
        echo "jotgate serve was not ready in 30 s; it said:" >&2
        cat serve.log >&2
        exit 1
    fi
    sleep 0.1
done

"$jotgate" openapi --postman --base-url "http://localhost:$port" > collection.json
timeout 300 npx --yes newman@6 run collection.json --bail --timeout-request 30000
