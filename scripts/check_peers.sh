#!/usr/bin/env bash
# Networks and weight files beside the programs that they are exchanged with: spandrel, and traiNNer-redux for classes that spandrel
# does not have. Prints a Markdown table; exit code 1 when anything differs.
#   scripts/check_peers.sh [--training] [--golden] [type ...]    --help shows the options
#   SR_PEERS_VENV       a virtual environment with torch 2.11, spandrel, spandrel_extra_arches, timm and safetensors (default: one is made in
#                       ~/.cache/sr-train)
#   SR_TRAINNER         a checkout of traiNNer-redux (default: what it alone has is left out)
#   SR_BASICSR          a checkout of BasicSR (the same)
#   SR_TRAIN            the program (default: that of build/release)
#   OMP_NUM_THREADS     threads of both sides (default: all; 1 takes a fraction of the time on a machine that others use as well)
#   SR_NETWORK_OUTPUT   the target network_output (default: that of build/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${SR_PEERS_VENV:-${SR_DEPS:-$HOME/.cache/sr-train}/peers}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv.new"
  "$venv.new/bin/pip" install -q torch==2.11.0 torchvision==0.26.0 spandrel==0.4.2 spandrel_extra_arches==0.2.0 safetensors numpy timm einops
  mv "$venv.new" "$venv"
fi
exec "$venv/bin/python" "$here/check_peers" "$@"
