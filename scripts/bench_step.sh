#!/usr/bin/env bash
# Step time of the whole program beside PyTorch's, measured in turns on one machine; prints a Markdown table.
#   scripts/bench_step.sh [--device cuda|cpu] [preset ...]      --help shows the presets and the other options
#   PEER_PYTHON  a Python with torch 2.11 (default: python3)
#   SR_TRAINNER  a checkout of traiNNer-redux, for presets of networks that spandrel does not have
#   SR_TRAIN     the program (default: that of this archive, or of build/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/bench_step/driver.py" "$@"
