"""Trains with fixed and with growing sizes and prints the table."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("SR_TRAIN", str(pathlib.Path(__file__).resolve().parents[2] / "build/release/sr-train"))
SCALE, LQ, BATCH = 2, 32, 8
GT_PIXELS = BATCH * (LQ * SCALE) ** 2  # of a step with fixed sizes
SHARES = (0.25, 0.5, 0.75, 1.0)
BLOCK = {"enabled": True, "target_vram_usage": 0.85, "safety_margin": 0.05, "min_batch_size": 2, "max_batch_size": 64, "min_lq_size": 32,
         "max_lq_size": 256, "adjustment_frequency": 100}
VARIANTS = {
    "fixed": ("fixed, 32 x 8", None),
    "block": ("growing, the block as it is", BLOCK),
    "held": ("growing, at most 16 samples", {**BLOCK, "max_batch_size": 16}),
    "rate": ("growing, lr_scaling: sqrt", BLOCK),
}


class Run:
    def __init__(self, folder, data, variant, seed, pixels, validations):
        _, block = VARIANTS[variant]
        self.folder, self.name = pathlib.Path(folder), f"{variant}_{seed}_{pixels}"

        def pairs(name, hr, lr):
            return {"name": name, "type": "pairedimagedataset", "dataroot_gt": str(data / hr), "dataroot_lq": str(data / lr)}

        # A validation takes as long as some dozen steps: growing runs have fewer steps and are not scored more often.
        every = BLOCK["adjustment_frequency"] if block else max(1, pixels // GT_PIXELS // max(1, validations))
        self.config = {
            "name": self.name, "scale": SCALE, "manual_seed": seed, "memory_limit": "4GiB", "network_g": {"type": "compact", "num_feat": 24, "num_conv": 6},
            "datasets": {"train": {**pairs("T91", "T91/hr", "T91/lr_x2"), "lq_size": LQ, "batch_size_per_gpu": BATCH, "use_hflip": True,
                                   "use_rot": True, "num_worker_per_gpu": 1},
                         "val": pairs("Set14", "Set14/hr_x2", "Set14/lr_x2") if validations else None},
            "train": {"total_pixels": pixels, "schedule_by": "pixels", "ema_decay": 0,
                      "lr_scaling": "sqrt" if variant == "rate" else "none",
                      "optim_g": {"type": "AdamW", "lr": 1e-3, "weight_decay": 0, "betas": [0.9, 0.99]},
                      "scheduler": {"type": "CosineAnnealingLR", "T_max": pixels, "eta_min": 1e-7},
                      "losses": [{"type": "l1loss"}]},
            "val": {"val_enabled": bool(validations), "val_freq": every, "save_img": False,
                    "metrics": {"psnr": {"type": "calculate_psnr", "crop_border": SCALE, "test_y_channel": True}}},
            "logger": {"print_freq": every, "save_checkpoint_freq": 1000000, "use_tb_logger": False},
            **({"training_automations": {"enabled": True, "DynamicBatchSizeOptimizer": block}} if block else {}),
        }
        if not validations:
            del self.config["datasets"]["val"]

    def train(self):
        file = self.folder / f"{self.name}.yml"
        file.write_text(json.dumps(self.config))
        said = self.folder / f"{self.name}.txt"
        with said.open("w") as output:
            process = subprocess.Popen([PROGRAM, "--config", file, "--device", "cpu", "--quiet"], cwd=self.folder, stdout=output,
                                       stderr=output, env={**os.environ, "OMP_NUM_THREADS": "1"})
            _, status, used = os.wait4(process.pid, 0)  # of this run alone, whatever runs beside it
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"sr-train ended with {process.returncode}:\n{said.read_text()}")
        self.seconds = used.ru_utime + used.ru_stime
        lines = (self.folder / "experiments" / self.name / "events.jsonl").read_text().splitlines()
        self.events = [json.loads(line) for line in lines]
        return self

    def curve(self):
        """(GT pixels, PSNR-Y) of each validation."""
        pixels = {event["step"]: event["pixels"] for event in self.events if event["event"] == "progress"}
        end = self.config["train"]["total_pixels"]
        return [(pixels.get(event["step"], end), event["metrics"]["psnr"]) for event in self.events if event["event"] == "validation"]

    def steps(self):
        return self.events[-1]["step"]

    def sizes(self):
        decisions = [event["to"] for event in self.events if event["event"] == "size_decision"]
        return (decisions[-1]["lq_size"], decisions[-1]["batch_size"]) if decisions else (LQ, BATCH)


def seconds_of_pixels(folder, data):
    """Processor time of a GT pixel with fixed sizes, without start and end of the program."""
    few, many = (Run(folder, data, "fixed", 0, steps * GT_PIXELS, 0).train().seconds for steps in (20, 220))
    return (many - few) / (200 * GT_PIXELS)


def at_share(curve, share, pixels):
    """The last score up to this share of the work; none before the first validation."""
    scores = [psnr for done, psnr in curve if done <= 1.001 * share * pixels]
    return scores[-1] if scores else None


def text(values):
    if any(value is None for value in values):
        return "-"
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0
    return f"{statistics.mean(values):.2f} ± {error:.2f}"


def main():
    parser = argparse.ArgumentParser(prog="growth_value.sh")
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("SR_DATA"))
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count()))
    options = parser.parse_args()
    if not options.data or not (options.data / "T91/lr_x2").is_dir() or not (options.data / "Set14/lr_x2").is_dir():
        print(f"skipped: no T91 and Set14 in {options.data or 'a folder named with --data'}")
        return
    variants = options.variants.split(",")
    if unknown := set(variants) - set(VARIANTS):
        parser.error(f"no variant {', '.join(sorted(unknown))}; there are {', '.join(VARIANTS)}")
    data = options.data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        pixels = int(options.seconds / seconds_of_pixels(folder, data))
        runs = {variant: [] for variant in variants}
        planned = [Run(folder, data, variant, seed, pixels, 8) for seed in range(1, options.seeds + 1) for variant in variants]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for variant, run in zip(variants * options.seeds, pool.map(Run.train, planned)):
                runs[variant].append(run)
                print(f"{run.name}: {run.steps()} steps, {run.seconds:.0f} s, {run.sizes()}, {run.curve()[-1][1]:.3f} dB", file=sys.stderr)
    print(f"PSNR-Y on Set14 x2 after a share of {pixels / 1e6:.0f} million GT pixels, {options.seeds} seeds, mean ± standard error.\n")
    print("| sizes | " + " | ".join(f"{share:.0%}" for share in SHARES) + " | steps | last lq_size x batch_size | processor time |")
    print("|---|" + "---|" * len(SHARES) + "---|---|---|")
    for variant, of_variant in runs.items():
        curves = [run.curve() for run in of_variant]
        cells = [text([at_share(curve, share, pixels) for curve in curves]) for share in SHARES]
        sizes = ", ".join(sorted({"{} x {}".format(*run.sizes()) for run in of_variant}))
        steps = statistics.mean(run.steps() for run in of_variant)
        seconds = statistics.mean(run.seconds for run in of_variant)
        print(f"| {VARIANTS[variant][0]} | " + " | ".join(cells) + f" | {steps:.0f} | {sizes} | {seconds:.0f} s |")


if __name__ == "__main__":
    main()
