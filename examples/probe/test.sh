#!/usr/bin/env bash
# Probes the APIs in this folder and those of the other examples: JOTGATE_BIN=/path/to/jotgate examples/probe/test.sh
# Needs what examples/test.sh installs for ../express and ../fastapi, and installs it where it is missing.
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
JOTGATE_BIN=$(realpath "$JOTGATE_BIN")
export JOTGATE_BIN
cd "$(dirname "$0")"

npm ci
[ -d ../express/node_modules ] || (cd ../express && npm ci)
if [ ! -x ../fastapi/.venv/bin/uvicorn ]; then
  python3 -m venv ../fastapi/.venv
  ../fastapi/.venv/bin/pip install -q --disable-pip-version-check -r ../fastapi/requirements.txt
fi
npm test
