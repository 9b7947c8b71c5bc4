#!/usr/bin/env python3
"""Writes test/checkpoint/samples/*.pth with PyTorch itself; pth_reader_test.cpp knows the formulas.

Needs torch (2.11.0 made the stored files). Element i of a tensor with seed s is s + i / 4 (whole numbers: s + i)."""
import collections
import io
import os
import pathlib
import pickle
import struct
import tarfile
import zipfile

import numpy
import torch

STORAGES = []  # of the tar archive
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


def patched(name, source, *changes):
    """A copy of a sample with some bytes replaced, once each and by as many."""
    data = (FOLDER / source).read_bytes()
    for old, new in changes:
        assert len(old) == len(new) and old in data, (name, old)
        data = data.replace(old, new, 1)
    (FOLDER / name).write_bytes(data)


def write_tar(name, tensors, views=()):
    """The form of torch.save before 0.1.10, which nothing writes any more. `tensors`: name -> (storage, offset, shape, strides) with
    storage an index into STORAGES; `views`: (key, root key, offset, elements). torch.load reads the file back."""
    dump = lambda value: pickle.dumps(value, protocol=2)
    storages = dump(len(STORAGES))
    for index, values in enumerate(STORAGES):
        flat = values.reshape(-1)
        storages += dump((100 + index, "cpu", getattr(torch, {torch.float32: "FloatStorage", torch.int64: "LongStorage"}[flat.dtype])))
        storages += struct.pack("<q", flat.numel()) + flat.numpy().tobytes()
    storages += dump(list(views))
    table = dump(len(tensors))
    for index, (storage, offset, shape, strides) in enumerate(tensors.values()):
        table += dump((200 + index, storage, torch.FloatTensor)) + struct.pack("<ii", len(shape), 0)
        table += struct.pack(f"<{len(shape)}q", *shape) + struct.pack(f"<{len(strides)}q", *strides) + struct.pack("<q", offset)

    class Reference:
        def __init__(self, key):
            self.key = key

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value.key if isinstance(value, Reference) else None

    stream = io.BytesIO()
    Pickler(stream, protocol=2).dump(collections.OrderedDict((key, Reference(str(200 + i))) for i, key in enumerate(tensors)))
    system = dump({"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 8}})
    with tarfile.open(FOLDER / name, "w", format=tarfile.USTAR_FORMAT) as archive:
        for member, data in (("sys_info", system), ("pickle", stream.getvalue()), ("storages", storages), ("tensors", table)):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return torch.load(FOLDER / name, weights_only=False)


def legacy_samples(conv, smooth, views):
    old = {"_use_new_zipfile_serialization": False}
    save("legacy.pth", conv, **old)
    save("legacy_params_ema.pth", {"params": conv, "params_ema": smooth, "iter": 7}, **old)
    save("legacy_views.pth", views, **old)
    save("legacy_protocol4.pth", {"state_dict": conv}, pickle_protocol=4, **old)
    save("legacy_parameters.pth", {"weight": torch.nn.Parameter(ramp(1, 2, 2)), "half": ramp(5, 4, dtype=torch.float16),
                                   "long": torch.tensor(7)}, **old)
    save("legacy_os_system.pth", {"params": conv, "extra": Runs(os.system, "echo this must never run")}, **old)
    save("legacy_whole_model.pth", Net(), **old)
    save("legacy_expansion.pth", {"weight": torch.zeros(1).expand(1_000_000_000)}, **old)
    big = b"little_endian" + b"q\x02"
    patched("legacy_big_endian.pth", "legacy.pth", (big + b"\x88", big + b"\x89"))
    # A view of a storage, as PyTorch before 0.4 wrote them: (storage, ..., elements, (key, begin, elements)).
    found = (FOLDER / "legacy.pth").read_bytes()
    for before, after in ((b"K\x18Nt", b"K\x18(X\x01\x00\x00\x00vK\x02K\x16tt"), (b"(K\x02K\x03K\x02K\x02t", b"(K\x01K\x03K\x02K\x02t")):
        assert found.count(before) == 1
        found = found.replace(before, after)
    (FOLDER / "legacy_window.pth").write_bytes(found)
    assert torch.equal(torch.load(FOLDER / "legacy_window.pth")["body.0.weight"], ramp(1, 24)[2:14].reshape(1, 3, 2, 2))
    STORAGES.extend([ramp(1, 24), ramp(2, 2), torch.tensor([7])])
    back = write_tar("legacy_tar.pth", {
        "body.0.weight": (100, 0, (2, 3, 2, 2), (12, 4, 2, 1)), "body.0.bias": (101, 0, (2,), (1,)),
        "transposed": (100, 0, (6, 4), (1, 6)), "window": (300, 1, (2,), (1,))}, [(300, 100, 4, 3)])
    assert back["window"].tolist() == [2.25, 2.5] and back["transposed"][1].tolist() == [1.25, 2.75, 4.25, 5.75]
    patched("legacy_tar_beyond.pth", "legacy_tar.pth", (struct.pack("<qq", 6, 4), struct.pack("<qq", 6, 5)))


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
    views = {
        "whole": base, "transposed": base.t(), "slice": base[1:3, ::2], "row": base[2], "permuted": ramp(50, 2, 3, 2).permute(2, 0, 1),
        "expanded": ramp(9, 1, 2).expand(3, 2), "half": ramp(5, 4, dtype=torch.float16)[::2],
        "channels_last": ramp(0, 1, 3, 2, 2).to(memory_format=torch.channels_last)}
    save("views.pth", views)
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
    nested = {"epoch": 3, "checkpoint": {"generator": {"state_dict": conv}}}
    nested["itself"] = nested
    save("nested.pth", nested)
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
    legacy_samples(conv, smooth, views)
    for path in sorted(FOLDER.glob("*.pth")):
        print(f"{path.name:28} {path.stat().st_size}")


if __name__ == "__main__":
    main()
