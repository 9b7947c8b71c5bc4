"""Runs the checks that scripts/check_ranks.sh names."""
import argparse
import collections
import itertools
import pathlib
import resource
import shutil
import statistics
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import launchers  # noqa: E402
from runs import MOMENTS, Runs, ended, killed_once  # noqa: E402
from workspace import tiny_pairs  # noqa: E402


class Checks:
    def __init__(self, folder, kills, only_named, rounds):
        self.runs = Runs(folder)
        self.kills = kills
        self.only_named = only_named
        self.rounds = rounds
        self.failed = 0
        self.wanted = self.runs.alone(2)

    def say(self, name, problem, figures=""):
        self.failed += bool(problem)
        print(f"{name:<10} {'FAILED: ' + problem if problem else 'ok'}  {figures}".rstrip(), flush=True)

    def launcher(self, name, command):
        if command is None:
            print(f"{name:<10} left out: not installed", flush=True)
            return
        result = self.runs.launched(command, name)
        self.say(name, "" if result == self.wanted else f"not the weights of one process: {result}")

    def torchrun(self):
        self.launcher("torchrun", launchers.torchrun())

    def mpirun(self):
        self.launcher("mpirun", launchers.mpirun())

    def srun(self):
        with launchers.slurm(self.runs.folder) as command:
            self.launcher("srun", command)

    def hosts(self):
        if not launchers.Hosts.possible():
            print("hosts      left out: needs iproute2 and root", flush=True)
            return
        with launchers.Hosts() as hosts:
            place = {"prefix": hosts.prefix, "address": hosts.ADDRESSES[0], "hosts": 2}
            codes, said = ended(self.runs.by_hand(self.runs.setting("hosts"), **place), 300)
            result = self.runs.result("hosts") if codes == [0, 0] else f"exit {codes}: {said[0][-300:]}{said[1][-300:]}"
            self.say("hosts", "" if result == self.wanted else f"not the weights of one process: {result}")
            processes = self.runs.by_hand(self.runs.setting("cut", steps=1_000_000), arguments=("--rank-timeout", "4"), **place)
            while not self.runs.events("cut", "progress") and processes[0].poll() is None:
                time.sleep(0.1)
            hosts.cut()
            begun = time.monotonic()
            codes, said = ended(processes, 60)
            self.say("cut link", "" if codes == [8, 8] else f"exit {codes}: {said[0][-300:]}", f"both ended after {time.monotonic() - begun:.1f} s, --rank-timeout 4")

    def kill(self):
        """Half of them at random times, half in a named moment; all at random ones where there is no gdb."""
        begun = time.monotonic()
        assert ended(self.runs.by_hand(self.runs.setting("usual")), 300)[0] == [0, 0]
        self.runs.usual_seconds = time.monotonic() - begun
        named = itertools.cycle(MOMENTS) if shutil.which("gdb") else itertools.repeat(None)
        problems, counts = [], collections.Counter()
        for number in range(self.kills):
            name = f"kill_{number}"
            moment = next(named) if number % 2 or self.only_named else None
            counts[moment or "any time"] += 1
            problem = killed_once(self.runs, name, number, moment)
            if not problem and self.runs.result(name) != self.wanted:
                problem = "other weights at the end"
            if problem:
                problems.append(f"{number}, {moment}: {problem}")
            else:
                shutil.rmtree(self.runs.experiment(name))
        self.say("kills", "; ".join(problems), ", ".join(f"{count} at {moment}" for moment, count in counts.items()))

    def scaling(self):
        """Two ranks of a thread each, and one process of two threads; in turns, since other programs load the machine."""
        section = {"steps": 200, "network_g": {"type": "compact", "num_feat": 24, "num_conv": 8},
                   "val": {"val_enabled": False}, "logger": {"print_freq": 20, "save_checkpoint_freq": 10**9, "use_tb_logger": False}}
        rates, cpu_ms, shares = {"one": [], "two": []}, {"one": [], "two": []}, []
        for turn in range(self.rounds):
            for kind, batch in (("one", 16), ("two", 8))[::1 if turn % 2 else -1]:
                name = f"{kind}_{turn}"
                data = {"train": {**tiny_pairs("train", 2), "lq_size": 32, "batch_size_per_gpu": batch}}
                config = self.runs.config(name, datasets=data, **section)
                before = children_s()
                if kind == "one":
                    self.runs.train(config, env={**self.runs.environment, "OMP_NUM_THREADS": "2"})
                else:
                    assert ended(self.runs.by_hand(config), 600)[0] == [0, 0]
                progress = self.runs.events(name, "progress")
                cpu_ms[kind].append(1000 * (children_s() - before) / progress[-1]["samples"])
                half = progress[len(progress) // 2:]
                rates[kind].append((half[-1]["samples"] - half[0]["samples"]) / (half[-1]["elapsed_s"] - half[0]["elapsed_s"]))
                if kind == "two":
                    shares.append(statistics.mean(entry["ranks"]["exchange_share"] for entry in half))
        ratios = [two / one for one, two in zip(rates["one"], rates["two"])]
        one, two = (statistics.median(cpu_ms[kind]) for kind in ("one", "two"))
        self.say("scaling", "", f"{statistics.median(ratios):.3f} x the samples per second of one process (rounds: "
                 f"{', '.join(f'{ratio:.2f}' for ratio in ratios)}); votes and sums {100 * statistics.median(shares):.1f} % of a step; "
                 f"processor time a sample, start included: {two:.2f} ms, one process {one:.2f}")


def children_s():
    """Processor time of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    names = ("torchrun", "mpirun", "srun", "hosts", "kills", "scaling")
    parser = argparse.ArgumentParser(prog="check_ranks.sh")
    parser.add_argument("checks", nargs="*", choices=[*names, []])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--only-named", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sr-ranks-") as folder:
        checks = Checks(folder, chosen.kills, chosen.only_named, chosen.rounds)
        for name in chosen.checks or names:
            getattr(checks, {"kills": "kill"}.get(name, name))()
    sys.exit(bool(checks.failed))


main()
