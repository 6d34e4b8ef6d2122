#!/usr/bin/env bash
# Prints where Chromium is; installs Debian's where there is none.
set -euo pipefail
find_it() { command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome; }
if ! find_it >/dev/null; then
    echo "installing Chromium (once per machine)" >&2
    sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium >&2
fi
find_it
