#!/usr/bin/env bash
# Builds the web pages into ui/dist, from where the compiler takes them into the binary. Does nothing where they are newer than
# what they are made of.
set -euo pipefail
cd "$(dirname "$0")/../ui"
if ! command -v npm >/dev/null; then
    echo "npm is not installed: Node 20 or newer builds the web pages" >&2
    exit 1
fi
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --silent
    touch node_modules/.package-lock.json
fi
if [ ! -e dist/index.html ] || [ -n "$(find app public scripts index.html vite.config.ts package.json -newer dist/index.html -print -quit)" ]; then
    npm run --silent build >&2
fi
