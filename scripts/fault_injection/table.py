"""Lets every kind of call on every kind of output fail and prints a table of what became of the run."""
import argparse
import collections
import errno
import shutil
import sys
import tempfile

from faults import Faults, build_shim

ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EMFILE)
CALLS = ("open", "write", "fsync", "rename")
ESSENTIAL = {"state": ".state", "weights": "models/net_g_", "best": "net_g_best"}
OPTIONAL = {"pictures": "visualization/", "log": "train.log", "events": "events.jsonl", "tensorboard": "tb_logger"}
OPENED_AT_START = ("log", "events", "tensorboard")

Row = collections.namedtuple("Row", "target call error n calls code warned resumed problem")


class Sweep:
    def __init__(self, folder, shim, wanted):
        self.runs = Faults()
        self.runs.prepare(folder, shim)
        self.config = self.runs.settings()
        self.wanted = wanted

    def fresh(self):
        shutil.rmtree(self.runs.folder / "experiments", ignore_errors=True)

    def count(self, path, call):
        self.fresh()
        return self.runs.faulty(self.config, path=path, call=call, first=0).calls

    def once(self, target, path, call, number, n, calls):
        """The n-th call fails, and the ones after it too where a disk is full."""
        self.fresh()
        last = n if number in (errno.EIO, errno.EMFILE) else 0
        done = self.runs.faulty(self.config, path=path, call=call, number=number, first=n, last=last)
        problems = []
        at_start = target in OPENED_AT_START and call == "open"
        code = 7 if target in ESSENTIAL or at_start else 0
        if done.returncode != code:
            problems.append(f"exit {done.returncode} instead of {code}")
        if code == 7 and path.split("/")[-1] not in done.stderr:
            problems.append("the file is not named")
        warnings = [event for event in self.runs.events() if event["event"] == "warning"]
        if code == 0 and target != "events" and not warnings and "warning" not in done.stdout:
            problems.append("no warning")
        resumed = self.runs.train(self.config, "--auto-resume")
        if self.runs.result() != self.wanted:
            problems.append("other weights after --auto-resume")
        if target != "log" and self.runs.leftovers():
            problems.append("unfinished files stay")
        start = self.runs.events(kind="start")[-1]["step"]
        return Row(target, call, errno.errorcode[number], n, calls, done.returncode, len(warnings), start,
                   "; ".join(problems) or ("ok" if resumed else ""))


def numbers(calls, every):
    if every or calls <= 3:
        return range(1, calls + 1)
    return (1, (calls + 1) // 2, calls)


def unreadable(sweep):
    """States that cannot be read are no reason to begin anew."""
    for number in (errno.EACCES, errno.EIO, errno.EMFILE, errno.ESTALE):
        for call in ("open", "read"):
            sweep.fresh()
            sweep.runs.train(sweep.config)
            before = sorted((sweep.runs.folder / "experiments").iterdir())
            done = sweep.runs.faulty(sweep.config, "--auto-resume", path=".state", call=call, number=number)
            problems = [] if done.returncode in (4, 7) else [f"exit {done.returncode} instead of 4 or 7"]
            if sorted((sweep.runs.folder / "experiments").iterdir()) != before:
                problems.append("the experiment was moved")
            yield Row("all states", call, errno.errorcode[number], 1, done.calls, done.returncode, 0, "-",
                      "; ".join(problems) or "ok")


def read_back(sweep):
    """What was just written cannot be read back."""
    calls = sweep.count("models/net_g_", "read")
    yield sweep.once("weights", "models/net_g_", "read", errno.EIO, 1, calls)


def rows(sweep, every):
    for target, path in {**ESSENTIAL, **OPTIONAL}.items():
        for call in CALLS:
            calls = sweep.count(path, call)
            for number in ERRORS:
                if number == errno.EMFILE and call != "open":
                    continue
                for n in numbers(calls, every):
                    yield sweep.once(target, path, call, number, n, calls)
    yield from read_back(sweep)
    yield from unreadable(sweep)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", action="store_true", help="every call in turn, not the first, the middle one and the last")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sr-faults-") as folder:
        shim = build_shim(folder)
        undisturbed = Faults()
        undisturbed.prepare(folder, shim)
        undisturbed.train(undisturbed.settings())
        sweep = Sweep(folder, shim, undisturbed.result())
        form = "{:<12} {:<7} {:<7} {:>4} of {:<4} {:>4} {:>8} {:>12}  {}"
        print(form.format("file", "call", "error", "n", "all", "exit", "warnings", "resumed from", "outcome"))
        failed = count = 0
        for row in rows(sweep, options.every):
            count += 1
            failed += row.problem != "ok"
            print(form.format(*row), flush=True)
    print(f"{count} faults, {failed} with another outcome than promised")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
