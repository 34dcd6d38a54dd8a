#!/usr/bin/env bash
# Types, style and tests of the Python guard: JOTGATE_BIN=/path/to/jotgate guards/python/test.sh
# Installs what it needs into a virtual environment of its own.
set -euo pipefail
: "${JOTGATE_BIN:?must name the jotgate binary}"
JOTGATE_BIN=$(realpath "$JOTGATE_BIN")
export JOTGATE_BIN
cd "$(dirname "$0")"

python3 -m venv .venv
.venv/bin/pip install -q --disable-pip-version-check -r requirements-test.txt
.venv/bin/mypy --no-incremental
.venv/bin/ruff check -q --no-cache .
.venv/bin/ruff format -q --no-cache --check .
.venv/bin/python -m pytest -q
