"""See check_old_states.sh."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test/app"))

from pictures import enlarged, make_pairs, small_rows  # noqa: E402
from workspace import PROGRAM, Workspace, tensors  # noqa: E402

WRITTEN, END = 10, 20  # steps: of the state that both go on from, and where they end
TELLS = ("size_decision", "clip_decision", "lr_decision", "oom")

# Small sizes, so that there is something to grow into, and a beginning that does not fit.
SIZES = {"enabled": True, "DynamicBatchSizeOptimizer": {"enabled": True, "adjustment_frequency": 4, "min_lq_size": 16, "max_lq_size": 64}}


class Runs(Workspace):
    def __init__(self, folder, old):
        self.use_folder(folder)
        self.environment["OMP_NUM_THREADS"] = "1"
        self.programs = {"old": old, "new": PROGRAM}

    def sections(self, kind):
        """What the kind has beside the small network of Workspace.config()."""
        if kind == "gan":
            return {"use_amp": True, "amp_bf16": True, "network_d": {"type": "unetdiscriminatorsn", "num_feat": 8},
                    "network_g": {"type": "esrgan", "num_block": 1, "num_feat": 8, "num_grow_ch": 4, "use_pixel_unshuffle": False},
                    "train": {"ema_decay": 0.9, "optim_d": {"type": "AdamW", "lr": 1e-4, "weight_decay": 0, "betas": [0.9, 0.99]},
                              "losses": [{"type": "l1loss", "loss_weight": 1.0},
                                         {"type": "ganloss", "gan_type": "vanilla", "loss_weight": 0.05}]}}
        if kind == "dynamic":
            return {"memory_limit": "24MiB", "training_automations": SIZES}
        if kind in ("video", "clip"):
            return {"network_g": {"type": "compact", "num_in_ch": 9, "num_feat": 6, "num_conv": 2}}
        return {}

    def configuration(self, kind, steps):
        path = self.config(kind, steps=steps, save=WRITTEN, **self.sections(kind))
        if kind == "dynamic":
            return path, ["--set", "datasets.train.lq_size=64", "--set", "datasets.train.batch_size_per_gpu=64"]
        if kind in ("video", "clip"):
            make = make_pairs if kind == "video" else make_clips
            pairs = [f"--set=datasets.{part}.{key}={value}" for part in ("train", "val")
                     for key, value in make(self.folder / f"{kind}_{part}", 12, 32, 2, clip_size=3).items() if key != "name"]
            return path, pairs
        return path, []

    def go(self, who, config, *arguments):
        done = subprocess.run([str(self.programs[who]), "--config", str(config), "--device", "cpu", *arguments], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=self.timeout_s)
        if done.returncode != 0:
            raise AssertionError(f"the {who} program: exit {done.returncode}: {(done.stdout + done.stderr)[-600:]}")

    def move(self, kind, name):
        """The run's folder gets a name of its own; runs of a kind all have the kind's while they go on."""
        self.experiment(kind).rename(self.experiment(name))

    def check(self, kind):
        """What both did, and every difference."""
        config, arguments = self.configuration(kind, WRITTEN)
        self.go("old", config, *arguments)
        self.move(kind, f"{kind}_written")
        config, arguments = self.configuration(kind, END)
        for who in ("old", "new"):
            shutil.copytree(self.experiment(f"{kind}_written"), self.experiment(kind))
            self.go(who, config, *arguments, "--auto-resume")
            self.move(kind, f"{kind}_{who}")
        return self.difference(kind)

    def difference(self, kind):
        old, new = (self.experiment(f"{kind}_{who}") for who in ("old", "new"))
        compared, differences = 0, []
        written = sorted(path.relative_to(old) for path in old.rglob(f"*{END}.*") if path.parent.name in ("models", "training_states"))
        for file in written:
            if not (new / file).exists():
                differences.append(f"{file} is not there")
                continue
            one, other = tensors(old / file), tensors(new / file)
            differences += [f"{file} has no {name}" for name in sorted(one.keys() - other.keys())]
            differences += [f"{file}: {name} is new" for name in sorted(other.keys() - one.keys())]
            same = one.keys() & other.keys()
            differences += [f"{file}: {name} differs" for name in sorted(same) if one[name] != other[name]]
            compared += len(same)
        before, after = (self.told(f"{kind}_{who}") for who in ("old", "new"))
        differences += [f"told otherwise: {one} / {other}" for one, other in zip(before, after) if one != other]
        if len(before) != len(after):
            differences.append(f"decisions and shortages: {len(before)} / {len(after)}")
        return f"{compared} tensors of {len(written)} files, {len(before)} decisions and shortages", differences

    def told(self, name):
        """Decisions and shortages, by what they came to."""
        return [{key: event[key] for key in ("event", "step", "action", "to", "where") if key in event}
                for event in self.events(name) if event["event"] in TELLS]


def make_clips(folder, count, lq_side, scale, clip_size):
    """The frames that make_pairs() writes, as two video files."""
    import cv2
    import numpy
    for part, factor in (("hr", scale), ("lr", 1)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        side = lq_side * factor
        writer = cv2.VideoWriter(str(folder / part / "scene.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 25, (side, side))
        for i in range(count):
            rows = list(enlarged(small_rows(lq_side, i), factor))
            writer.write(numpy.frombuffer(b"".join(rows), numpy.uint8).reshape(side, side, 3))
        writer.release()
    return {"type": "pairedvideodataset", "clip_size": clip_size, "dataroot_gt": str(folder / "hr"), "dataroot_lq": str(folder / "lr")}


def has_opencv():
    try:
        import cv2
        return bool(cv2.__version__)
    except ImportError:
        return False


def main():
    kinds = ["plain", "gan", "dynamic", "video", "clip"]
    parser = argparse.ArgumentParser(prog="check_old_states.sh")
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("kinds", nargs="*", metavar="kind", help=", ".join(kinds))
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    unknown = set(arguments.kinds) - set(kinds)
    if unknown:
        parser.error(f"no kind is called {', '.join(sorted(unknown))}")
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        runs = Runs(folder.resolve(), arguments.old.resolve())
        for kind in arguments.kinds or kinds:
            if kind == "clip" and not has_opencv():
                print("clip: left out, python3 has no OpenCV")
                continue
            try:
                what, differences = runs.check(kind)
            except AssertionError as error:
                what, differences = "", [str(error)]
            print(f"{kind}: " + (f"{len(differences)} differences" if differences else f"the same bits: {what}"))
            for difference in differences[:20]:
                print(f"  {difference}")
            failed = failed or bool(differences)
    return 1 if failed else 0


sys.exit(main())
