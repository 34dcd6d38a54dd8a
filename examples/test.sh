#!/usr/bin/env bash
# Runs every example against a real Jotgate: JOTGATE_BIN=/path/to/jotgate examples/test.sh
# Installs what the examples need into their own folders (npm ci, a Python virtual environment).
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
JOTGATE_BIN=$(realpath "$JOTGATE_BIN")
export JOTGATE_BIN
# Because a relative one would mean another folder from here on.
if [ -n "${CARGO_TARGET_DIR:-}" ]; then CARGO_TARGET_DIR=$(realpath -m "$CARGO_TARGET_DIR") && export CARGO_TARGET_DIR; fi
cd "$(dirname "$0")"

(cd express && npm ci && npm test)
for page in server-rendered react vue other-site; do (cd "$page" && npm ci && npm test); done
cargo build --quiet --locked --manifest-path axum/Cargo.toml
JOTGATE_EXAMPLE_AXUM=$(realpath "${CARGO_TARGET_DIR:-axum/target}/debug/jotgate-example-axum")
export JOTGATE_EXAMPLE_AXUM
(cd axum && node --test test.mjs)
node --test http-test.mjs
./newman-test.sh

python3 -m venv fastapi/.venv
# The guard's path in it counts from the folder pip runs in.
(cd fastapi && .venv/bin/pip install -q --disable-pip-version-check -r requirements.txt && .venv/bin/python -m pytest -q)
./probe/test.sh
