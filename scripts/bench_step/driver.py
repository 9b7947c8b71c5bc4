"""Takes turns between sr-train and PyTorch and prints the table."""
import argparse
import json
import os
import pathlib
import queue
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test/app"))
sys.dont_write_bytecode = True

import machine  # noqa: E402
import pictures  # noqa: E402
from presets import PRESETS, variants  # noqa: E402
from workspace import PROGRAM, Workspace, kill_group  # noqa: E402

PEER = pathlib.Path(__file__).with_name("peer.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


class Ours(Workspace):
    """Turns of sr-train: the whole program on images in memory, as a user runs it."""

    def __init__(self, folder, preset, options, **environment):
        folder.mkdir()
        self.use_folder(folder)
        self.environment |= environment
        self.preset, self.device = preset, options.device
        self.by_processor = options.processor_time
        if self.by_processor:
            self.environment |= ONE_THREAD
        self.turns = 0
        self.step_ms, self.wait_ms, self.version = [], [], ""
        pairs = pictures.make_pairs(folder / "pairs", 24, 2 * preset.lq_size, preset.scale)
        train = {**pairs, "lq_size": preset.lq_size, "batch_size_per_gpu": preset.batch_size}
        network = preset.network
        if preset.scripted:
            network = {"type": "torchscript", "file": str(folder / "network.pt")}
            subprocess.run([options.python, PEER, preset.name, "--device", "cpu", "--save", network["file"], "eager float32"],
                           check=True)
        self.sections = {
            "scale": preset.scale, "datasets": {"train": train, "val": None}, "network_g": network,
            "train": {"ema_decay": 0, "optim_g": {"type": "AdamW", "lr": 1e-4, "weight_decay": 0, "betas": [0.9, 0.99]}},
            "val": {"val_enabled": False}, "logger": {"print_freq": preset.block}, "use_amp": preset.bf16,
            "amp_bf16": preset.bf16}

    def turn(self):
        if self.by_processor:
            # Both take the start and the first steps; the rest is steps alone.
            steps = self.preset.steps // 2
            begun = self.processor_ms(2)
            self.step_ms.append((self.processor_ms(2 + steps) - begun) / steps)
            return
        rows = self.rows_of_run(self.preset.steps)
        rows = rows[max(2, len(rows) // 5):]  # kernels are chosen and images decoded in the first ones
        self.step_ms += [row["step_ms"] for row in rows]
        self.wait_ms += [row["data_wait_ms"] for row in rows]

    def processor_ms(self, steps):
        """Of a run of so many steps."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.rows_of_run(steps)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def rows_of_run(self, steps):
        self.turns += 1
        name = f"turn_{self.turns}"
        self.train(self.config(name, steps, 0, **self.sections))
        self.version = self.events(name, "start")[0]["version"]
        return self.events(name, "progress")


class Peer:
    """A process of PyTorch with some variants; its answers are read with patience."""

    def __init__(self, options, preset, names):
        self.names, self.ms, self.failure = names, {name: [] for name in names}, ""
        self.facts = {}
        self.errors = tempfile.TemporaryFile("w+")
        by_processor = ["--processor-time"] if options.processor_time else []
        self.process = subprocess.Popen(
            [options.python, PEER, preset.name, "--device", options.device, *names,
             *by_processor],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, start_new_session=True,
            env={**os.environ, **(ONE_THREAD if by_processor else {})})
        self.answers = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                self.answers.put(json.loads(line))
        self.answers.put(None)

    def answer(self, key, end):
        """The next answer that has `key`, or None: it ended, or the time is over."""
        while not self.failure:
            try:
                said = self.answers.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                self.fail("timed out")
                break
            if said is None:
                self.errors.seek(0)
                lines = self.errors.read().strip().splitlines() or ["no message"]
                self.fail(f"failed: {lines[-1][:120]}")
            elif key in said:
                return said
        return None

    def fail(self, failure):
        self.failure = failure
        self.close()

    def get_ready(self, end):
        self.facts = self.answer("torch", end) or {}

    def turn(self, patience_s):
        if self.failure:
            return
        self.process.stdin.write("measure\n")
        self.process.stdin.flush()
        said = self.answer("ms", time.monotonic() + patience_s)
        for name, blocks in (said or {"ms": {}})["ms"].items():
            self.ms[name] += blocks

    def close(self):
        kill_group(self.process)


class Comparison:
    """One preset on both sides."""

    def __init__(self, folder, preset, options):
        folder.mkdir()
        self.preset = preset
        self.ours = Ours(folder / "ours", preset, options)
        # What own convolutions (decision 43) are worth, where there may be some.
        self.without = (Ours(folder / "without", preset, options, SR_OWN_CONVOLUTIONS="off")
                        if options.device.startswith("cuda") else None)
        wanted = [(name, compiles) for name, compiles in variants(preset, options.device)
                  if (not compiles or not options.no_compile) and options.variant in (None, name)]
        self.order = [name for name, _ in wanted]
        eager = [[name for name, compiles in wanted if not compiles]]
        # What compiles can take minutes or fail: each in a process of its own.
        self.peers = [Peer(options, preset, names) for names in [*eager, *([name] for name, compiles in wanted if compiles)]
                      if names]

    def get_ready(self, end):
        for peer in self.peers:
            peer.get_ready(end)

    def take_turns(self, rounds, patience_s):
        for _ in range(rounds):
            self.ours.turn()
            if self.without:
                self.without.turn()
            for peer in self.peers:
                peer.turn(patience_s)
        self.ours.turn()

    def close(self):
        for peer in self.peers:
            peer.close()

    def rows(self):
        """[(what, milliseconds of its steps, why there are none)] of all beside sr-train as it is."""
        rows = [("sr-train, own convolutions off", self.without.step_ms, "")] if self.without else []
        for name in self.order:
            peer = next((peer for peer in self.peers if name in peer.names), None)
            if peer:
                rows.append((f"PyTorch {name}", peer.ms[name], peer.failure or "not measured"))
        return rows

    def table(self):
        ours = statistics.median(self.ours.step_ms)
        spread = f"{min(self.ours.step_ms):.2f} - {max(self.ours.step_ms):.2f}"
        lines = [f"### {self.preset.title}", "", "| | ms a step (median) | range | sr-train / this |", "|---|---|---|---|",
                 f"| sr-train | {ours:.2f} | {spread} | |"]
        for what, blocks, failure in self.rows():
            if blocks:
                median = statistics.median(blocks)
                lines.append(f"| {what} | {median:.2f} | {min(blocks):.2f} - {max(blocks):.2f} | {ours / median:.2f} |")
            else:
                lines.append(f"| {what} | {failure} | | |")
        if not self.ours.wait_ms:
            return [*lines, ""]
        wait = statistics.median(self.ours.wait_ms)
        return [*lines, "", f"Data wait of sr-train: {wait:.3f} ms a step ({wait / ours:.1%}).", ""]

    def facts(self):
        return next((peer.facts for peer in self.peers if peer.facts), {})


def heading(comparisons, options, seconds):
    facts = next((comparison.facts() for comparison in comparisons if comparison.facts()), {})
    card = ", ".join(machine.card()) if options.device.startswith("cuda") else ""
    torch = f"PyTorch {facts.get('torch', 'did not run')}"
    if card:
        torch += f", CUDA {facts.get('cuda')}, cuDNN {facts.get('cudnn')}"
    threads = f", {len(os.sched_getaffinity(0))} threads"
    if options.processor_time:
        threads = ", processor time of one thread"
    return ["## Step time", "", f"{card or machine.processor()}{'' if card else threads}; "
            f"sr-train {comparisons[0].ours.version}; {torch}. {options.rounds + 1} turns of sr-train and "
            f"{options.rounds} of PyTorch between them, {seconds:.0f} s. PyTorch's batch is made up and resident, its "
            "optimizer fused AdamW, cudnn.benchmark on; sr-train's step is that of the whole program.", ""]


def arguments():
    parser = argparse.ArgumentParser(prog="bench_step.sh", description="Step time of sr-train beside PyTorch's.")
    parser.add_argument("presets", nargs="*", metavar="preset",
                        help="; ".join(f"{name}: {preset.title}" for name, preset in PRESETS.items()))
    parser.add_argument("--device", default="cuda", help="cuda or cpu (default: cuda)")
    parser.add_argument("--rounds", type=int, default=2, help="turns of PyTorch (default: 2)")
    parser.add_argument("--ready-limit", type=float, default=80, metavar="S",
                        help="seconds for PyTorch to start and compile, all presets together (default: 80)")
    parser.add_argument("--variant", help="only this one of PyTorch, such as \"eager float32 channels_last\"")
    parser.add_argument("--processor-time", action="store_true",
                        help="one thread and its processor time, which means something on a busy machine too; cpu alone")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    parser.add_argument("--out", type=pathlib.Path, help="also write the table to this folder, bench_step.md")
    options = parser.parse_args()
    options.python = os.environ.get("PEER_PYTHON", "python3")
    options.presets = options.presets or [preset.name for preset in PRESETS.values()
                                          if options.device.split(":")[0] in preset.devices]
    unknown = [name for name in options.presets if name not in PRESETS]
    if unknown:
        parser.error(f"no such preset: {', '.join(unknown)}; there are {', '.join(PRESETS)}")
    if options.processor_time and options.device != "cpu":
        parser.error("--processor-time is for --device cpu")
    if not PROGRAM.is_file():
        parser.error(f"there is no {PROGRAM}; build it, or name it with SR_TRAIN")
    return options


def main():
    options = arguments()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench_step-") as work:
        comparisons = [Comparison(pathlib.Path(work) / name, PRESETS[name], options) for name in options.presets]
        try:
            end = time.monotonic() + options.ready_limit
            for comparison in comparisons:
                comparison.get_ready(end)
            for comparison in comparisons:
                comparison.take_turns(options.rounds, patience_s=3600 if options.processor_time else 120)
        finally:
            for comparison in comparisons:
                comparison.close()
    lines = heading(comparisons, options, time.monotonic() - began)
    for comparison in comparisons:
        lines += comparison.table()
    print("\n".join(lines))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "bench_step.md").write_text("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
