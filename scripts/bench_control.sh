#!/usr/bin/env bash
# What memory control costs beside a training step, as a ratio in one process.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/build.sh" test_train >&2
"$here/../build/release/test/test_train" "[benchmark]" | grep step
