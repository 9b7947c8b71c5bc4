#!/usr/bin/env bash
# The same set-up as run.sh, then every test through ctest; arguments go to ctest (for example -R automation).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh"
"$here/build.sh" all
cd "$here/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "$@" | tee "$log" || status=$?
# Once more: behind its summary ctest lists what was skipped, a page of it without a GPU.
grep 'tests passed' "$log" || true
exit $status
