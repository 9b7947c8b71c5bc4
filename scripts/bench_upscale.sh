#!/usr/bin/env bash
# Images per second and peak memory of `sr-train upscale` beside spandrel in eager PyTorch, as chaiNNer uses it: read, image to tensor,
# network in tiles of at most --tile with 16 pixels of overlap, tensor to image, write, one after the other. Both make the same PNG
# files out of the same 10 images of 480x320, in turn, round after round; start and loading are not counted. Printed are medians, also
# of the processor time that an image takes, of the most memory that the whole process ever holds, and of the share of time in which
# the network computes for 200 small PNG files; and the largest difference of the outputs.
#
#   --python FILE   a Python with torch, spandrel, numpy and opencv (default: python3)
#   --program FILE  (default: build/release/sr-train)
#   --rounds N      (default: 5)
#   --tile N        of the peer (default: 512, so that these images go through whole)
set -euo pipefail
cd "$(dirname "$0")/.."
python=python3 program=build/release/sr-train rounds=5 tile=512
while [ $# -gt 0 ]; do
  case $1 in
    --python) python=$2 ;;
    --program) program=$2 ;;
    --rounds) rounds=$2 ;;
    --tile) tile=$2 ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
  esac
  shift 2
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
side() {  # of a round: what, network, its arguments
  local side=$1 network=$2
  shift 2
  local script=ours
  [ "$side" != peer ] || script=peer
  echo "$network $side $("$python" "scripts/bench_upscale/$script.py" "$side" "$work" "$network" "$@")"
}
"$python" scripts/bench_upscale/peer.py prepare "$work"
echo "load average before: $(cut -d' ' -f1-3 /proc/loadavg)"
for network in compact esrgan; do
  for _ in $(seq "$rounds"); do
    side ours "$network" "$program"
    side peer "$network" "$tile"
    side small "$network" "$program"
  done
done | tee "$work/rounds"
echo "load average after: $(cut -d' ' -f1-3 /proc/loadavg)"
"$python" scripts/bench_upscale/peer.py report "$work"
