#!/usr/bin/env bash
# Runs every proof of docs/where-tutorials-are-wrong.md and exits 1 if one no longer holds.
# Installs what it needs into a temporary folder; needs node, npm and python3 with venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$here"/*.mjs "$here"/*.py "$work"
cd "$work"
echo '{ "name": "proofs", "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund jsonwebtoken@9 jose@6
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyjwt>=2.10,<3'

failed=0
for proof in *.mjs *.py; do
  case $proof in
    check.mjs|tutorial.mjs) continue ;;
    *.mjs) run=(node "$proof") ;;
    *.py) run=("$work/venv/bin/python" "$proof") ;;
  esac
  echo "== $proof"
  "${run[@]}" || { failed=1; echo "!! $proof no longer holds"; }
done
exit "$failed"
