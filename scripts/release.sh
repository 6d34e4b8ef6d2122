#!/usr/bin/env bash
# Builds the optimised binary and packs it with its licence and notices: target/clusteriq-VERSION-HOST.tar.gz
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --package clusteriq
target=${CARGO_TARGET_DIR:-target}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
host=$(rustc -vV | sed -n 's/^host: //p')
name=clusteriq-$version-$host

rm -rf "$target/$name"
mkdir -p "$target/$name"
cp "$target/release/clusteriq" LICENSE NOTICE README.md "$target/$name/"
tar -czf "$target/$name.tar.gz" -C "$target" "$name"
rm -rf "${target:?}/$name"
echo "$target/$name.tar.gz"
