"""One line of the table a network. Each is trained on images of few pixels, which keeps every network small enough for a CPU."""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "test/app")]
sys.dont_write_bytecode = True

import cv2  # noqa: E402
import networks  # noqa: E402
import numpy  # noqa: E402
import pictures  # noqa: E402
from torchscript.source import scale_argument  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from workspace import Workspace, wait_for_step  # noqa: E402

STEPS = 20
BATCH, SMALL_BATCH = 4, 2  # of the runs that run out of memory, and of those that are killed
DIFFERENCE = 1e-5  # of what the class makes of the trained weights, whose range is 1, beside this program: without rounding to 16 bits
ROUNDING = 0.5 / 65535


def dynamic(network):
    return {"enabled": True, "DynamicBatchSizeOptimizer": {
        "enabled": True, "adjustment_frequency": 5, "min_lq_size": network.smallest, "max_lq_size": network.side,
        "max_batch_size": BATCH}}


class Network:
    def __init__(self, name, folder):
        self.name, self.network = name, networks.NETWORKS[name]
        self.work = Workspace()
        self.work.device = "cpu"
        self.work.timeout_s = 3600
        self.work.use_folder(folder)
        self.file = self.work.folder / f"{name}.pt"

    def taken(self):
        """Which way to_torchscript.py took it; an AssertionError says why it did not."""
        command = [sys.executable, HERE.parent / "to_torchscript.py", f"networks:{self.name}", self.file, "--scale", self.network.scale,
                   "--path", HERE, "--arguments", json.dumps(self.network.arguments), "--frames", self.network.frames]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr.strip().splitlines()[-1].split(": ", 1)[1])
        return done.stdout.splitlines()[-1].split(", ")[1]

    def config(self, name, batch=BATCH, **sections):
        side, scale, frames = self.network.side, self.network.scale, self.network.frames
        pairs = pictures.make_pairs(self.work.folder / "pairs", 4 + frames // 2, side, scale, frames)
        return self.work.config(
            name, STEPS, 5, scale=scale, network_g={"type": "torchscript", "num_feat": None, "num_conv": None, "file": str(self.file),
                                                         "num_in_ch": 3 * frames},
            datasets={"train": {**pairs, "lq_size": side, "batch_size_per_gpu": batch}, "val": None}, val={"val_enabled": False},
            logger={"print_freq": 1, "save_checkpoint_freq": 5, "use_tb_logger": False}, **sections)

    def first_step(self, limit):
        """(whether a step of the largest sizes runs under a memory_limit, KiB, times it was out of memory)"""
        config = self.config("measured", training_automations=dynamic(self.network))
        done = self.work.train(config, "--set", "train.total_iter=1", "--set", f"memory_limit={limit}KiB", code=(0, 5))
        end = self.work.events("measured", "end")
        return done.returncode == 0, end[-1]["ooms"] if end else 0

    def tight_limit(self):
        """A memory_limit, KiB, under which the first step does not run at the largest sizes, but at smaller ones."""
        low, high = 4 << 10, 8 << 10
        while True:  # low does not run, or out of memory; high is not known
            runs, ooms = self.first_step(high)
            if runs and ooms:
                return high
            if runs:
                break
            low, high = high, 2 * high
        while high - low > low // 64:
            middle = (low + high) // 2
            runs, ooms = self.first_step(middle)
            if runs and ooms:
                return middle
            low, high = (low, middle) if runs else (middle, high)
        raise AssertionError(f"it runs under {high} KiB without being out of memory, and not under {low} KiB")

    def same_weights(self, one, other):
        return all(self.work.weights(STEPS, one, ema) == self.work.weights(STEPS, other, ema) for ema in (False, True))

    def equals_replay(self):
        """A run under a limit, with out of memory, beside one without limit that is told the sizes; out-of-memory events, or why not."""
        limit = self.tight_limit()
        self.work.train(self.config("dynamic", memory_limit=f"{limit}KiB", training_automations=dynamic(self.network)))
        end = self.work.events("dynamic", "end")[-1]
        if not end["ooms"] or end["steps_lost"] or end["samples_lost"]:
            raise AssertionError(f"{end['ooms']} times out of memory, {end['steps_lost']} steps lost")
        self.work.train(self.config("replayed"), "--set", f"datasets.train.size_schedule={self.work.replay('dynamic')}")
        if not self.same_weights("dynamic", "replayed"):
            raise AssertionError("other weights than the replay")
        return f"{end['ooms']} out of memory, same bytes"

    def goes_on(self):
        config = self.config("killed", SMALL_BATCH)
        process = self.work.start(config)
        wait_for_step(self.work, process, 8, "killed")
        process.kill()
        process.communicate()
        self.work.train(config, "--auto-resume")
        self.work.train(self.config("whole", SMALL_BATCH))
        if not self.same_weights("killed", "whole"):
            raise AssertionError("other weights than without a kill")
        return "same bytes"

    def loads_there(self):
        """The largest difference of the class with our weights (strict=True) from `upscale`, which takes clips as videos alone."""
        weights = self.work.experiment("whole") / f"models/net_g_ema_{STEPS}.safetensors"
        torch.manual_seed(1)
        function = getattr(networks, self.name)
        scale = scale_argument(function, None)
        module = function(**({scale: self.network.scale} if scale else {}), **self.network.arguments)
        module.load_state_dict(load_file(weights), strict=True)
        if self.network.frames > 1:
            return "loads"
        folder, out = self.work.folder / "pairs/lr", self.work.folder / "out"
        picture = sorted(folder.iterdir())[0]
        self.work.run_program("upscale", "--model", weights, "--network", self.file, "--input", picture, "--output", out / picture.name,
                              "--bits", "16", "--device", "cpu")
        lq = torch.from_numpy(cv2.imread(str(picture))[:, :, ::-1].transpose(2, 0, 1)[None].astype(numpy.float32) / 255)
        with torch.inference_mode():
            wanted = module.eval()(lq)[0].permute(1, 2, 0).clamp(0, 1).numpy()
        found = cv2.imread(str(out / picture.name), cv2.IMREAD_UNCHANGED)[:, :, ::-1].astype(numpy.float64) / 65535
        difference = max(float(numpy.abs(found - wanted).max()) - ROUNDING, 0)
        if not difference <= DIFFERENCE:
            raise AssertionError(f"the class makes another picture, by {difference:.1e}")
        return f"{difference:.0e}"


def line(network):
    """(cells of the table, failures)"""
    try:
        cells = [network.taken()]
    except AssertionError as refusal:
        return ["no", "-", "-", "-", str(refusal)], 0
    failures = []
    for check in (network.equals_replay, network.goes_on, network.loads_there):
        try:
            cells.append(check())
        except Exception as problem:  # told in its row; the others are checked all the same
            failures.append(f"{check.__name__}: {problem}".replace("\n", " ").replace("|", "/")[-300:])
            cells.append("**fails**")
    return [*cells, "; ".join(failures)], len(failures)


def main():
    wanted = sys.argv[1:] or list(networks.NETWORKS)
    unknown = set(wanted) - set(networks.NETWORKS)
    if unknown:
        sys.exit(f"no such network: {', '.join(sorted(unknown))}; there are {', '.join(networks.NETWORKS)}")
    failures = 0
    print("| network | taken | dynamic run = replay | killed run = whole | class beside `upscale` | |\n|---|---|---|---|---|---|")
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="check_torchscript-") as folder:
            cells, failed = line(Network(name, folder))
        failures += failed
        print(f"| `{name}` | {' | '.join(cells)} |", flush=True)
    print(f"\n{len(wanted)} networks, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
