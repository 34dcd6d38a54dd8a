#!/usr/bin/env bash
# Tokens and keys both ways with PyJWT, joserfc, jose and jsonwebtoken: JOTGATE_BIN=/path/to/jotgate interop/peers/run.sh
# Installs the peers into this folder (npm ci, a Python virtual environment).
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
JOTGATE_BIN=$(realpath "$JOTGATE_BIN")
export JOTGATE_BIN
cd "$(dirname "$0")"

npm ci --silent --no-audit --no-fund
python3 -m venv .venv
.venv/bin/pip install -q --disable-pip-version-check -r requirements.txt
.venv/bin/python exchange.py
