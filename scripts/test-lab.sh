#!/bin/sh
# npm run test:lab: the end-to-end tests (test/**/*.e2e.ts) on labs whose LB nodes boot a real systemd. Arguments go to
# jest.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh scripts/setup.sh nodes
sh scripts/package.sh >/dev/null
. scripts/as-root.sh
run_jest --runInBand --testMatch '<rootDir>/test/**/*.e2e.ts' "$@"
