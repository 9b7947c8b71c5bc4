"""Runs of sr-train in which chosen calls on chosen files fail. For fault_injection.sh and test/app/faults_test.py."""
import errno
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/app"))
from workspace import Workspace  # noqa: E402

SHIM = pathlib.Path(__file__).with_name("shim.c")
STEPS, EVERY = 12, 4
FULL_DISK = {"SR_FAULT_CALL": "write", "SR_FAULT_ERRNO": str(errno.ENOSPC)}


def build_shim(folder):
    library = pathlib.Path(folder) / "fault_shim.so"
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", library, SHIM, "-ldl"], check=True)
    return library


class Faults(Workspace):
    """Small runs of one configuration: 12 steps; state, validation and pictures every 4."""

    def prepare(self, folder, shim):
        self.use_folder(folder)
        self.environment["OMP_NUM_THREADS"] = "1"  # several run side by side, and all are to give the same bits
        self.shim = shim

    def settings(self, name="run"):
        return self.config(name, steps=STEPS, save=EVERY, val={"val_freq": EVERY, "save_img": True},
                           logger={"use_tb_logger": True})

    def calls(self, config):
        """["<call> <path>"] of a run in which nothing fails, in order."""
        log = self.folder / "calls"
        environment = {"LD_PRELOAD": str(self.shim), "SR_FAULT_CALL": "none", "SR_FAULT_PATH": str(self.experiment()),
                       "SR_FAULT_LOG": str(log)}
        self.train(config, env={**self.environment, **environment})
        return log.read_text(errors="replace").splitlines()

    def faulty(self, config, *arguments, path, call="write", number=errno.ENOSPC, first=1, last=0):
        """The finished process, whatever its exit code; `calls` is how often the call came."""
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        environment = {**self.environment, "LD_PRELOAD": str(self.shim), "SR_FAULT_CALL": call, "SR_FAULT_PATH": path,
                       "SR_FAULT_ERRNO": str(number), "SR_FAULT_FIRST": str(first), "SR_FAULT_LAST": str(last),
                       "SR_FAULT_COUNT": str(count)}
        from workspace import PROGRAM
        done = subprocess.run([str(PROGRAM), "--config", str(config), *arguments], cwd=self.folder, env=environment,
                              capture_output=True, text=True, errors="replace", timeout=self.timeout_s)
        done.calls = int(count.read_text()) if count.exists() else 0
        return done

    def result(self, name="run"):
        """What has to come out the same: the weights of the last step and those of the best."""
        models = self.experiment(name) / "models"
        return {file.name: self.weights_of(name, file.name) for file in sorted(models.glob("net_g_*"))
                if file.name.endswith(f"_{STEPS}.safetensors") or "best" in file.name}

    def leftovers(self, name="run"):
        return [str(file) for file in self.experiment(name).rglob("*.sr-tmp")]
