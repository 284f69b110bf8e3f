#!/bin/sh
# npm run bench: set-up, then what is measured. Arguments: names of benchmarks, --json.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh scripts/setup.sh demo
# A user's PATH does not name the folders of the commands that root will run.
PATH=$root/node_modules/.bin:$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
if [ "$(id -u)" = 0 ]; then
  exec node --disable-warning=ExperimentalWarning bench/main.ts "$@"
fi
exec sudo env "PATH=$PATH" node --disable-warning=ExperimentalWarning bench/main.ts "$@"
