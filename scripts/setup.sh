#!/usr/bin/env bash
# Installs what the build needs: packages of the distribution and LibTorch. Safe to call again (then < 2 s).
#   --cpu | --cuda   which LibTorch parts to fetch (default: all of them when an NVIDIA driver is present)
#   SR_LIBTORCH=DIR  use this LibTorch 2.11 instead of fetching one
#   SR_DEPS=DIR      where to keep it (default: ~/.cache/sr-train)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
deps=${SR_DEPS:-$HOME/.cache/sr-train}
packages=(g++ cmake ninja-build ccache git python3 python3-pip unzip
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev libopencv-videoio-dev
  libpng-dev libjpeg-dev libtiff-dev libavformat-dev libavcodec-dev libswscale-dev
  libyaml-cpp-dev libfmt-dev libcli11-dev nlohmann-json3-dev libxxhash-dev libdeflate-dev libzip-dev catch2)

parts=auto
for option in "$@"; do
  case $option in
    --cpu) parts=cpu ;;
    --cuda) parts=cuda ;;
    *) echo "usage: scripts/setup.sh [--cpu | --cuda]" >&2; exit 1 ;;
  esac
done
if [ $parts = auto ]; then
  parts=cpu
  if [ -e /proc/driver/nvidia/version ]; then parts=cuda; fi
fi

missing=()
installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii *//p' || true)
for package in "${packages[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -v; then
      echo "These packages are needed, and installing them takes root:" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
    sudo=sudo
  fi
  echo "Installing packages: ${missing[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ -n "${SR_LIBTORCH:-}" ]; then
  if [ ! -e "$SR_LIBTORCH/lib/libtorch_cpu.so" ] && [ ! -e "$SR_LIBTORCH/torch/lib/libtorch_cpu.so" ]; then
    echo "SR_LIBTORCH=$SR_LIBTORCH holds no lib/libtorch_cpu.so" >&2
    exit 1
  fi
  exit 0
fi

# Wheels are plain zip files; unpacked into one folder, LibTorch's libraries find the others beside them.
target=$deps/libtorch-2.11.0
fetch() {  # <requirements file>
  local wheels=$deps/wheels platforms=() tag
  mkdir -p "$wheels" "$target"
  for tag in 2_28 2_27 2_26 2_25 2_24 2_18 2_17; do platforms+=(--platform "manylinux_${tag}_x86_64"); done
  for tag in manylinux2014 manylinux2010 manylinux1; do platforms+=(--platform "${tag}_x86_64"); done
  echo "Fetching LibTorch 2.11.0 ($(basename "$1" .txt)) ..."
  python3 -m pip download -q --no-deps --require-hashes --only-binary=:all: --python-version 3.11 \
    "${platforms[@]}" -d "$wheels" -r "$1"
  local wheel
  for wheel in "$wheels"/*.whl; do
    unzip -q -o "$wheel" 'torch/lib/*' 'torch/include/*' 'nvidia/*' -x '*.py' -d "$target" || [ $? = 11 ]
  done
  rm -rf "$wheels"
}
mkdir -p "$deps"
exec 9>"$deps/.lock"
flock 9
for part in cpu $([ $parts = cuda ] && echo cuda); do
  if [ ! -e "$target/.$part-complete" ]; then
    fetch "$here/libtorch-$part.txt"
    touch "$target/.$part-complete"
  fi
done
