"""Step times beside those without own convolutions and beside PyTorch's."""
import argparse
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench_step"))

from driver import Comparison  # noqa: E402
from presets import PRESETS  # noqa: E402
from session import Row  # noqa: E402

# What all its products take at the rate of an H200's tensor cores, 3.5 ms, and a little for the rest (decision 43).
LIMITS_MS = {"rrdb": 4.5}
NOISE = 1.05  # own convolutions are to be no slower than cuDNN's


def speed(session):
    """ESRGAN and Compact in bfloat16: ms a step, without own convolutions, in PyTorch, and the limit."""
    options = argparse.Namespace(device=session.device, python=os.environ.get("PEER_PYTHON", "python3"), variant=None,
                                 no_compile=session.on_cpu, processor_time=False)
    for name in ("compact_small_bf16",) if session.on_cpu else ("rrdb", "compact"):
        comparison = Comparison(session.folder / name, PRESETS[name], options)
        try:
            comparison.get_ready(time.monotonic() + session.timeout_s / 3)
            comparison.take_turns(1, patience_s=session.timeout_s / 3)
        finally:
            comparison.close()
        session.log.add("\n".join(comparison.table()))
        yield outcome(session, name, comparison)


def outcome(session, name, comparison):
    ours = statistics.median(comparison.ours.step_ms)
    figures, fast_enough = [f"{ours:.2f} ms"], True
    for what, blocks, failure in comparison.rows():
        figures.append(f"{what} {statistics.median(blocks):.2f}" if blocks else f"{what}: {failure}")
        if what.startswith("sr-train"):
            fast_enough = ours <= NOISE * statistics.median(blocks)
    if name in LIMITS_MS:
        figures.append(f"limit {LIMITS_MS[name]}")
    return Row(session.check, name, ", ".join(figures), fast_enough)
