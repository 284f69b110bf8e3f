#!/bin/sh
# npm run bench: set-up, then what is measured. Arguments: names of benchmarks, --json.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh scripts/setup.sh demo
. scripts/as-root.sh
as_root node --disable-warning=ExperimentalWarning bench/main.ts "$@"
