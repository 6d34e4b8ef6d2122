#!/usr/bin/env bash
# Checks the web pages: types, unit tests, that the types are those of the API, and every page in real Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/ui.sh
cd ui
npm run --silent lint
npm test --silent
made=$(mktemp)
trap 'rm -f "$made"' EXIT
npx --no-install openapi-typescript openapi.json --output "$made" >/dev/null
if ! cmp -s "$made" app/api/__generated__/schema.ts; then
    echo "ui/app/api/__generated__/schema.ts is not made of ui/openapi.json: run \`make types\`" >&2
    exit 1
fi
CHROMIUM=$(../scripts/chromium.sh) npm run --silent e2e
