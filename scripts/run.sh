#!/usr/bin/env bash
# Installs what is missing, builds, and runs sr-train with the given arguments:
#   scripts/run.sh --config configs/quickstart.yml
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh"
"$here/build.sh" >&2
exec "$here/../build/release/sr-train" "$@"
