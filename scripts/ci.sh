#!/usr/bin/env bash
# The checks of a change, by stage; without arguments asan, fuzz and tests. Others take longer, or tools that not every machine has:
#   asan      everything that needs no LibTorch under ASan and UBSan, built and tested; $SR_CI_TORCH=ON: everything, a night
#   fuzz      changed inputs for every reader of what comes from outside, the same in each run, a quarter of a minute per reader;
#             others and longer: test/fuzz/driver.h. Needs the build of asan
#   tests     the README's test command; last, so that its summary closes the output
#   format    clang-format of everything
#   lint      clang-tidy of what differs from $SR_CI_BASE (default: the commit before)
#   werror    warnings are errors, with gcc and with clang, of everything that needs no LibTorch; $SR_CI_TORCH=ON: of all, 40 minutes each
#   tsan      what runs in several threads, under TSan: data, checkpoint and report; $SR_CI_TORCH=ON: dist too
#   coverage  the lines that the tests of the modules without LibTorch reach; $SR_CI_TORCH=ON: of all
#   interop   exported files in ONNX Runtime and ncnn, pictures beside spandrel's (PyPI)
set -euo pipefail
cd "$(dirname "$0")/.."

asan() {
  scripts/setup.sh
  local preset=asan-notorch
  [ "${SR_CI_TORCH:-OFF}" != ON ] || preset=asan
  cmake --preset $preset >/dev/null
  cmake --build --preset $preset
  ctest --preset $preset -j "$(nproc)"
}

fuzz() {
  cmake --build --preset asan-notorch --target fuzz
  local target samples
  for target in build/asan-notorch/test/fuzz_*; do
    case $target in
      *_pth) samples=(test/checkpoint/samples/*.pth) ;;
      *_config) samples=(configs/*.yml) ;;
      *_script) samples=(data/tiny_*.pt) ;;
      *) samples=() ;;
    esac
    [ ! -x "$target" ] || nice "$target" --seconds 15 --seed 1 "${samples[@]}"
  done
}

tests() {
  scripts/test.sh
}

format() {
  scripts/lint.sh --format
}

lint() {
  local files
  mapfile -t files < <(git diff --name-only --diff-filter=d "${SR_CI_BASE:-HEAD~1}" -- '*.h' '*.cpp')
  [ ${#files[@]} = 0 ] || scripts/lint.sh "${files[@]}"
}

werror() {
  scripts/setup.sh
  local compiler
  for compiler in g++ clang++; do
    cmake -S . -B "build/werror-$compiler" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=$compiler \
      -DSR_WERROR=ON -DSR_TORCH="${SR_CI_TORCH:-OFF}" >/dev/null
    cmake --build "build/werror-$compiler"
  done
}

tsan() {
  scripts/setup.sh
  local modules=(data checkpoint report)
  [ "${SR_CI_TORCH:-OFF}" != ON ] || modules+=(dist)
  cmake --preset tsan -DSR_TORCH="${SR_CI_TORCH:-OFF}" >/dev/null
  cmake --build --preset tsan --target "${modules[@]/#/test_}"
  ctest --preset tsan -R "^($(IFS="|" && echo "${modules[*]}")):" --no-tests=error -j "$(nproc)"
}

coverage() {
  scripts/setup.sh
  local modules=()
  if [ "${SR_CI_TORCH:-OFF}" != ON ]; then
    mapfile -t modules < <(sed -nE 's/^sr_module\((\w+)$/\1/p; s/^sr_module\((\w+) SOURCES.*/\1/p' lib/CMakeLists.txt)
  fi
  scripts/coverage.sh "${modules[@]}"
}

interop() {
  scripts/check_export.sh compact esrgan span
  scripts/check_upscale.sh span rcan realplksr
}

for stage in "${@:-asan fuzz tests}"; do
  for one in $stage; do
    case $one in
      asan | fuzz | tests | format | lint | werror | tsan | coverage | interop) $one ;;
      *) sed -n '2,12p' "$0" >&2; exit 1 ;;
    esac
  done
done
