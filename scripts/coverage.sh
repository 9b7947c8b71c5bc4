#!/usr/bin/env bash
# Which lines of which modules their C++ tests reach, as a Markdown table (gcov; docs/testing.md has the last one).
#   scripts/coverage.sh                        all modules
#   scripts/coverage.sh automation checkpoint  these; without a module that needs LibTorch none is looked for
#   --build FOLDER   where to build (default: build/coverage). Only the modules in question are compiled for counting, so a copy of another
#                    build of the same kind saves compiling the others
#   --holes          also every file below 90 %, with the lines that nothing reached
#   --filter TESTS   what to run of each test program, as Catch2 selects (default: everything that is not hidden)
set -euo pipefail
cd "$(dirname "$0")/.."

build=build/coverage
holes=()
filter=()
modules=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$2; shift ;;
    --holes) holes=(--holes) ;;
    --filter) filter=("$2"); shift ;;
    -*) sed -n '2,8p' "$0"; exit 1 ;;
    *) modules+=("$1") ;;
  esac
  shift
done
known=$(sed -nE 's/^sr_module\((\w+).*/\1/p' lib/CMakeLists.txt)
if [ ${#modules[@]} = 0 ]; then
  mapfile -t modules <<<"$known"
fi

torch=OFF
programs=()
for module in "${modules[@]}"; do
  grep -qx "$module" <<<"$known" || { echo "no module is called $module" >&2; exit 1; }
  ! grep -qE "^sr_module\($module TORCH" lib/CMakeLists.txt || torch=ON
  # fields and recipe are tested through those that use them.
  ! grep -qE "^sr_test\($module\b" test/CMakeLists.txt || programs+=("test_$module")
done

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSR_TORCH=$torch -DSR_COVERAGE="$(IFS=';' && echo "${modules[*]}")" >/dev/null
cmake --build "$build" --target "${programs[@]}"
find "$build" -name '*.gcda' -delete
for program in "${programs[@]}"; do
  log=$build/$program.log
  "$build/test/$program" "${filter[@]}" >"$log" 2>&1 || { tail -n 30 "$log"; echo "$program failed, see $log" >&2; exit 1; }
done
python3 scripts/coverage/table.py "$build" "${holes[@]}" "${modules[@]}"
