#!/usr/bin/env bash
# Runs the collection that `jotgate openapi --postman` prints, without edits, against a real server (npm's newman).
# Usage: JOTGATE_BIN=/path/to/jotgate ./newman-test.sh
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
jotgate=$(realpath "$JOTGATE_BIN")

folder=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then kill "$server" && wait "$server" || true; fi
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

# Both commands must know the port, so it is chosen here and not by the server.
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')

"$jotgate" serve --listen "127.0.0.1:$port" > serve.log 2>&1 &
server=$!
for _ in $(seq 100); do
    curl -fs "http://localhost:$port/readyz" > readyz.log && break
    kill -0 "$server" || { cat serve.log >&2; exit 1; }
    sleep 0.1
done

"$jotgate" openapi --postman --base-url "http://localhost:$port" > collection.json
npx --yes newman@6 run collection.json --bail
