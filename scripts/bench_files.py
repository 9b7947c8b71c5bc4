#!/usr/bin/env python3
"""From the start of the program to the first step, and what a pair of files takes in memory: bench_files.py [PAIRS ...]

Makes so many pairs (default: 200,000 and 1,000,000; hard links to a few small images, about 10 s a million) in a temporary folder
and prints a Markdown table: the first start, and the median of three more, when the files are remembered. SR_TRAIN names the program."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/app"))
sys.dont_write_bytecode = True

import pictures  # noqa: E402
from workspace import PROGRAM, Workspace  # noqa: E402

LINKS = 60_000  # of one file; ext4 takes 65,000


def make_pairs(folder, count):
    for part, side in (("hr", 64), ("lr", 32)):
        (folder / part).mkdir(parents=True)
        for i in range(count):
            if i % LINKS == 0:
                original = folder / f"{part}_{i}.png"
                pictures.write_png(original, pictures.small_rows(side, i // LINKS))
            os.link(original, folder / part / f"{i:07}.png")
    return {"name": "many", "type": "pairedimagedataset", "dataroot_gt": str(folder / "hr"), "dataroot_lq": str(folder / "lr")}


class Run:
    """One start: seconds to the first step, and MiB of resident memory 2 s after it."""

    def __init__(self, work, name, pairs):
        config = work.config(name, steps=10**8, save=0, datasets={"train": {**pairs, "lq_size": 16, "batch_size_per_gpu": 4, "cache": "off"},
                                                                  "val": None},
                             val={"val_enabled": False}, logger={"print_freq": 1, "save_checkpoint_freq": 10**9})
        started = time.monotonic()
        process = subprocess.Popen([PROGRAM, "--config", config, "--device", "cpu"], cwd=work.folder, env=work.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not work.events(name, "progress"):
                if process.poll() is not None:
                    sys.exit(f"the run ended with {process.returncode}")
                time.sleep(0.005)
            self.seconds = time.monotonic() - started
            time.sleep(2)
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            self.mib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
        finally:
            process.kill()
            process.wait()


def main():
    counts = [int(word.replace(",", "")) for word in sys.argv[1:]] or [200_000, 1_000_000]
    print("| pairs | first start, s | remembered, s | resident, MiB | bytes a pair |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="sr-files-") as folder:
        work = Workspace()
        work.use_folder(folder)
        few = Run(work, "few", make_pairs(work.folder / "few", 4)).mib
        for count in counts:
            pairs = make_pairs(work.folder / str(count), count)
            time.sleep(3)  # files that have just changed are not remembered
            first = Run(work, f"first_{count}", pairs)
            again = [Run(work, f"again_{count}_{i}", pairs) for i in range(3)]
            seconds, mib = (statistics.median(getattr(run, what) for run in again) for what in ("seconds", "mib"))
            print(f"| {count:,} | {first.seconds:.1f} | {seconds:.1f} | {mib:.0f} | {(mib - few) * 2**20 / count:.0f} |", flush=True)


if __name__ == "__main__":
    main()
