#!/usr/bin/env bash
# Proves that an archive of scripts/bundle.sh runs for a user without root who has nothing but pip's torch:
#   scripts/bundle_check.sh [--root DIR] [archive]     (default: that in dist/)
# Unpacks it into an empty folder and trains the quick start there, as the user nobody and with an empty environment.
#   --root DIR   do that in this root file system (as debootstrap --include=python3 makes it) instead of this machine's
#   SR_DEPS=DIR  where the torch package is kept (default: ~/.cache/sr-train)
set -euo pipefail
cd "$(dirname "$0")/.."
root=''
if [ "${1:-}" = --root ]; then
  root=$(realpath "$2")
  shift 2
fi
archives=(dist/sr-train-*.tar.gz)
archive=${1:-${archives[-1]}}
deps=${SR_DEPS:-$HOME/.cache/sr-train}

# What pip installs of the CPU's wheels, for the Python of whatever machine this is.
site=$deps/bundle-check-site
if [ ! -e "$site/complete" ]; then
  rm -rf "$site"
  tags=()
  for tag in manylinux_2_28 manylinux_2_17 manylinux2014; do tags+=(--platform "${tag}_x86_64"); done
  python3 -m pip install -q --target "$site" --no-deps --no-compile --require-hashes --only-binary=:all: \
    --python-version 3.11 "${tags[@]}" -r scripts/libtorch-cpu.txt
  touch "$site/complete"
fi

work=$(mktemp -d "$root/tmp/sr bundle XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/site" "$work/home"
cp -rl "$site/." "$work/site" 2>/dev/null || cp -r "$site/." "$work/site"
tar -C "$work" -xzf "$archive"
top=$(basename "$archive" .tar.gz)
if [ "$(id -u)" = 0 ]; then chown -R nobody: "$work/$top" "$work/home" && chmod 755 "$work"; fi

clean() {  # <command>: in the unpacked folder, with nothing of this environment
  local enter=()
  if [ -n "$root" ]; then
    enter=(chroot --userspec=nobody:nogroup "$root")
  elif [ "$(id -u)" = 0 ]; then
    enter=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
  fi
  env -i PATH=/usr/sbin:/usr/bin:/bin HOME="${work#"$root"}/home" "${enter[@]}" sh -c "cd '${work#"$root"}/$top' && $1"
}
fail() {
  echo "bundle_check: $1" >&2
  exit 1
}
refuses() {  # <command> <texts...>: ends with 2 and says all of the texts
  local output code=0 text
  output=$(clean "$1" 2>&1) || code=$?
  for text in "${@:2}"; do
    if [ $code != 2 ] || [[ $output != *"$text"* ]]; then fail "'$1' should say '$text' and end with 2, not $code: $output"; fi
  done
}
milliseconds() {  # <command>: the best of five
  clean "for i in 1 2 3 4 5; do
    start=\$(date +%s%N); $1 >/dev/null; echo \$(((\$(date +%s%N) - start) / 1000000)); done" | sort -n | head -1
}

refuses './sr-train --help' 'pip install torch==2.11.0'
mkdir -p "$work/old/torch/lib"
touch "$work/old/torch/lib/libtorch_cpu.so"
echo "__version__ = '2.10.0'" >"$work/old/torch/version.py"
refuses './sr-train --help --libtorch ../old' 2.10.0 2.11
echo "without torch and with another version: refused by name"

use='PYTHONPATH=../site ./sr-train'
echo "version: $(clean "$use --version")"
clean "LD_DEBUG=files LD_DEBUG_OUTPUT=../home/loaded $use --version" >/dev/null
loaded=$(grep -l libtorch_cpu.so "$work"/home/loaded.* | xargs -d '\n' sed -n 's/.*calling init: .*\///p' | sort -u)
# libtorch_cpu.so of PyTorch's CUDA build asks for the runtime and CUPTI itself, which need neither driver nor GPU.
if grep -E 'cuda|cublas|cudnn|nccl' <<<"$loaded" | grep -v '^libcudart'; then fail '--version loads CUDA libraries'; fi
echo "libraries of --version: $(tr '\n' ' ' <<<"$loaded")"
echo "--version $(milliseconds "$use --version") ms, --help $(milliseconds "$use --help") ms"

quickstart="--config configs/quickstart.yml"
clean "$use check $quickstart && $use $quickstart" >"$work/log" 2>&1 || { tail "$work/log"; fail "the quick start does not run"; }
grep -E '^ +(best|speed) ' "$work/log"
