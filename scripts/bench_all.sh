#!/usr/bin/env bash
# Every comparison of docs/benchmarks.md that a CPU can make, one after the other on a machine that does nothing else, about 40 minutes.
# Each writes its table into that page, with its command, the processor, the load it began under and the date; one that fails leaves
# its old table, and the exit code is 1.
#   scripts/bench_all.sh [part ...]     default: all; --list says which there are
#   PEER_PYTHON   a Python with torch 2.11, spandrel, numpy and opencv-python-headless (default: python3)
#   SR_TRAIN      the program (default: that of build/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/bench_all/__main__.py" "$@"
