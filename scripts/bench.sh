#!/usr/bin/env bash
# Runs bench/*/run.py and bench/*/run.sh, or those of the folder named first; what follows the name goes to the script.
# A script builds what it measures. Python lives in .venv, with what the folders' requirements.txt ask for.
set -euo pipefail
cd "$(dirname "$0")/.."
only=${1:-*}
shift || true

python=python3
wanted=(bench/*/requirements.txt)
if [ -f "${wanted[0]}" ]; then
    python=$PWD/.venv/bin/python
    if ! cat "${wanted[@]}" | cmp --silent - .venv/requirements.txt; then
        python3 -m venv .venv
        for file in "${wanted[@]}"; do
            "$python" -m pip install --quiet --requirement "$file"
        done
        cat "${wanted[@]}" >.venv/requirements.txt
    fi
fi

ran=0
for script in bench/$only/run.py bench/$only/run.sh; do
    [ -f "$script" ] || continue
    echo "== $script"
    case $script in
    *.py) "$python" "$script" "$@" ;;
    *.sh) "$script" "$@" ;;
    esac
    ran=$((ran + 1))
done
if [ "$ran" -eq 0 ]; then
    printf 'no benchmark of this name: %s\n\nhint: the folders of bench/ are the names\n' "$only" >&2
    exit 1
fi
