"""A folder in which sr-train runs as a user would run it: configurations, runs, and what they leave behind.
For the tests beside it (harness.py) and for scripts/gpu_check.sh and scripts/bench_step.sh; needs no package."""
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]  # of the sources, or of an unpacked archive
NEVER = 10**9


def find_program(variable, *places):
    """The program that an environment variable names, else the first of these places below ROOT that has it."""
    if os.environ.get(variable):
        return pathlib.Path(os.environ[variable]).resolve()  # runs start in a folder of their own
    return next((ROOT / place for place in places if (ROOT / place).is_file()), ROOT / places[-1])


PROGRAM = find_program("SR_TRAIN", "sr-train", "build/release/sr-train")


def tiny_pairs(part, scale):
    """The images of data/tiny as a data set."""
    tiny = ROOT / "data/tiny" / part
    return {"name": "tiny" if part == "train" else "tiny_val", "type": "pairedimagedataset",
            "dataroot_gt": str(tiny / "hr"), "dataroot_lq": str(tiny / f"lr_x{scale}")}


def free_port():
    """Nobody listens at it. Below the ports that the kernel gives to outgoing connections, which could take it before it is used."""
    while True:
        port = random.randrange(20000, 32768)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("", port))
            return port


def rank_environments(environment, count, address="127.0.0.1", hosts=1, **more):
    """`environment` for each rank of a run that nothing but variables holds together, dealt over so many hosts in turns."""
    port = str(free_port())
    return [{**environment, "RANK": str(rank), "WORLD_SIZE": str(count), "LOCAL_RANK": str(rank // hosts),
             "LOCAL_WORLD_SIZE": str(count // hosts), "MASTER_ADDR": address, "MASTER_PORT": port, **more}
            for rank in range(count)]


class Workspace:
    """Has `folder` (everything is written there) and `environment` (of the runs). What goes wrong is an
    AssertionError that says what the program printed."""
    folder: pathlib.Path
    environment: dict
    device = None     # --device of every training run; None: what the program takes by itself
    timeout_s = 240   # of one run

    def use_folder(self, folder):
        self.folder = pathlib.Path(folder)
        # What the program remembers of files it has checked: never the user's own.
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}

    def config(self, name="run", steps=12, save=4, **sections):
        """A 6-feature network on data/tiny; keyword arguments update whole sections (train={...}, path={...}), or take
        their place if they have a type; None in them removes what is there; save=0 saves at the end only."""
        scale = sections.get("scale", 2)
        document = {
            "name": name,
            "scale": scale,
            "manual_seed": 7,
            "datasets": {
                "train": {**tiny_pairs("train", scale), "lq_size": 16, "batch_size_per_gpu": 4},
                "val": tiny_pairs("val", scale),
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
                updated = values if "type" in values else {**document[section], **values}
                document[section] = {key: value for key, value in updated.items() if value is not None}
            else:
                document[section] = values
        path = self.folder / f"{name}.yml"
        path.write_text(json.dumps(document, indent=1))
        return path

    def run_program(self, *arguments, code=0, **options):
        done = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True,
                              timeout=self.timeout_s, cwd=options.pop("cwd", self.folder),
                              env=options.pop("env", self.environment), **options)
        self.has_run(arguments, done)
        if done.returncode not in (code if isinstance(code, tuple) else (code,)):
            raise AssertionError(f"{done.returncode} instead of {code}: {' '.join(map(str, arguments))}\n"
                                 f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def has_run(self, arguments, done):
        """Called with every finished run."""

    def train(self, config, *arguments, code=0, **options):
        return self.run_program("--config", config, *self.on_device(), *arguments, code=code, **options)

    def start(self, config, *arguments):
        return subprocess.Popen([str(PROGRAM), "--config", str(config), *self.on_device(), *arguments], cwd=self.folder,
                                env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def on_device(self):
        return ("--device", self.device) if self.device else ()

    def experiment(self, name="run"):
        return self.folder / "experiments" / name

    def events(self, name="run", kind=None):
        """Events of a run; a line that is being written is left out."""
        path = self.experiment(name) / "events.jsonl"
        events = []
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                events.append(json.loads(line))
            except json.JSONDecodeError:
                pass
        return [event for event in events if kind in (None, event["event"])]

    def replay(self, name="run"):
        """The sizes of a run as a size_schedule: it repeats the run without limit and optimizer."""
        return json.dumps(self.schedules(name)["size_schedule"])

    def schedules(self, name="run"):
        """What events_to_schedule.py prints, by name: lists of entries, and total_iter."""
        text = subprocess.run([sys.executable, ROOT / "scripts/events_to_schedule.py", self.experiment(name)],
                              check=True, capture_output=True, text=True).stdout
        found = {}
        for line in text.splitlines():
            if line.startswith(" "):
                found[key].append({word: json.loads(value) for word, value in re.findall(r"(\w+): (\d+|true)", line)})
            else:
                key, value = line.split(":", 1)
                found[key] = int(value) if value.strip().isdigit() else []
        return found

    def weights(self, step, name="run", ema=False):
        return self.weights_of(name, f"{'net_g_ema' if ema else 'net_g'}_{step}.safetensors")

    def weights_of(self, name, file):
        return tensors(self.experiment(name) / "models" / file)


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


def kill_group(process):
    """SIGKILL to a process that was started with start_new_session and to all it has started, a launcher's too."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(workspace, process, holds, name="run", patience_s=240):
    """Returns once holds(events of the run) is true; an AssertionError when the run ends before, or patience does."""
    end = time.monotonic() + patience_s
    while not holds(workspace.events(name)):
        if process.poll() is not None:
            said = process.stderr.read()[-1000:] if process.stderr else ""
            raise AssertionError(f"{name} ended with {process.returncode} before it was where it was waited for: {said}")
        if time.monotonic() > end:
            raise AssertionError(f"{name} was not where it was waited for after {patience_s:.0f} s")
        time.sleep(0.01)


def wait_for_step(workspace, process, step, name="run"):
    """Returns once the run has reported a step at least as large."""
    wait_until(workspace, process, lambda events: any(event["step"] >= step for event in events), name)
