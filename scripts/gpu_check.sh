#!/usr/bin/env bash
# Checks on a GPU what the tests cannot check without one; one line a check, and a table in the log folder.
#   scripts/gpu_check.sh [--out FOLDER] [check ...]      checks: all, or some of those that --list shows
#   SR_TRAIN, GPU_TESTS  the programs (default: those of this archive, or of build/release)
#   SR_CHECK_DEVICE=cpu  the same checks at small sizes on the CPU, which shows that they work
# Runs from an unpacked archive alone or from a checkout after a build; needs python3 and its standard library.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/gpu_check" "$@"
