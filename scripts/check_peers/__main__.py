"""Runs the checks of networks/ and prints the table."""
import argparse
import importlib
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "test/app")]
sys.dont_write_bytecode = True

import torch  # noqa: E402

import golden  # noqa: E402
from exchange import Exchange  # noqa: E402
from training import Training  # noqa: E402


def families(types):
    """The files of networks/ that have one of these types, all of them when none is named."""
    modules = [importlib.import_module(f"networks.{path.stem}") for path in sorted((HERE / "networks").glob("*.py"))]
    known = {row.type for module in modules for row in module.ROWS}
    unknown = set(types) - known
    if unknown:
        sys.exit(f"no such type: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return modules


def arguments():
    parser = argparse.ArgumentParser(prog="check_peers.sh", description="Networks beside the other trainers' classes.")
    parser.add_argument("types", nargs="*", metavar="type", help="names of networks (default: all)")
    parser.add_argument("--scale", type=int, action="append", help="only this one; may be repeated")
    parser.add_argument("--training", action="store_true",
                        help="instead: 50 steps from the same weights on the same batches, losses beside PyTorch's")
    parser.add_argument("--golden", action="store_true", 
                        help="instead: write the numbers of test/nn/*_golden.txt, of the families of these types")
    return parser.parse_args()


def main():
    options = arguments()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(len(os.sched_getaffinity(0)))
    modules = families(options.types)
    if options.golden:
        golden.write([case for module in modules for case in module.GOLDEN
                      if not options.types or any(row.type in options.types for row in module.ROWS)])
        return 0
    rows = [row for module in modules for row in (module.TRAINING if options.training else module.ROWS)
            if not options.types or row.type in options.types]
    rows.sort(key=lambda row: row.giant)
    with tempfile.TemporaryDirectory(prefix="check_peers-") as folder:
        check = (Training if options.training else Exchange)(pathlib.Path(folder))
        print(check.heading(), flush=True)
        for row in rows:
            for scale in row.scales:
                if not options.scale or scale in options.scale:
                    print(check.line(row, scale), flush=True)
    print(f"\n{check.checks} checks, {check.failures} failures")
    return 1 if check.failures or not check.checks else 0


if __name__ == "__main__":
    sys.exit(main())
