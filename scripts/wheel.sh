#!/usr/bin/env bash
# Makes dist/sr_train-<version>-py3-none-manylinux_2_35_x86_64.whl out of the archive of scripts/bundle.sh, which is made first when
# dist/ has none: `pip install` of it brings torch==2.11.* along and puts sr-train on PATH (docs/bundle.md).
#   scripts/wheel.sh [archive]
set -euo pipefail
cd "$(dirname "$0")/.."
archives=(dist/sr-train-*-linux-x86_64.tar.gz)
archive=${1:-${archives[-1]}}
if [ ! -e "$archive" ]; then
  scripts/bundle.sh
  archives=(dist/sr-train-*-linux-x86_64.tar.gz)
  archive=${archives[-1]}
fi
exec scripts/bundle/make_wheel.py "$archive" dist
