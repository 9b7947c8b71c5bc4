"""What a file in networks/ says of its networks, and how classes of the other trainers are found.

A file in networks/ has `ROWS` and `TRAINING`, lists of Row, the second of small networks that are trained, and `GOLDEN`, a
list of Golden. A new family is one more file.
"""
import dataclasses
import importlib
import os
import pathlib
import sys
import types
import typing

import torch

ALL_SCALES = (1, 2, 3, 4, 8)


@dataclasses.dataclass(frozen=True)
class Row:
    """One network by its name in a configuration, with the class that it is compared with."""
    type: str
    make: typing.Callable              # make(scale): the peer's module, PyTorch's global generator draws its weights
    options: dict = dataclasses.field(default_factory=dict)  # of network_g beside the type
    scales: tuple = ALL_SCALES
    architecture: str | None = None    # what spandrel calls it; None: spandrel does not know it, the peer's class loads our files
    lq_sides: tuple = (11, 14)         # of the image that both networks see
    told_by_tensors: bool = True       # False: files without metadata, all but our safetensors, are not told here
    peer_names: typing.Callable = staticmethod(lambda state: state)  # our state dict with the names of the peer's class
    trained_images: int = 4            # of --training: a batch
    trained_side: int = 24             # of their LQ pixels
    giant: bool = False                # takes minutes: after all others
    batch: int = 1                     # samples of the step after which our files are written
    frames: int = 1                    # of the clips that it takes, in channels; the middle one is scaled up
    derived: tuple = ()                # parts of names: buffers that must equal what the class derives in eval()

    def title(self):
        return self.type + "".join(f", {key} {value}" for key, value in self.options.items())


@dataclasses.dataclass(frozen=True)
class Golden:
    """A small network whose output and gradients a unit test holds."""
    file: str                          # test/nn/<file>_golden.txt
    key: str                           # the first word of its lines
    make: typing.Callable              # make(): the peer's module
    shape: tuple                       # of the LQ images
    amplitude: float = 0.3             # of the weights
    trained: typing.Callable = staticmethod(lambda name: True)  # which of the class's parameters are trained
    training: bool = True              # as the class computes in training, or as for use


def stand_in(name, **attributes):
    """A module of that name with nothing but these attributes, for imports that a class does not need to compute."""
    module = types.ModuleType(name)
    for key, value in attributes.items():
        setattr(module, key, value)
    sys.modules[name] = module
    return module


class Registry:
    @staticmethod
    def register(*_, **__):
        return lambda thing: thing


def trainner_class(module, name):
    """A class of traiNNer-redux by its file in traiNNer/archs, without the rest of that program; None without a checkout."""
    root = os.environ.get("SR_TRAINNER")
    if not root:
        return None
    if "traiNNer.utils.registry" not in sys.modules:
        for parent in ("traiNNer", "traiNNer.utils"):
            stand_in(parent)
        stand_in("traiNNer.archs", __path__=[str(pathlib.Path(root) / "traiNNer/archs")])
        # arch_util.py imports it and needs it to load pretrained weights alone.
        stand_in("traiNNer.utils.download_util", load_file_from_url=None)
        stand_in("traiNNer.utils.registry", ARCH_REGISTRY=Registry, SPANDREL_REGISTRY=Registry, TESTARCH_REGISTRY=Registry)
    return getattr(importlib.import_module(f"traiNNer.archs.{module}"), name)


def basicsr_class(module, name):
    """A class of BasicSR by its file in basicsr/archs, without the rest of that program; None without a checkout."""
    root = os.environ.get("SR_BASICSR")
    if not root:
        return None
    if "basicsr.utils.registry" not in sys.modules:
        for parent in ("basicsr", "basicsr.ops"):
            stand_in(parent)
        stand_in("basicsr.archs", __path__=[str(pathlib.Path(root) / "basicsr/archs")])
        stand_in("basicsr.utils", get_root_logger=None)
        stand_in("basicsr.utils.registry", ARCH_REGISTRY=Registry)
        # arch_util.py builds its deformable convolutions on it.
        stand_in("basicsr.ops.dcn", ModulatedDeformConvPack=torch.nn.Module, modulated_deform_conv=None)
    return getattr(importlib.import_module(f"basicsr.archs.{module}"), name)


def drawn(module, seed=0):
    """The module with random numbers in all its parameters: no zero or one that a class starts with hides a mistake."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.01 * torch.randn(parameter.shape, generator=generator))
    return module
