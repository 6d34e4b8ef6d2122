#!/usr/bin/env bash
# Installs the cargo tools named as NAME@VERSION that this machine does not have in any version.
set -euo pipefail
for tool in "$@"; do
    name=${tool%@*}
    if ! cargo "${name#cargo-}" --version >/dev/null 2>&1; then
        echo "installing $tool (once per machine)" >&2
        cargo install --locked "$tool"
    fi
done
