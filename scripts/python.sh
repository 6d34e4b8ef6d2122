#!/usr/bin/env bash
# Makes a Python environment with some packages, once, and prints its interpreter: python.sh FOLDER PACKAGE…
set -euo pipefail
folder=$1
shift
python=$folder/bin/python
if [ ! -e "$folder/ready" ]; then
    # What an earlier attempt left is not trusted.
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$python" -m pip install --quiet --disable-pip-version-check "$@" >&2
    touch "$folder/ready"
fi
echo "$python"
