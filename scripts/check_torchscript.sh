#!/usr/bin/env bash
# Networks that are not built in, as scripts/to_torchscript.py makes them of traiNNer-redux's classes: which are taken and which way;
# trained with dynamic sizes until memory runs out, beside a run that is told the sizes; killed and resumed; their weights in the class.
# Prints a Markdown table (that of docs/networks.md); exit code 1 when a network that was taken does not hold what is promised.
#   scripts/check_torchscript.sh [name ...]    default: the list in check_torchscript/networks.py
#   SR_TRAINNER         a checkout of traiNNer-redux (needed)
#   SR_PEERS_VENV       as for scripts/check_peers.sh, with einops and timm
#   SR_TRAIN            the program (default: that of build/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${SR_TRAINNER:?names a checkout of traiNNer-redux}"
venv=${SR_PEERS_VENV:-${SR_DEPS:-$HOME/.cache/sr-train}/torchscript}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv.new"
  "$venv.new/bin/pip" install -q torch==2.11.0 torchvision==0.26.0 spandrel==0.4.2 spandrel_extra_arches==0.2.0 \
    safetensors numpy einops timm opencv-python-headless
  mv "$venv.new" "$venv"
fi
exec "$venv/bin/python" "$here/check_torchscript" "$@"
