#!/bin/sh
# npm test: set-up, then format, lint, types, dead code and jest. Every part runs, also after one has failed; the last
# line says "N passed, N failed" over all of them.
#
#   npm test                        everything
#   npm test -- test/kube -t lease  these arguments go to jest, and jest alone runs
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh scripts/setup.sh test
. scripts/as-root.sh

if [ $# -gt 0 ]; then
  run_jest "$@"
  exit
fi

passed=0
failed=0
check() {
  name=$1
  shift
  started=$(date +%s)
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    verdict=passed
  else
    failed=$((failed + 1))
    verdict=FAILED
    cat "$log" >&2
  fi
  echo "test: $name $verdict ($(($(date +%s) - started)) s)" >&2
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
check format biome check .
check lint oxlint --type-aware
check types tsc -p .
check 'dead code' knip

# jest's own reporter ends with "Tests: N passed, N failed"; no such line means that jest itself broke.
{ run_jest 2>&1 || true; } | tee "$log" >&2
line=$(grep -E '^Tests: [0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
line=${line:-Tests: 0 passed, 1 failed}
jest_passed=${line#Tests: }
jest_failed=${line##*, }
passed=$((passed + ${jest_passed%% *}))
failed=$((failed + ${jest_failed%% *}))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
