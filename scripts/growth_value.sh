#!/usr/bin/env bash
# Does it pay to let sizes grow? The same network, schedule and amount of work (GT pixels, which is about the same processor time: the
# table says how much it was) with fixed sizes, with the block of DynamicBatchSizeOptimizer as docs/memory_control.md has it, with the
# same block held to few samples, and with lr_scaling. Trains on T91 x2, scores on Set14 (PSNR-Y), prints a Markdown table of the mean
# over the seeds. As it is, 19 minutes of processor time: 10 minutes on two cores that do nothing else; how busy they are changes
# neither steps nor scores.
#   scripts/growth_value.sh [--data FOLDER] [--seconds N] [--seeds N] [--variants fixed,block,held,rate] [--jobs N]
#   FOLDER     with T91/hr, T91/lr_x2, Set14/hr_x2, Set14/lr_x2 (default: $SR_DATA); without it nothing is run
#   N seconds  of processor time for a run with fixed sizes (default: 90)
#   N jobs     runs at a time, of one thread each (default: 2)
#   SR_TRAIN   the program (default: build/release/sr-train)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/growth_value/compare.py" "$@"
