#!/usr/bin/env bash
# Builds and tests the guard for Node, against a real Jotgate: JOTGATE_BIN=/path/to/jotgate guards/node/test.sh
# Installs what it needs into its own folder.
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
cd "$(dirname "$0")"

npm ci
npm test
