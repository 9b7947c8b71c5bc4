#!/usr/bin/env bash
# Step time on the CPU beside N programs that keep processors busy, as multiples of the idle time; prints a Markdown
# table. Programs are measured in turns, round after round; medians of the rounds.
#   scripts/bench_load.sh [--burners "0 2 4 6"] [--rounds N] [--steps N] [--env VARIABLE=VALUE] [PROGRAM ...]
#   PROGRAM  an sr-train (default: $SR_TRAIN, or that of build/release); name an older one too to compare them
#   --env    of the programs, e.g. GOMP_SPINCOUNT=1000
set -euo pipefail
cd "$(dirname "$0")/.."
burners='0 2 4 6' rounds=5 steps=200 programs=() variables=()
while [ $# -gt 0 ]; do
  case $1 in
    --burners) burners=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --steps) steps=$2; shift 2 ;;
    --env) variables+=("$2"); shift 2 ;;
    -*) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
    *) programs+=("$(realpath "$1")"); shift ;;
  esac
done
[ ${#programs[@]} -gt 0 ] || programs=("$(realpath "${SR_TRAIN:-build/release/sr-train}")")
work=$(mktemp -d) pids=()
stop_burners() {
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2> /dev/null || true
  pids=()
}
trap 'stop_burners; rm -rf "$work"' EXIT
cat > "$work/c.yml" << END
name: run
scale: 2
manual_seed: 7
datasets:
  train: {name: tiny, type: pairedimagedataset, dataroot_gt: $PWD/data/tiny/train/hr,
          dataroot_lq: $PWD/data/tiny/train/lr_x2, lq_size: 32, batch_size_per_gpu: 8}
network_g: {type: compact, num_feat: 24, num_conv: 8}
path: {experiments_root: $work/e}
train: {total_iter: $steps, optim_g: {type: AdamW, lr: 1.0e-3}, losses: [{type: l1loss, loss_weight: 1.0}]}
val: {val_enabled: false}
logger: {print_freq: 10, save_checkpoint_freq: 1000000, use_tb_logger: false}
END
# The first half of the steps is left out: caches fill, and the program finds out how busy the machine is.
median_step_ms() {
  python3 - "$work/e/run/events.jsonl" << 'END'
import json, statistics, sys
times = [event["step_ms"] for event in map(json.loads, open(sys.argv[1])) if event["event"] == "progress"]
print(f"{statistics.median(times[len(times) // 2:]):.2f}")
END
}
for ((round = 0; round < rounds; ++round)); do
  for count in $burners; do
    for ((i = 0; i < count; ++i)); do
      yes > /dev/null &
      pids+=($!)
    done
    for index in "${!programs[@]}"; do
      rm -rf "$work/e"
      env XDG_CACHE_HOME="$work/cache" "${variables[@]}" "${programs[$index]}" -q --config "$work/c.yml" --device cpu > /dev/null
      echo "$index $count $(median_step_ms) $(cut -d' ' -f1 /proc/loadavg)" | tee -a "$work/times" >&2
    done
    stop_burners
  done
done
python3 - "$work/times" "${programs[@]}" << 'END'
import statistics, sys
rows = [line.split() for line in open(sys.argv[1])]
counts = sorted({int(row[1]) for row in rows})
print("| step, ms | " + " | ".join("idle" if c == 0 else f"{c} burners" for c in counts) + " |")
print("|---|" + "---|" * len(counts))
for index, program in enumerate(sys.argv[2:]):
    times = [statistics.median(float(r[2]) for r in rows if int(r[0]) == index and int(r[1]) == c) for c in counts]
    print(f"| {program} | " + " | ".join(f"{t:.1f} ({t / times[0]:.1f} x)" for t in times) + " |")
END
