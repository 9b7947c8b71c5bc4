"""Runs the checks, prints a line for each result, writes the log folder."""
import argparse
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test/app"))
sys.dont_write_bytecode = True  # an archive stays as it was unpacked

import beside  # noqa: E402
import bits  # noqa: E402
import programs  # noqa: E402
import sizes  # noqa: E402
import speed  # noqa: E402
from session import Log, Row, Session, short  # noqa: E402
from table import markdown, surroundings  # noqa: E402

# name -> what it does, its time limit in seconds
CHECKS = {
    "tests": (programs.gpu_tests, 120),
    "quickstart": (programs.quickstart, 60),
    "band": (sizes.band, 75),
    "full_card": (sizes.full_card, 90),
    "replay": (bits.replay, 75),
    "external": (beside.external, 75),
    "resume": (bits.resume, 90),
    "determinism": (bits.determinism, 60),
    "busy": (programs.busy, 75),
    "speed": (speed.speed, 240),
}


def arguments():
    parser = argparse.ArgumentParser(prog="gpu_check.sh", description="Checks sr-train on a GPU.")
    parser.add_argument("checks", nargs="*", metavar="check", help=f"of {', '.join(CHECKS)}; default: all")
    parser.add_argument("--out", type=pathlib.Path, help="log folder (default: $OUT, else gpu_check_<time>)")
    parser.add_argument("--list", action="store_true", help="show the checks")
    options = parser.parse_args()
    unknown = [name for name in options.checks if name not in CHECKS]
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    if options.out is None:
        options.out = pathlib.Path(os.environ.get("OUT") or time.strftime("gpu_check_%Y%m%d_%H%M%S"))
    options.out = options.out.resolve()
    return options


def results(name, session):
    """The rows of one check; what stops it is a row as well."""
    check, _ = CHECKS[name]
    try:
        yield from check(session)
    except Exception as error:  # the next check is worth its try whatever this one met
        session.log.add(f"{name}: {type(error).__name__}: {error}")
        yield Row(name, "", short(error), False)


def main():
    options = arguments()
    if options.list:
        for name, (check, _) in CHECKS.items():
            print(f"{name:12} {check.__doc__.splitlines()[0]}")
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    device = os.environ.get("SR_CHECK_DEVICE", "cuda")
    rows = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gpu_check-") as work, Log(options.out) as log:
        for name in options.checks or CHECKS:
            session = Session(pathlib.Path(work), name, device, CHECKS[name][1], log)
            for row in results(name, session):
                rows.append(row)
                print(row.line(), flush=True)
            session.keep_events()
        seconds = time.monotonic() - began
        facts = surroundings(device, log)
        (options.out / "gpu_check.md").write_text(markdown(rows, facts, seconds))
    failed = sum(row.passed is False for row in rows)
    passed = sum(bool(row.passed) for row in rows)
    print(f"{passed} of {len(rows)} passed in {seconds:.0f} s; {options.out / 'gpu_check.md'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
