#!/usr/bin/env python3
"""What validations and checkpoints take from a run's time: bench_pauses.py [--data DIR] [--steps N] [--every N] [--rounds N]

The recipe of configs/compact_x2_t91.yml (T91 and Set14 in DIR, default: datasets) with a validation and a checkpoint every N steps, in turns
with the same run without them. Prints a Markdown table of medians; the rest is what a run with them takes longer beyond what its
validations say that they took. SR_TRAIN names the program."""
import argparse
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/app"))
sys.dont_write_bytecode = True

from workspace import NEVER, Workspace  # noqa: E402


def run(data, steps, every):
    """Seconds from the first progress line to the end of training, those of its validations, and of its checkpoints."""
    def pairs(name, gt, lq):
        return {"name": name, "type": "pairedimagedataset", "dataroot_gt": str(data / name / gt), "dataroot_lq": str(data / name / lq)}

    with tempfile.TemporaryDirectory() as folder:
        work = Workspace()
        work.use_folder(folder)
        work.timeout_s = 3600
        config = work.config(
            "run", steps=steps,
            datasets={"train": {**pairs("T91", "hr", "lr_x2"), "lq_size": 48, "batch_size_per_gpu": 16, "use_hflip": True, "use_rot": True},
                      "val": pairs("Set14", "hr_x2", "lr_x2")},
            network_g={"type": "superultracompact"},
            val={"val_enabled": every > 0, "val_freq": every or NEVER, "save_img": False,
                 "metrics": {"psnr": {"type": "calculate_psnr", "crop_border": 2, "test_y_channel": True}}},
            logger={"print_freq": 100, "save_checkpoint_freq": every or NEVER})
        work.train(config, "--device", "cpu")
        progress = work.events("run", "progress")
        took = progress[-1]["elapsed_s"] - progress[0]["elapsed_s"]
        inside = [event for kind in ("validation", "checkpoint") for event in work.events("run", kind)
                  if event["step"] < steps]  # what comes behind the last progress line is not in `took`
        return (took, *(sum(event["seconds"] for event in inside if event["event"] == kind) for kind in ("validation", "checkpoint")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("datasets"))
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--every", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    data = wanted.data.resolve()
    rounds = [(run(data, wanted.steps, wanted.every), run(data, wanted.steps, 0)[0]) for _ in range(wanted.rounds)]
    rests = [(whole - validations - without) / whole for (whole, validations, _), without in rounds]
    print("| | s | share of the run |\n|---|---|---|")
    whole = statistics.median(with_them[0] for with_them, _ in rounds)
    for title, values in ((f"{wanted.steps:,} steps, both every {wanted.every}", [with_them[0] for with_them, _ in rounds]),
                          ("validations, as they say themselves", [with_them[1] for with_them, _ in rounds]),
                          ("checkpoints, as they say themselves (written beside the training)", [with_them[2] for with_them, _ in rounds]),
                          ("the same run without both", [without for _, without in rounds])):
        print(f"| {title} | {statistics.median(values):.2f} | {statistics.median(values) / whole:.1%} |")
    print(f"| rest | | {statistics.median(rests):.1%} ({min(rests):.1%} to {max(rests):.1%}) |")


if __name__ == "__main__":
    main()
