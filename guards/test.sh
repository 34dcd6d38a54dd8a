#!/usr/bin/env bash
# Tests the guards for other languages against a real Jotgate: JOTGATE_BIN=/path/to/jotgate guards/test.sh
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
JOTGATE_BIN=$(realpath "$JOTGATE_BIN")
export JOTGATE_BIN
cd "$(dirname "$0")"

for guard in */test.sh; do "./$guard"; done
