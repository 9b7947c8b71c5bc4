"""Trains each network by both programs with each seed and prints the table."""
import argparse
import importlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "check_peers"), str(HERE.parents[1] / "test/app")]
sys.dont_write_bytecode = True

import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

import peer  # noqa: E402
from workspace import NEVER, PROGRAM, Workspace  # noqa: E402

SCALE = 2
FIRST_RATE, LAST_RATE = 5e-4, 1e-7
TOLERATED_DB = 0.08  # what the seed's own spread hides


def row_of(type_):
    """The row of scripts/check_peers that has the plain network of this type."""
    for path in sorted((HERE.parent / "check_peers/networks").glob("*.py")):
        for row in importlib.import_module(f"networks.{path.stem}").ROWS:
            if row.type == type_ and not row.options:
                return row
    sys.exit(f"no class of {type_} in scripts/check_peers (one of traiNNer-redux needs SR_TRAINNER)")


class Comparison:
    def __init__(self, folder, options):
        self.folder, self.options = pathlib.Path(folder), options
        self.work = Workspace()
        self.work.use_folder(folder)
        self.work.device = "cpu"
        self.work.timeout_s = 24 * 3600

    def pairs(self, name, hr, lr):
        return {"name": name, "type": "pairedimagedataset", "dataroot_gt": str(self.options.data / hr),
                "dataroot_lq": str(self.options.data / lr)}

    def ours(self, row, seed):
        """PSNR-Y of what sr-train trains."""
        run = f"{row.type}_{seed}"
        train = {**self.pairs("T91", "T91/hr", "T91/lr_x2"), "lq_size": self.options.lq, "batch_size_per_gpu": self.options.batch,
                 "use_hflip": True, "use_rot": True}
        config = self.work.config(
            run, self.options.steps, 0, scale=SCALE, manual_seed=seed, network_g={"type": row.type},
            datasets={"train": train, "val": None}, val={"val_enabled": False},
            train={"ema_decay": 0, "optim_g": {"type": "AdamW", "lr": FIRST_RATE, "weight_decay": 0, "betas": [0.9, 0.99]},
                   "scheduler": {"type": "CosineAnnealingLR", "T_max": self.options.steps, "eta_min": LAST_RATE}},
            logger={"print_freq": 100, "save_checkpoint_freq": NEVER})
        self.work.train(config)
        # Outside its run's folder it is scored as any file is: on luma.
        file = self.folder / f"{run}_here.safetensors"
        shutil.copy(self.folder / "experiments" / run / "models" / f"net_g_{self.options.steps}.safetensors", file)
        return self.score(file)

    def theirs(self, row, seed):
        """PSNR-Y of what PyTorch trains."""
        network = peer.train(row.make, self.options, SCALE, seed, (FIRST_RATE, LAST_RATE))
        file = self.folder / f"{row.type}_{seed}.safetensors"
        save_file({name: tensor.contiguous().clone() for name, tensor in network.state_dict().items()}, file)
        return self.score(file)

    def score(self, model):
        done = subprocess.run(
            [PROGRAM, "upscale", "--model", model, "--input", self.options.data / "Set14/lr_x2",
             "--compare", self.options.data / "Set14/hr_x2", "--device", "cpu", "--dtype", "fp32"],
            capture_output=True, text=True, env=self.work.environment)
        mean = re.search(r"^mean psnr ([0-9.]+)", done.stdout, re.M)
        if done.returncode or not mean:
            sys.exit(f"upscale ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return float(mean[1])


def mean_and_error(values):
    return statistics.mean(values), statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0


def main():
    parser = argparse.ArgumentParser(prog="bench_quality.sh")
    parser.add_argument("types", nargs="*", default=["span_s", "realplksr_tiny"])
    parser.add_argument("--data", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lq", type=int, default=48)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(len(os.sched_getaffinity(0)))
    bad = 0
    print(f"T91 x{SCALE}, {options.steps} steps, batch {options.batch}, lq {options.lq}; PSNR-Y on Set14, dB\n")
    print("| network | sr-train | mean | PyTorch | mean | difference | |\n|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench_quality-") as folder:
        comparison = Comparison(folder, options)
        for type_ in options.types:
            row = row_of(type_)
            scores = [(comparison.ours(row, seed), comparison.theirs(row, seed)) for seed in range(options.seeds)]
            ours, theirs = zip(*scores)
            (mean, error), (peer_mean, peer_error) = mean_and_error(ours), mean_and_error(theirs)
            good = mean >= peer_mean - max(TOLERATED_DB, 2 * (error ** 2 + peer_error ** 2) ** 0.5)
            bad += not good
            print(f"| {type_} | {', '.join(f'{score:.2f}' for score in ours)} | {mean:.3f} | "
                  f"{', '.join(f'{score:.2f}' for score in theirs)} | {peer_mean:.3f} | {mean - peer_mean:+.3f} | "
                  f"{'yes' if good else 'NO'} |", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
