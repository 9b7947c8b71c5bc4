"""One check's folder, device, time and log."""
import concurrent.futures
import contextlib
import dataclasses
import json
import signal
import subprocess
import threading
import time

import pictures
from workspace import PROGRAM, Workspace, kill_group, wait_until


class Failed(AssertionError):
    """A check did not hold; the message is its figure."""


@dataclasses.dataclass
class Row:
    check: str
    variant: str
    figures: str
    passed: bool | None  # None: not tried

    @property
    def result(self):
        return {True: "PASS", False: "FAIL", None: "SKIP"}[self.passed]

    def line(self):
        name = f"{self.check} {self.variant}".strip()
        return f"{self.result}  {name:28} {self.figures}"


def short(error):
    """One line of what went wrong: how it begins and, of a program's output, how it ends."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    kind = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
    end = f" ... {lines[-1][:200]}" if len(lines) > 1 else ""
    return f"{kind}{lines[0][:160]}{end}"


class Log:
    """Everything that was run and what it printed, in one file; and the telling events in another."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.first_start = None

    def __enter__(self):
        self.file = open(self.folder / "gpu_check.log", "w", encoding="utf-8")
        self.events = open(self.folder / "events.jsonl", "w", encoding="utf-8")
        return self

    def __exit__(self, *_):
        self.file.close()
        self.events.close()

    def add(self, text):
        with self.lock:
            self.file.write(text.rstrip() + "\n")
            self.file.flush()


class Session(Workspace):
    """Runs of one check. All data is made once; every run has what is left of the check's time."""

    def __init__(self, work, check, device, limit_s, log):
        folder = work / check
        folder.mkdir()
        self.use_folder(folder)
        self.check, self.device, self.log = check, device, log
        self.work = work
        if self.on_cpu:  # threads that spin while they wait take the processors from their neighbours
            self.environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        self.ends = time.monotonic() + limit_s * (4 if self.on_cpu else 1)

    @property
    def on_cpu(self):
        return self.device == "cpu"

    @property
    def timeout_s(self):
        left = self.ends - time.monotonic()
        if left < 1:
            raise Failed("the check's time is over")
        return left

    def large_pairs(self):
        """LQ images as large as the largest crop, x4."""
        side, count = (96, 6) if self.on_cpu else (256, 16)
        folder = self.work / f"pairs_{side}"
        with self.log.lock:  # of all checks: the first of several side by side makes them
            if not folder.exists():
                pictures.make_pairs(folder, count, side, 4)
        return {"name": folder.name, "type": "pairedimagedataset", "dataroot_gt": str(folder / "hr"),
                "dataroot_lq": str(folder / "lr")}

    def large_config(self, name, steps, lq_size, batch_size, **sections):
        """A run on large_pairs() without validation."""
        train = {**self.large_pairs(), "lq_size": lq_size, "batch_size_per_gpu": batch_size,
                 "num_worker_per_gpu": "auto"}
        sections.setdefault("logger", {"print_freq": 1})
        return self.config(name, steps=steps, save=0, scale=4, datasets={"train": train, "val": None},
                           val={"val_enabled": False}, **sections)

    def has_run(self, arguments, done):
        self.log.add(f"--- {self.check}: sr-train {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
                     f"exit code {done.returncode}")

    @contextlib.contextmanager
    def running(self, config, *arguments):
        """A run in the background, in a process group of its own; whatever is left of it at the end is killed."""
        output = open(self.folder / f"{config.stem}.out", "w+", encoding="utf-8")
        process = subprocess.Popen([str(PROGRAM), "--config", str(config), *self.on_device(), *arguments],
                                   cwd=self.folder, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            yield process
        finally:
            kill_group(process)
            output.seek(0)
            self.log.add(f"--- {self.check}: {config.stem} {' '.join(arguments)}\n{output.read()}"
                         f"exit code {process.returncode}")
            output.close()

    def wait(self, process, name, holds):
        wait_until(self, process, holds, name, self.timeout_s)

    def stop(self, process, name):
        """Ends a run as Ctrl+C does and returns its `end` event."""
        process.send_signal(signal.SIGTERM)
        code = process.wait(self.timeout_s)
        end = self.end_of(name)
        if code != 143 or end["exit_code"] != 143:
            raise Failed(f"{name} ended with {code} on SIGTERM")
        return end

    def end_of(self, name):
        """The `end` event of a run that lost nothing."""
        end = self.events(name, "end")[-1]
        if end["steps_lost"] or end["samples_lost"]:
            raise Failed(f"{name} lost {end['steps_lost']} steps and {end['samples_lost']} samples")
        return end

    def variants(self, **works):
        """A row for each piece of work, which returns (figures, passed). On a GPU they run side by side, unless they are
        given one at a time: none here is about speed."""
        def row(name):
            try:
                figures, passed = works[name]()
            except (AssertionError, OSError, subprocess.TimeoutExpired, LookupError) as error:
                self.log.add(f"{self.check} {name}: {type(error).__name__}: {error}")
                figures, passed = short(error), False
            return Row(self.check, name.replace("_", " "), figures, passed)
        with concurrent.futures.ThreadPoolExecutor(1 if self.on_cpu else len(works)) as pool:
            yield from pool.map(row, works)

    def keep_events(self):
        """Decisions, failures and scores of all runs into the log folder."""
        for path in sorted(self.folder.glob("experiments/*/events.jsonl")):
            for event in self.events(path.parent.name):
                if event["event"] == "start" and self.log.first_start is None:
                    self.log.first_start = event
                if event["event"] in ("size_decision", "oom", "validation", "warning", "end"):
                    event.pop("rejected", None)
                    self.log.events.write(json.dumps({"check": self.check, "run": path.parent.name, **event}) + "\n")
