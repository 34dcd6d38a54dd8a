#!/usr/bin/env bash
# Builds and tests the client, then runs it in Chromium against a real Jotgate: JOTGATE_BIN=/path/to/jotgate clients/js/test.sh
# Installs what it needs into its own folder.
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
JOTGATE_BIN=$(realpath "$JOTGATE_BIN")
export JOTGATE_BIN
cd "$(dirname "$0")"

npm ci
npm test
npm run test:browser
