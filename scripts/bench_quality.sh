#!/usr/bin/env bash
# Quality of a short training beside plain PyTorch with the other trainers' class: both train on T91 x2 with L1, AdamW and a cosine that
# comes to rest, both are scored on Set14 by `sr-train upscale --compare` (PSNR-Y). Prints a Markdown table; exit code 1 when the mean of
# the seeds is below PyTorch's by more than 0.08 dB and two standard errors.
#   scripts/bench_quality.sh --data FOLDER [--steps N] [--batch N] [--lq N] [--seeds N] [type ...]    types of scripts/check_peers
#   FOLDER        with T91/hr, T91/lr_x2, Set14/hr_x2, Set14/lr_x2
#   PEER_PYTHON   a Python with torch 2.11, spandrel, spandrel_extra_arches, timm and opencv-python-headless (default: python3)
#   SR_TRAINNER, SR_TRAIN   as for scripts/check_peers.sh
#   OMP_NUM_THREADS         threads of both sides
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec "${PEER_PYTHON:-python3}" "$here/bench_quality/table.py" "$@"
