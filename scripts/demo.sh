#!/bin/sh
# npm run demo: set-up, then the main job of Fairlead in a lab, step by step. It leaves the lab running.
#
#   npm run demo                 look at it
#   npm run demo -- --check      assert every step, tear down, exit 0 or 1
#   npm run demo -- --name x     in a lab of another name
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh scripts/setup.sh demo
. scripts/as-root.sh
main=dist/lab/demo/main.js
[ -f "$main" ] || main=lab/demo/main.ts
as_root node --disable-warning=ExperimentalWarning "$main" "$@"
