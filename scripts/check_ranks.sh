#!/usr/bin/env bash
# Several ranks under the launchers that start them, on two hosts that are network namespaces, and killed at any moment: every run has to
# end with the weights of one process. Prints a line per check; exit code 1 when one fails, what is not installed is left out and named.
#   scripts/check_ranks.sh [torchrun] [mpirun] [srun] [hosts] [kills] [scaling]      default: all
#   --kills N      how many times a rank is killed (default 100): in turns at a random time and, where there is gdb, when it takes a
#                  batch, attempts a step, votes, waits for the others, adds up, commits, saves or validates
#   --only-named   none at a random time
#   --rounds N     of scaling: two ranks of a thread each, and one process of two threads (default 5)
#   SR_TRAIN       the program (default: that of build/release)
#   SR_TORCHRUN    the torchrun of a PyTorch (default: that on PATH)
# mpirun: Debian's openmpi-bin; srun: slurm-wlm and munge, of which a cluster of this one machine is started; hosts: iproute2, as root.
set -euo pipefail
exec python3 "$(dirname "$0")/check_ranks" "$@"
