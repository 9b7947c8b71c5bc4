#!/usr/bin/env bash
# Patches per core-second (processor time of the whole process; x2, batch 8, lq 64) of our loader beside a Python
# loader that works as BasicSR's: read, imdecode, whole image to float, crop. Everything is measured in turn, round
# after round, on 480x480 sub-images and on whole 2040x1356 PNGs; medians are printed.
#
#   --peer DIR       folder with bench_loader.py and srutil.py, the Python loader; without it only ours is measured
#   --python FILE    a Python with torch, numpy and opencv for it (default: python3)
#   --photos DIR     PNG photographs from which the Python side makes the images at its first call
#   --images DIR     where the images lie: {sub,full}_{hr,lr}/ (default: build/bench_loader/bench_images)
#   --rounds N       (default: 5)
set -euo pipefail
cd "$(dirname "$0")/.."
peer='' python=python3 photos='' images=$PWD/build/bench_loader/bench_images rounds=5
while [ $# -gt 0 ]; do
  case $1 in
    --peer) peer=$(realpath "$2") ;;
    --python) python=$2 ;;
    --photos) photos=$(realpath "$2") ;;
    --images) images=$(realpath "$2") ;;
    --rounds) rounds=$2 ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
  esac
  shift 2
done

run_peer() {  # <Python statements about bench_loader as b>
  (cd "$(dirname "$images")" && QUIET_MAX=0 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$peer "$python" -c "
import bench_loader as b
b.IMG = '$images'
$1")
}
if [ ! -d "$images/sub_hr" ]; then
  if [ -z "$peer" ] || [ -z "$photos" ]; then
    echo "bench_loader: no images in $images: --peer and --photos make them, --images names other ones" >&2
    exit 1
  fi
  mkdir -p "$(dirname "$images")"
  run_peer "import glob; b.make_images(glob.glob('$photos/*.png'))"
fi
scripts/build.sh test_train >&2

# The set must not fit into what the loader holds at a time, so it is listed several times over.
ours() {  # <sub|full> <cache|decode> <crops per decode> <copies of the set> <least patches>
  SR_BENCH_GT=$images/$1_hr SR_BENCH_LQ=$images/$1_lr SR_BENCH_MODE=$2 SR_BENCH_CROPS=$3 SR_BENCH_COPIES=$4 \
    SR_BENCH_PATCHES=$5 \
    build/release/test/test_train "[loader_benchmark]" | sed -n 's/^patches_per_core_second //p'
}
theirs() {  # <sub|full> <std|ram> <patches>
  run_peer "b.loader('$1', '$2', 0, $3, 1)" | sed -n 's/.*per core-second \([0-9]*\).*/\1/p'
}
results=$(mktemp)
trap 'rm -f "$results"' EXIT
for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  for kind in sub full; do
    copies=14 patches=480
    if [ $kind = full ]; then copies=9 patches=24; fi
    {
      echo "$kind ours, first pass, one crop per decode: $(ours $kind decode 1 $copies 1)"
      [ -z "$peer" ] || echo "$kind Python, decoding: $(theirs $kind std $patches)"
      echo "$kind ours, cache off, crops_per_decode 8: $(ours $kind decode 8 $copies 1)"
      echo "$kind ours, from cache: $(ours $kind cache 1 1 9600)"
      [ -z "$peer" ] || echo "$kind Python, decoded images in memory: $(theirs $kind ram 3200)"
    } >>"$results"
  done
done
python3 - "$results" <<'PYTHON'
import collections, statistics, sys
figures = collections.defaultdict(list)
for line in open(sys.argv[1]):
    what, _, value = line.rpartition(":")
    figures[what].append(float(value))
for what, values in figures.items():
    print(f"{what:48} {statistics.median(values):9.1f}  [{min(values):.1f} - {max(values):.1f}]")
PYTHON
