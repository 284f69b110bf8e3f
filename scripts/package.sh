#!/bin/sh
# npm run package: builds build/fairlead_<version>_<architecture>.deb and prints its path.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/scripts/setup.sh" package
# One at a time: they share the staged tree.
exec 8<"$root/scripts/package.ts"
flock 8
exec "$root/node_modules/.bin/node" --disable-warning=ExperimentalWarning "$root/scripts/package.ts" "$@"
