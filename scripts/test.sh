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
# Ranks that are threads of one process, as these tests have them, crashed once in some hundred runs; the cause is not known.
# Such tests, where nothing else failed, are tried a second time.
failed=build/release/Testing/Temporary/LastTestsFailed.log
if [ $status != 0 ] && [ -s $failed ] && ! grep -qv ':dist:' $failed; then
  status=0
  ctest --test-dir build/release --output-on-failure --rerun-failed || status=$?
fi
# Once more: behind its summary ctest lists what was skipped, a page of it without a GPU.
grep 'tests passed' "$log" || true
exit $status
