#!/bin/sh
# Compiles the sources to dist/ when they are newer than it, and copies what is no TypeScript (YAML, JSON) beside them.
# Types are checked by `npm test`, not here.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sources=
for folder in net api runtime kube config ipam speaker proxy apiserver cli ui lab; do
  [ ! -d "$folder" ] || sources="$sources $folder"
done

# shellcheck disable=SC2086  # a list of words
newer=$(find $sources package.json tsconfig.json tsconfig.build.json -newer dist/.built -print -quit 2>/dev/null) || newer=all
[ -f dist/.built ] && [ -z "$newer" ] && exit 0

echo "setup: compiling" >&2
next=build/dist.$$
trap 'rm -rf "$next"' EXIT
mkdir -p "$next"
# What changes while we compile is newer than this.
touch "$next/.built"
PATH="$root/node_modules/.bin:$PATH" tsc -p tsconfig.build.json --noCheck --outDir "$next"
# shellcheck disable=SC2086
find $sources -type f ! -name '*.ts' ! -name '*.md' -exec cp --parents -p -t "$next" {} +
PATH="$root/node_modules/.bin:$PATH" node "$next/apiserver/crd/precompile.js" "$next/config/crd"
[ ! -d dist ] || mv dist "build/dist.old.$$"
mv "$next" dist
rm -rf "build/dist.old.$$"
