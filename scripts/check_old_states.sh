#!/usr/bin/env bash
# Training states that another version of the program wrote: each kind is written by the other program, then it and this one go on from the
# same state for as many steps, and have to end with the same bits: weights, averages, and what the optimizers keep.
#   scripts/check_old_states.sh OLD_PROGRAM [plain] [gan] [dynamic] [video] [clip]      default: all
#   --keep FOLDER   write the runs there and leave them
#   SR_TRAIN        this program (default: that of build/release)
# clip: a video file, which python3 writes by OpenCV (python3-opencv); left out without. Exit code 1 when anything differs.
set -euo pipefail
exec python3 "$(dirname "$0")/check_old_states" "$@"
