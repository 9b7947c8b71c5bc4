#!/usr/bin/env bash
# clang-format and clang-tidy over own code; arguments are files or folders (default: everything).
#   scripts/lint.sh lib/automation
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files -- "${@:-.}" | grep -E '^(app|lib|test|data)/.*\.(h|cpp)$')
clang-format --dry-run --Werror "${files[@]}"
if [ ! -e build/tidy/compile_commands.json ]; then
  cmake --preset tidy >/dev/null
  cmake --build build/tidy --target sr_version_stamp >/dev/null
fi
# clang cannot read GCC's precompiled headers: the plain <torch/torch.h> is included instead.
mkdir -p build/tidy/plain
sed -E 's/-include [^ ]*cmake_pch\.hxx//g; s/-fpch-preprocess//g; s/-Winvalid-pch//g' \
  build/tidy/compile_commands.json >build/tidy/plain/compile_commands.json
printf '%s\n' "${files[@]}" | grep '\.cpp$' |
  xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/tidy/plain --warnings-as-errors='*'
