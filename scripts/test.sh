#!/usr/bin/env bash
# The same set-up as run.sh, then every test through ctest; arguments go to ctest (for example -R automation).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh"
"$here/build.sh" all
cd "$here/.."
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "$@"
