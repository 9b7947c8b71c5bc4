"""Runs sr-train as a user would, on data/tiny, in a temporary folder. Used by the *_test.py files beside it."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
NEVER = 10**9
PROGRAM = pathlib.Path(os.environ.get("SR_TRAIN", SOURCE / "build/release/sr-train"))


class Case(unittest.TestCase):
    """One temporary folder a test; `self.config()` writes a small configuration into it."""

    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="sr-app-")
        self.addCleanup(self._temporary.cleanup)
        self.folder = pathlib.Path(self._temporary.name)
        # What the program remembers of files it has checked: never the user's own.
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}

    def config(self, name="run", steps=12, save=4, **sections):
        """A 6-feature network on data/tiny; keyword arguments update whole sections (train={...}, path={...});
        save=0 saves at the end only."""
        tiny = SOURCE / "data/tiny"
        document = {
            "name": name,
            "scale": 2,
            "manual_seed": 7,
            "datasets": {
                "train": {
                    "name": "tiny", "type": "pairedimagedataset", "dataroot_gt": str(tiny / "train/hr"),
                    "dataroot_lq": str(tiny / "train/lr_x2"), "lq_size": 16, "batch_size_per_gpu": 4,
                },
                "val": {
                    "name": "tiny_val", "type": "pairedimagedataset", "dataroot_gt": str(tiny / "val/hr"),
                    "dataroot_lq": str(tiny / "val/lr_x2"),
                },
            },
            "network_g": {"type": "compact", "num_feat": 6, "num_conv": 2},
            "path": {"experiments_root": str(self.folder / "experiments")},
            "train": {
                "total_iter": steps, "ema_decay": 0.99,
                "optim_g": {"type": "AdamW", "lr": 1e-3, "weight_decay": 0, "betas": [0.9, 0.99]},
                "scheduler": {"type": "MultiStepLR", "milestones": [1000], "gamma": 0.5},
                "losses": [{"type": "l1loss", "loss_weight": 1.0}],
            },
            "val": {
                "val_enabled": True, "val_freq": NEVER, "save_img": False,
                "metrics": {"psnr": {"type": "calculate_psnr", "crop_border": 2, "test_y_channel": True}},
            },
            "logger": {"print_freq": 2, "save_checkpoint_freq": save or NEVER, "use_tb_logger": False},
        }
        for section, values in sections.items():
            if isinstance(values, dict) and isinstance(document.get(section), dict):
                document[section].update(values)
            else:
                document[section] = values
        path = self.folder / f"{name}.yml"
        path.write_text(json.dumps(document, indent=1))
        return path

    def run_program(self, *arguments, code=0, **options):
        done = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=240,
                              cwd=options.pop("cwd", self.folder), env=options.pop("env", self.environment),
                              **options)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def train(self, config, *arguments, code=0, **options):
        return self.run_program("--config", config, *arguments, code=code, **options)

    def start(self, config, *arguments):
        return subprocess.Popen([str(PROGRAM), "--config", str(config), *arguments], cwd=self.folder,
                                env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def experiment(self, name="run"):
        return self.folder / "experiments" / name

    def events(self, name="run", kind=None):
        lines = (self.experiment(name) / "events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if kind in (None, event["event"])]

    def replay(self, name="run"):
        """The sizes of a run as a size_schedule: it repeats the run without limit and optimizer."""
        schedule = subprocess.run([sys.executable, SOURCE / "scripts/events_to_schedule.py", self.experiment(name)],
                                  check=True, capture_output=True, text=True).stdout
        entries = [dict((key, int(value)) for key, value in re.findall(r"(\w+): (\d+)", line))
                   for line in schedule.splitlines()[1:]]
        return json.dumps(entries)

    def weights(self, step, name="run", ema=False):
        kind = "net_g_ema" if ema else "net_g"
        return tensors(self.experiment(name) / "models" / f"{kind}_{step}.safetensors")


def tensors(path):
    """{name: (type, shape, bytes)} of a safetensors file, without its metadata."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    data = content[8 + length:]
    return {name: (entry["dtype"], tuple(entry["shape"]), data[slice(*entry["data_offsets"])])
            for name, entry in header.items()}


def metadata(path):
    content = path.read_bytes()
    return json.loads(content[8:8 + int.from_bytes(content[:8], "little")]).get("__metadata__", {})


def wait_for_step(case, process, step, name="run"):
    """Returns once the run has reported a step at least as large; fails the test when it ends before."""
    import time
    path = case.experiment(name) / "events.jsonl"
    while process.poll() is None:
        if path.exists():
            for line in path.read_text().splitlines():
                try:
                    if json.loads(line)["step"] >= step:
                        return
                except json.JSONDecodeError:
                    pass  # a line that is being written
        time.sleep(0.01)
    case.fail(f"ended with {process.returncode} before step {step}: {process.stderr.read()[-1000:]}")


__all__ = ["Case", "NEVER", "PROGRAM", "SOURCE", "metadata", "signal", "tensors", "unittest", "wait_for_step"]
