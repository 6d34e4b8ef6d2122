#!/usr/bin/env bash
# Runs bench/*/run.py and bench/*/run.sh, or those of one folder, against the optimised binary.
# Python lives in .venv, with what bench/requirements.txt asks for.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --package clusteriq
CLUSTERIQ=${CARGO_TARGET_DIR:-$PWD/target}/release/clusteriq
export CLUSTERIQ

python=python3
wanted=bench/requirements.txt
if [ -f "$wanted" ]; then
    if [ ! -f .venv/installed ] || [ "$wanted" -nt .venv/installed ]; then
        python3 -m venv .venv
        .venv/bin/python -m pip install --quiet --requirement "$wanted"
        touch .venv/installed
    fi
    python=$PWD/.venv/bin/python
fi

ran=0
for script in bench/${1:-*}/run.py bench/${1:-*}/run.sh; do
    [ -f "$script" ] || continue
    echo "== $script"
    case $script in
    *.py) "$python" "$script" ;;
    *.sh) "$script" ;;
    esac
    ran=$((ran + 1))
done
if [ "$ran" -eq 0 ]; then
    printf 'no benchmark of this name: %s\n\nhint: the folders of bench/ are the names\n' "${1:-any}" >&2
    exit 1
fi
