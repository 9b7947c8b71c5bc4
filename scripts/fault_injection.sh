#!/bin/bash
# Lets writes, fsyncs, renames and opens of a small run fail (full disk, broken disk, quota, too many files), prints what
# became of each run, and checks exit codes, the last good checkpoint and --auto-resume to the bit. Needs a C compiler,
# Python 3 and build/release/sr-train (or SR_TRAIN). Takes some minutes;
# with --every each call fails in turn with each error, which takes hours.
set -e
cd "$(dirname "$0")/.."
exec python3 scripts/fault_injection/table.py "$@"
