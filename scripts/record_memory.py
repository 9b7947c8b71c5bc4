#!/usr/bin/env python3
"""Runs sr-train and records its resident memory against the training step, as a CSV and as a picture.

    scripts/record_memory.py --config configs/tiny_dynamic_cpu.yml --out build/memory
    scripts/record_memory.py --config x.yml --out build/memory -- --set train.total_iter=5000 --set memory_limit=1GiB

Writes <out>.csv (seconds, step, resident_bytes, lq_size, batch_size) and <out>.svg. The experiment goes to a temporary
folder. Arguments after -- are sr-train's own. The last line says whether memory still grew towards the end.
"""
import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

MIB = 1024 * 1024
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 320, 62, 20, 34, 44


class EventTail:
    """The state that the newest whole lines of events.jsonl tell."""

    def __init__(self, root):
        self.root, self.position, self.step, self.size = root, 0, 0, (0, 0)

    def update(self):
        files = list(self.root.glob("*/events.jsonl"))
        if not files:
            return
        with files[0].open("rb") as file:
            file.seek(self.position)
            content = file.read()
        whole = content[:content.rfind(b"\n") + 1]
        self.position += len(whole)
        for line in whole.splitlines():
            event = json.loads(line)
            self.step = max(self.step, event["step"])
            if event["event"] == "progress":
                self.size = (event["lq_size"], event["batch_size"])


def resident_bytes(pid):
    """VmRSS of a process; None once it is gone."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), None)
    return int(line.split()[1]) * 1024 if line else None


def record(command, root, interval):
    """[(seconds, step, bytes, lq_size, batch_size)], and the exit code."""
    start, tail, samples = time.monotonic(), EventTail(root), []
    process = subprocess.Popen(command)
    while process.poll() is None:
        tail.update()
        resident = resident_bytes(process.pid)
        if resident is not None:
            samples.append((round(time.monotonic() - start, 3), tail.step, resident, *tail.size))
        time.sleep(interval)
    return samples, process.returncode


def round_step(largest, count):
    """A step of 1, 2 or 5 times a power of ten that divides 0..largest into at most `count` parts."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if largest <= factor * power * count:
                return factor * power
        power *= 10


def picture(samples, title):
    """Resident memory over the step, and where the sizes changed, as SVG."""
    most_steps = max(1, max(s[1] for s in samples))
    most_mib = max(s[2] for s in samples) / MIB
    top = round_step(most_mib, 5) * 5

    def x(step):
        return LEFT + (WIDTH - LEFT - RIGHT) * step / most_steps

    def y(mib):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * mib / top

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             f'<text x="{LEFT}" y="20" font-size="14">{title}</text>']
    for mib in range(0, top + 1, top // 5):
        parts.append(f'<path d="M{LEFT} {y(mib):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                     f'<text x="{LEFT - 6}" y="{y(mib) + 4:.1f}" text-anchor="end">{mib}</text>')
    every = round_step(most_steps, 8)
    for step in range(0, most_steps + 1, every):
        parts.append(f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">step</text>')
    parts.append(f'<text transform="translate(14 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
                 'text-anchor="middle">resident memory, MiB</text>')
    for before, after in zip(samples, samples[1:]):
        if before[3:] != after[3:] and before[3]:
            parts.append(f'<path d="M{x(after[1]):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#c80" stroke-dasharray="2 3"/>'
                         f'<text x="{x(after[1]) + 3:.1f}" y="{TOP + 10}" fill="#c80">{after[3]} x {after[4]}</text>')
    points = " ".join(f"{x(s[1]):.1f},{y(s[2] / MIB):.1f}" for s in samples)
    parts.append(f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="1.5"/></svg>')
    return "\n".join(parts) + "\n"


def growth(samples):
    """Bytes by which the median of the last quarter of the training exceeds that of the third one."""
    last = samples[-1][1]
    quarters = [[s[2] for s in samples if number * last <= 4 * s[1] < (number + 1) * last] for number in (2, 3)]
    third, fourth = (statistics.median(quarter) if quarter else 0 for quarter in quarters)
    return fourth - third


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path, help="files to write, without extension")
    parser.add_argument("--program", default="build/release/sr-train")
    parser.add_argument("--interval", type=float, default=0.1, help="seconds between two samples")
    own, rest = sys.argv[1:], []
    if "--" in own:
        own, rest = own[:own.index("--")], own[own.index("--") + 1:]
    options = parser.parse_args(own)
    with tempfile.TemporaryDirectory(prefix="sr-memory-") as root:
        command = [options.program, "--config", options.config, "--quiet", "--set", "logger.print_freq=1",
                   *rest, "--set", f"path.experiments_root={root}"]
        samples, code = record(command, pathlib.Path(root), options.interval)
    if not samples:
        return code or 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.with_suffix(".csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seconds", "step", "resident_bytes", "lq_size", "batch_size"])
        writer.writerows(samples)
    options.out.with_suffix(".svg").write_text(picture(samples, pathlib.Path(options.config).name))
    print(f"{samples[-1][1]:,} steps, {len(samples)} samples: most {max(s[2] for s in samples) / MIB:.0f} MiB, "
          f"the last quarter of the run {growth(samples) / MIB:+.1f} MiB against the quarter before")
    return code


if __name__ == "__main__":
    sys.exit(main())
