#!/usr/bin/env python3
"""LQ images of Compact_OTF_fidelity.yml beside those that traiNNer-redux makes by that file.

    python scripts/check_degradation.py CHECKOUT_OF_traiNNer-redux FOLDER_OF_PHOTOGRAPHS [--samples 960]

Ours are the samples of `sr-train check --preview`, for as many seeds as it takes. Theirs are made by their own code (feed_data() of
realesrgan_model.py, on the CPU) of the same crops of the same photographs with a margin around them. Two figures of each LQ are
compared by their means: PSNR against GT shrunk by areas, and the logarithm of the mean square of its Laplacian. Prints a table;
exit code 1 when a mean is further away than its bar and two standard errors. Needs torch, torchvision, numpy, opencv-python-headless,
scipy and PyYAML, and build/release/sr-train (or SR_TRAIN)."""
import argparse
import collections
import importlib
import importlib.machinery
import json
import math
import pathlib
import random
import sys
import tempfile
import types

import cv2
import numpy
import torch
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/app"))
from workspace import Workspace  # noqa: E402

TEMPLATE = "options/_templates/train/Compact/Compact_OTF_fidelity.yml"
MARGIN = 16  # GT pixels around a crop that their data set degrades as well
BARS = {"PSNR": 0.2, "log Laplacian": 0.05}


class Absent(types.ModuleType):
    """Stands for a package that their modules import and feed_data() never uses."""
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__class_getitem__": classmethod(lambda cls, item: cls)})


class Finder:
    """Their own files are loaded where a degradation needs them; all else that is not installed, or is a part of a whole trainer, is absent."""
    OURS = ("traiNNer.data.degradations", "traiNNer.data.transforms", "traiNNer.models.realesrgan_model", "traiNNer.utils.diffjpeg",
            "traiNNer.utils.img_process_util", "traiNNer.utils.rng", "traiNNer.utils.registry")

    def __init__(self, root):
        self.root = root

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "traiNNer" and name not in self.OURS or name.split(".")[0] in ("pyvips", "ema_pytorch", "tqdm", "rich"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = Absent(spec.name)
        if spec.name.split(".")[0] == "traiNNer":
            module.__path__ = [f"{self.root}/{spec.name.replace('.', '/')}"]
        return module

    def exec_module(self, module):
        pass


def their_model(root):
    """Their RealESRGANModel without a network: what feed_data() asks for, and a pool that gives back what it was given."""
    sys.meta_path.insert(0, Finder(root))
    torch.Tensor.cuda = torch.nn.Module.cuda = lambda self: self
    utils = importlib.import_module("traiNNer.utils")
    utils.RNG = importlib.import_module("traiNNer.utils.rng").RNG
    utils.RNG.init_rng(1)
    utils.DiffJPEG = importlib.import_module("traiNNer.utils.diffjpeg").DiffJPEG
    sr_model = importlib.import_module("traiNNer.models.sr_model")
    sr_model.SRModel = object
    theirs = importlib.import_module("traiNNer.models.realesrgan_model")
    model = theirs.RealESRGANModel.__new__(theirs.RealESRGANModel)
    template = yaml.safe_load((pathlib.Path(root) / TEMPLATE).read_text())
    model.opt = types.SimpleNamespace(**template)
    model.opt.datasets = {"train": types.SimpleNamespace(**template["datasets"]["train"])}
    model.device, model.memory_format, model.is_train, model.thicklines = "cpu", torch.contiguous_format, True, None
    model.otf_debug, model.batch_augment = False, None
    model.jpeger = utils.DiffJPEG(differentiable=False)
    model._dequeue_and_enqueue = model._apply_eco = lambda: None
    pulse = torch.zeros(1, 21, 21)
    pulse[0, 10, 10] = 1
    model.pulse = pulse
    return model


def figures(gt, lq):
    """Of images of 0 to 255: PSNR of LQ against GT shrunk by areas, log of the mean square of LQ's Laplacian."""
    small = cv2.resize(gt.astype(numpy.float32), lq.shape[1::-1], interpolation=cv2.INTER_AREA)
    error = float(numpy.mean((small - lq.astype(numpy.float32)) ** 2))
    edges = cv2.Laplacian(lq.astype(numpy.float32), cv2.CV_32F)
    return 10 * math.log10(255**2 / max(error, 1e-10)), math.log(max(float(numpy.mean(edges**2)), 1e-10))


def ours(space, root, photographs, lq_size, count):
    """Yields (file, left, top, GT, LQ)."""
    config = pathlib.Path(root) / TEMPLATE
    for seed in range(1, 1 + math.ceil(count / 32)):
        folder = space.folder / f"preview_{seed}"
        sets = {"manual_seed": seed, "datasets.train.dataroot_gt": photographs, "datasets.train.lq_size": lq_size}
        space.run_program("check", "--config", config, "--preview", folder,
                          *(word for key, value in sets.items() for word in ("--set", f"{key}={value}")))
        listed = json.loads((folder / "preview.json").read_text())
        side, scale = listed["gt_size"], listed["scale"]
        for sample in listed["samples"]:
            picture = cv2.imread(str(folder / sample["file"]))
            crop = sample["lq_crop"]
            at = dict(zip(("left", "top"), crop)) if isinstance(crop, list) else crop
            yield sample["gt"], at["left"] * scale, at["top"] * scale, picture[:, :side], picture[::scale, side + 4::scale]


def theirs(model, file, left, top, lq_size):
    """(GT, LQ) of that crop of that file by their code."""
    scale = model.opt.scale
    side = lq_size * scale + 2 * MARGIN
    image = cv2.copyMakeBorder(cv2.imread(file), MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REFLECT_101)[top:top + side, left:left + side]
    image = numpy.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1)).astype(numpy.float32) / 255
    model.opt.datasets["train"].gt_size = lq_size * scale
    model.feed_data({"gt": torch.from_numpy(image)[None], "kernel1": model.pulse, "kernel2": model.pulse, "sinc_kernel": model.pulse})
    def pixels(tensor):
        return (tensor[0].numpy().transpose(1, 2, 0)[..., ::-1] * 255).round()
    return pixels(model.gt), pixels(model.lq)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trainer")
    parser.add_argument("photographs")
    parser.add_argument("--samples", type=int, default=960)
    parser.add_argument("--lq-size", type=int, default=48)
    options = parser.parse_args()
    random.seed(1)
    torch.manual_seed(1)
    model = their_model(options.trainer)
    values = collections.defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="sr-degradation-") as folder:
        space = Workspace()
        space.use_folder(folder)
        for file, left, top, gt, lq in ours(space, options.trainer, pathlib.Path(options.photographs).resolve(), options.lq_size, options.samples):
            values["here"].append(figures(gt, lq))
            values["there"].append(figures(*theirs(model, file, left, top, options.lq_size)))
    here, there = (numpy.array(values[side]) for side in ("here", "there"))
    far = 0
    print(f"{len(here)} samples each\n{'':<14} {'here':>8} {'there':>8} {'apart':>8} {'error':>7}  bar")
    for i, (name, bar) in enumerate(BARS.items()):
        apart = here[:, i] - there[:, i]
        error = apart.std(ddof=1) / math.sqrt(len(apart))
        far += abs(apart.mean()) > bar + 2 * error
        print(f"{name:<14} {here[:, i].mean():8.3f} {there[:, i].mean():8.3f} {apart.mean():8.3f} {error:7.3f}  {bar}")
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main())
