#!/usr/bin/env bash
# Configures (once) and builds build/release; arguments are CMake targets (default: sr-train).
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -e build/release/build.ninja ]; then
  cmake --preset release >/dev/null
fi
cmake --build build/release --target "${@:-sr-train}"
