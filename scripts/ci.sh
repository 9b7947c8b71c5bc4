#!/usr/bin/env bash
# The checks of a change, by stage; without arguments all of them, in this order:
#   asan   everything that needs no LibTorch under ASan and UBSan, built and tested
#   fuzz   changed inputs for every reader of what comes from outside, the same in each run, a quarter of a minute per reader;
#          others and longer: test/fuzz/driver.h. Needs the build of asan
#   tests  the README's test command; last, so that its summary closes the output
set -euo pipefail
cd "$(dirname "$0")/.."

asan() {
  scripts/setup.sh
  cmake --preset asan-notorch >/dev/null
  cmake --build --preset asan-notorch
  ctest --preset asan-notorch -j "$(nproc)"
}

fuzz() {
  cmake --build --preset asan-notorch --target fuzz
  local target samples
  for target in build/asan-notorch/test/fuzz_*; do
    case $target in
      *_pth) samples=(test/checkpoint/samples/*.pth) ;;
      *_config) samples=(configs/*.yml) ;;
      *) samples=() ;;
    esac
    [ ! -x "$target" ] || nice "$target" --seconds 15 --seed 1 "${samples[@]}"
  done
}

tests() {
  scripts/test.sh
}

for stage in "${@:-asan fuzz tests}"; do
  for one in $stage; do
    case $one in
      asan | fuzz | tests) $one ;;
      *) echo "usage: scripts/ci.sh [asan] [fuzz] [tests]" >&2; exit 1 ;;
    esac
  done
done
