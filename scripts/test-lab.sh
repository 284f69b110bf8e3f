#!/bin/sh
# npm run test:lab: the end-to-end tests (test/**/*.e2e.ts) on labs whose LB nodes boot a real systemd. Arguments go to
# jest.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh scripts/setup.sh nodes
sh scripts/package.sh >/dev/null
# A user's PATH does not name the folders of the commands that root will run.
PATH=$root/node_modules/.bin:$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
    return
  fi
  result=0
  sudo env "PATH=$PATH" "CI_RUN_ID=${CI_RUN_ID-}" "$@" || result=$?
  # What root has built here is the user's all the same.
  sudo chown -R "$(id -u):$(id -g)" build dist
  return "$result"
}
as_root node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js \
  --runInBand --testMatch '<rootDir>/test/**/*.e2e.ts' "$@"
