"""Lets every kind of call on every kind of output fail and prints a table of what became of the run."""
import argparse
import collections
import concurrent.futures
import errno
import os
import pathlib
import shutil
import sys
import tempfile
import threading

from faults import Faults, build_shim

ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EMFILE)
CALLS = ("create", "write", "fsync", "rename")
ESSENTIAL = {"state": ".state", "weights": "models/net_g_", "best": "net_g_best"}
OPTIONAL = {"pictures": "visualization/", "log": "train.log", "events": "events.jsonl", "tensorboard": "tb_logger"}
OPENED_AT_START = ("log", "events", "tensorboard")

Fault = collections.namedtuple("Fault", "target path call error n calls")
Row = collections.namedtuple("Row", "target call error n calls code warned resumed problem")


class Sweep:
    """Runs in a folder of its own, one after the other."""

    def __init__(self, folder, shim, wanted):
        self.runs = Faults()
        self.runs.prepare(folder, shim)
        self.config = self.runs.settings()
        self.wanted = wanted

    def fresh(self):
        shutil.rmtree(self.runs.folder / "experiments", ignore_errors=True)

    def once(self, fault):
        """The n-th call fails, and the ones after it too where a disk is full."""
        self.fresh()
        last = fault.n if fault.error in (errno.EIO, errno.EMFILE) else 0
        done = self.runs.faulty(self.config, path=fault.path, call=fault.call, number=fault.error, first=fault.n, last=last)
        problems = []
        at_start = fault.target in OPENED_AT_START and fault.call == "create"
        code = 7 if fault.target in ESSENTIAL or at_start else 0
        if done.returncode != code:
            problems.append(f"exit {done.returncode} instead of {code}")
        if done.calls < fault.n:
            problems.append(f"only {done.calls} calls, nothing failed")
        if code == 7 and fault.path.split("/")[-1] not in done.stderr:
            problems.append("the file is not named")
        warnings = [event for event in self.runs.events() if event["event"] == "warning"]
        if code == 0 and fault.target != "events" and not warnings and "warning" not in done.stdout:
            problems.append("no warning")
        resumed = "-"
        if done.returncode != 0:
            self.runs.train(self.config, "--auto-resume")
            resumed = self.runs.events(kind="start")[-1]["step"]
        if self.runs.result() != self.wanted:
            problems.append("other weights")
        if fault.target != "log" and self.runs.leftovers():
            problems.append("unfinished files stay")
        return Row(fault.target, fault.call, errno.errorcode[fault.error], fault.n, fault.calls, done.returncode,
                   len(warnings), resumed, "; ".join(problems) or "ok")

    def unreadable(self, fault):
        """States that cannot be read are no reason to begin anew."""
        self.fresh()
        self.runs.train(self.config)
        before = sorted((self.runs.folder / "experiments").iterdir())
        done = self.runs.faulty(self.config, "--auto-resume", path=fault.path, call=fault.call, number=fault.error)
        problems = [] if done.returncode in (4, 7) else [f"exit {done.returncode} instead of 4 or 7"]
        if sorted((self.runs.folder / "experiments").iterdir()) != before:
            problems.append("the experiment was moved")
        return Row(fault.target, fault.call, errno.errorcode[fault.error], 1, done.calls, done.returncode, 0, "-",
                   "; ".join(problems) or "ok")


def chosen(calls, errors, every):
    """(error, number of the call): each error once, at the first call, one in the middle, the last one, in turns."""
    if every:
        return [(error, n) for error in errors for n in range(1, calls + 1)]
    places = (1, (calls + 1) // 2, calls)
    return [(error, places[i % len(places)]) for i, error in enumerate(errors)]


def faults(log, every):
    """[(name of the Sweep's method, fault)]."""
    def count(call, path):
        return sum(1 for line in log if line.startswith(call + " ") and path in line)

    for target, path in {**ESSENTIAL, **OPTIONAL}.items():
        for call in CALLS:
            errors = ERRORS if call == "create" else ERRORS[:3]
            calls = count(call, path)
            for error, n in chosen(calls, errors, every) if calls else ():
                yield "once", Fault(target, path, call, error, n, calls)
    # What was just written cannot be read back.
    yield "once", Fault("weights", "models/net_g_", "read", errno.EIO, 1, count("read", "models/net_g_"))
    for error in (errno.EACCES, errno.EIO, errno.EMFILE, errno.ESTALE):
        for call in ("open", "read"):
            yield "unreadable", Fault("all states", ".state", call, error, 1, 0)


def rows(folder, shim, every):
    """In the order of faults(); as many runs side by side as there are processors."""
    undisturbed = Faults()
    undisturbed.prepare(folder, shim)
    log = undisturbed.calls(undisturbed.settings())
    wanted = undisturbed.result()
    mine = threading.local()

    def carry_out(method, fault):
        if not hasattr(mine, "sweep"):
            mine.sweep = Sweep(tempfile.mkdtemp(dir=folder), shim, wanted)
        return getattr(mine.sweep, method)(fault)

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        futures = [pool.submit(carry_out, method, fault) for method, fault in faults(log, every)]
        for future in futures:
            yield future.result()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", action="store_true", help="every call with every error, not a choice of them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sr-faults-") as folder:
        shim = build_shim(folder)
        form = "{:<12} {:<7} {:<7} {:>4} of {:<4} {:>4} {:>8} {:>12}  {}"
        print(form.format("file", "call", "error", "n", "all", "exit", "warnings", "resumed from", "outcome"))
        failed = count = 0
        for row in rows(pathlib.Path(folder), shim, options.every):
            count += 1
            failed += row.problem != "ok"
            print(form.format(*row), flush=True)
    print(f"{count} faults, {failed} with another outcome than promised")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
