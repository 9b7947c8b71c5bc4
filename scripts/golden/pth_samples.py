#!/usr/bin/env python3
"""Writes test/checkpoint/samples/*.pth with PyTorch itself; pth_reader_test.cpp knows the formulas.

Needs torch (2.11.0 made the stored files). Element i of a tensor with seed s is s + i / 4 (whole numbers: s + i)."""
import collections
import os
import pathlib
import zipfile

import numpy
import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "test/checkpoint/samples"


def ramp(seed, *shape, dtype=torch.float32):
    count = torch.Size(shape).numel()
    step = 4 if dtype.is_floating_point else 1
    return (seed + torch.arange(count, dtype=torch.float64) / step).to(dtype).reshape(shape)


def save(name, value, **options):
    torch.save(value, FOLDER / name, **options)


class Runs:
    def __init__(self, function, *arguments):
        self.what = (function, arguments)

    def __reduce__(self):
        return self.what


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(ramp(1, 2, 2))

    def forward(self, x):
        return x * self.weight


def rezip(name, source, change, compression=zipfile.ZIP_STORED):
    """A copy of a sample with some records changed; dates fixed."""
    with zipfile.ZipFile(FOLDER / source) as old, zipfile.ZipFile(FOLDER / name, "w", compression) as new:
        for record in old.namelist():
            info = zipfile.ZipInfo(record)
            info.compress_type = compression
            new.writestr(info, change.get(record.split("/", 1)[1], old.read(record)))


def main():
    FOLDER.mkdir(exist_ok=True)
    conv = collections.OrderedDict([("body.0.weight", ramp(1, 2, 3, 2, 2)), ("body.0.bias", ramp(2, 2))])
    conv._metadata = collections.OrderedDict([("", {"version": 1}), ("body", {"version": 1})])
    smooth = collections.OrderedDict((name, value + 100) for name, value in conv.items())
    save("params_ema.pth", {"params": conv, "params_ema": smooth, "iter": 7, "note": None, "best": 31.5})
    save("bare.pth", conv)
    save("protocol4.pth", {"state_dict": conv, "epoch": 3}, pickle_protocol=4)
    save("types.pth", {"params": {
        "bool": torch.tensor([True, False, True]), "u8": ramp(1, 3, dtype=torch.uint8), "i8": ramp(-2, 3, dtype=torch.int8),
        "i16": ramp(-300, 3, dtype=torch.int16), "i32": ramp(-70000, 3, dtype=torch.int32),
        "i64": ramp(-2**40, 3, dtype=torch.int64), "f16": ramp(1, 3, dtype=torch.float16),
        "bf16": ramp(1, 3, dtype=torch.bfloat16), "f32": ramp(1, 3), "f64": ramp(1, 3, dtype=torch.float64),
        "scalar": torch.tensor(7, dtype=torch.int64), "empty": torch.zeros(0, 3)}})
    base = ramp(0, 4, 6)
    save("views.pth", {
        "whole": base, "transposed": base.t(), "slice": base[1:3, ::2], "row": base[2], "permuted": ramp(50, 2, 3, 2).permute(2, 0, 1),
        "expanded": ramp(9, 1, 2).expand(3, 2), "half": ramp(5, 4, dtype=torch.float16)[::2],
        "channels_last": ramp(0, 1, 3, 2, 2).to(memory_format=torch.channels_last)})
    tagged = torch.nn.Parameter(ramp(3, 2))
    tagged.note = "kept by _rebuild_parameter_with_state"
    save("parameters.pth", {"weight": torch.nn.Parameter(ramp(1, 2, 2)), "tagged": tagged})
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    net(torch.ones(2, 2)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        net.weight.copy_(ramp(1, 2, 2))
    save("training.pth", {
        "model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 12, "huge": 2**70, "loss": [0.5, -1e-3],
        "score": numpy.float64(30.5), "names": {"a", "b"}, "blob": b"\x00\xff", "shape": torch.Size([2, 2]),
        "where": pathlib.PurePosixPath("x/y"), "seen": collections.defaultdict(int, a=1), "type": torch.float16})
    save("two_networks.pth", {"params_g": conv, "params_d": {"weight": ramp(4, 2)}})
    save("legacy.pth", conv, _use_new_zipfile_serialization=False)
    save("no_tensors.pth", {"iter": 7, "names": ["a", "b"]})
    save("quantized.pth", {"weight": torch.quantize_per_tensor(ramp(0, 4), 0.5, 0, torch.qint8)})
    save("complex.pth", {"weight": torch.zeros(2, dtype=torch.complex64)})
    save("u16.pth", {"weight": torch.tensor([1, 2], dtype=torch.uint16)})
    save("os_system.pth", {"params": conv, "extra": Runs(os.system, "echo this must never run")})
    save("os_system_protocol4.pth", {"params": conv, "extra": Runs(os.system, "echo this must never run")}, pickle_protocol=4)
    save("whole_model.pth", Net())
    torch.jit.script(Net()).save(FOLDER / "torchscript.pth")
    rezip("big_endian.pth", "bare.pth", {"byteorder": b"big"})
    rezip("rezipped.pth", "bare.pth", {})
    rezip("compressed.pth", "bare.pth", {}, zipfile.ZIP_DEFLATED)
    # A storage of one element and a tensor of 10^9.
    save("expansion.pth", {"weight": torch.zeros(1).expand(1_000_000_000)})
    for path in sorted(FOLDER.glob("*.pth")):
        print(f"{path.name:28} {path.stat().st_size}")


if __name__ == "__main__":
    main()
