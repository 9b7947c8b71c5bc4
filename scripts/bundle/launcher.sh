#!/bin/sh
# Starts libexec/<own name> on the LibTorch inside a PyTorch installation. One option is its own, others pass through:
#   --libtorch DIR   the torch package's folder, the site-packages or environment that holds it, or its lib folder
# Without it SR_LIBTORCH=DIR counts, then the torch package of the python3 on PATH.
set -eu
wanted=2.11
self=$(readlink -f -- "$0")
name=${self##*/}
fail() {
  printf '%s: %s\n' "$name" "$1" >&2
  shift
  [ $# = 0 ] || printf '  %s\n' "$@" >&2
  exit 2
}
# The elements of a search path ($1, separated by characters of $2) that begin with /. The others, empty ones too, are the
# working directory and folders in it, which is no place for libraries or packages.
absolute_elements() (
  set -f
  IFS=$2 kept=
  for element in $1; do
    case $element in /*) kept=$kept${kept:+:}$element ;; esac
  done
  printf %s "$kept"
)

folder='' origin=''
remaining=$#
while [ "$remaining" -gt 0 ]; do
  remaining=$((remaining - 1))
  case $1 in
    --libtorch)
      [ "$remaining" -gt 0 ] || fail '--libtorch: the folder is missing'
      remaining=$((remaining - 1))
      folder=$2 origin="--libtorch $2"
      shift
      ;;
    --libtorch=*) folder=${1#*=} origin=$1 ;;
    *) set -- "$@" "$1" ;;
  esac
  shift
done
if [ -z "$origin" ] && [ -n "${SR_LIBTORCH:-}" ]; then
  folder=$SR_LIBTORCH origin="SR_LIBTORCH=$SR_LIBTORCH"
fi
if [ -z "$origin" ]; then
  # Found, not imported: that alone would take seconds.
  folder=$(PYTHONPATH=$(absolute_elements "${PYTHONPATH:-}" :) python3 -c '
import sys
sys.path[:] = filter(None, sys.path)
from importlib.util import find_spec
spec = find_spec("torch")
print(*(spec and spec.submodule_search_locations or [])[:1])' 2>/dev/null) || true
  [ -n "$folder" ] || fail "needs LibTorch $wanted, and the python3 on PATH has no package torch" \
    "install it:  pip install torch==$wanted.0     (a virtual environment will do)" \
    "or name it:  $name --libtorch DIR ...         (or SR_LIBTORCH=DIR)"
  origin="the torch package of python3, $folder"
fi

torch=
for place in "$folder" "$folder/torch" "${folder%/}/.." "$folder"/lib/python3*/site-packages/torch; do
  if [ -e "$place/lib/libtorch_cpu.so" ]; then
    torch=$(readlink -f -- "$place")
    break
  fi
done
[ -n "$torch" ] || fail "$origin: holds no lib/libtorch_cpu.so (wanted: the folder of LibTorch $wanted)"
[ -e "$torch/lib/libtorch_cpu.so" ] || fail "$origin: a folder whose name ends in a new line cannot be searched for libraries"
case $torch in *[:\;]*) fail "$torch: a folder with : or ; in its name cannot be searched for libraries" ;; esac

# A wheel says its version in version.py, the C++ archive in build-version, and the headers in any case.
version=
if [ -e "$torch/version.py" ]; then
  version=$(sed -n "s/^__version__ *= *['\"]\([^'\"]*\).*/\1/p" "$torch/version.py")
elif [ -e "$torch/build-version" ]; then
  version=$(cat "$torch/build-version")
elif [ -e "$torch/include/torch/headeronly/version.h" ]; then
  version=$(sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+).*/\2/p' \
    "$torch/include/torch/headeronly/version.h" | paste -sd.)
fi
case $version in
  "$wanted" | "$wanted".*) ;;
  *) fail "$torch is LibTorch ${version:-of an unknown version}, and this program was built for LibTorch $wanted" \
    "install it:  pip install torch==$wanted.0" ;;
esac

case $version in
  *+cu13*) ;;
  *+cu*) printf '%s: LibTorch %s is not for CUDA 13, as this program is: no GPU will be found\n' "$name" "$version" >&2 ;;
esac
others=$(absolute_elements "${LD_LIBRARY_PATH:-}" ':;')
LD_LIBRARY_PATH=$torch/lib${others:+:$others}
export LD_LIBRARY_PATH
exec "${self%/*}/libexec/$name" "$@"
