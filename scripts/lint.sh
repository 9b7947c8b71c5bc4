#!/usr/bin/env bash
# clang-format and clang-tidy over own code; arguments are files or folders (default: everything, about
# 40 minutes on 2 cores: each file that includes LibTorch takes 20 s).
#   scripts/lint.sh lib/automation
#   scripts/lint.sh $(git diff --name-only HEAD)
#   scripts/lint.sh --format     clang-format alone, a few seconds for everything
set -euo pipefail
cd "$(dirname "$0")/.."
format_alone=
if [ "${1:-}" = --format ]; then
  format_alone=yes
  shift
fi
mapfile -t files < <(git ls-files -- "${@:-.}" | grep -E '^(app|lib|test|data)/.*\.(h|cpp|cu)$')
if [ ${#files[@]} = 0 ]; then
  echo "No C++ files in: $*"
  exit 0
fi

tools=${SR_DEPS:-$HOME/.cache/sr-train}/lint-$(sha256sum scripts/lint-tools.txt | cut -c1-12)
if [ ! -e "$tools/.complete" ]; then
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install -q --no-deps --require-hashes --only-binary=:all: \
    --target "$tools" -r scripts/lint-tools.txt
  touch "$tools/.complete"
fi
"$tools/clang_format/data/bin/clang-format" --dry-run --Werror "${files[@]}"
if [ $format_alone ]; then
  exit 0
fi
if [ ! -e build/tidy/compile_commands.json ]; then
  cmake --preset tidy >/dev/null
  cmake --build build/tidy --target sr_version_stamp >/dev/null
fi
# clang cannot read GCC's precompiled headers: every file includes for itself what it needs.
mkdir -p build/tidy/plain
sed -E 's/-include [^ ]*cmake_pch\.hxx//g; s/-fpch-preprocess//g; s/-Winvalid-pch//g' \
  build/tidy/compile_commands.json >build/tidy/plain/compile_commands.json
printf '%s\n' "${files[@]}" | { grep '\.cpp$' || true; } |
  xargs -r -P "$(nproc)" -n 1 "$tools/clang_tidy/data/bin/clang-tidy" --quiet -p build/tidy/plain --warnings-as-errors='*'
