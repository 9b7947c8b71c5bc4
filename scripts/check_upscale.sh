#!/usr/bin/env bash
# What `sr-train upscale` makes of a picture: beside spandrel in eager PyTorch, for networks that it knows, and in tiles of 32, 64 and
# 128 pixels beside the whole. Prints a Markdown table of differences in levels of 255; exit code 1 when a picture is another one by
# more than a level, or, for networks that see further than tiles do, when a seam shows.
#   scripts/check_upscale.sh [--full] [type ...]    the networks of scripts/check_export/rows.py
#   SR_PEERS_VENV       a virtual environment with torch, spandrel, spandrel_extra_arches, opencv-python-headless and numpy (default:
#                       one is made in ~/.cache/sr-train)
#   SR_TRAIN            the program (default: that of build/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${SR_PEERS_VENV:-${SR_DEPS:-$HOME/.cache/sr-train}/upscale}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv.new"
  "$venv.new/bin/pip" install -q torch==2.11.0 torchvision==0.26.0 spandrel==0.4.2 spandrel_extra_arches==0.2.0 \
    opencv-python-headless numpy
  mv "$venv.new" "$venv"
fi
exec "$venv/bin/python" "$here/check_upscale" "$@"
