#!/usr/bin/env bash
# Runs the proxies' configuration files of this folder before a real Jotgate: JOTGATE_BIN=/path/to/jotgate deploy/test.sh
# Needs nginx, caddy, haproxy and openssl on the PATH; one that is missing is a failure here, not a skipped test.
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
JOTGATE_BIN=$(realpath "$JOTGATE_BIN")
export JOTGATE_BIN
cd "$(dirname "$0")"

for program in nginx caddy haproxy openssl; do
    PATH=$PATH:/usr/sbin command -v "$program" > /dev/null || { echo "$program is not installed" >&2; exit 1; }
done
PATH=$PATH:/usr/sbin PYTHONDONTWRITEBYTECODE=1 python3 -m unittest test_proxies
