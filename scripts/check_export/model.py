"""A network with weights that this program has drawn, its files, and its output."""
import json
import struct
import subprocess

import numpy

from rows import ONE_SIZE
from weights import frames_of, trained
from workspace import find_program

DRIVER = find_program("SR_NETWORK_OUTPUT", "build/release/test/network_output")
LQ_SIDES = (64, 128)  # multiples of all that exported files want


def write_tensor(path, name, values):
    data = numpy.ascontiguousarray(values, "<f4").tobytes()
    header = json.dumps({name: {"dtype": "F32", "shape": list(values.shape), "data_offsets": [0, len(data)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


def read_tensor(path, name):
    raw = path.read_bytes()
    size, = struct.unpack("<Q", raw[:8])
    entry = json.loads(raw[8:8 + size])[name]
    begin, end = entry["data_offsets"]
    return numpy.frombuffer(raw[8 + size + begin:8 + size + end], "<f4").reshape(entry["shape"])


class Model:
    def __init__(self, shown, kind, scale, options, folder):
        self.shown, self.type, self.scale, self.options, self.folder = shown, kind, scale, options, folder
        self.work, self.weights = trained(kind, scale, options, folder)
        frames = frames_of(kind, options)
        self.one_size = kind in ONE_SIZE
        self.lq = numpy.random.default_rng(0).random((1, 3 * frames, *LQ_SIDES), numpy.float32)
        write_tensor(self.folder / "lq.safetensors", "lq", self.lq)
        subprocess.run([DRIVER, self.folder / "lq.safetensors", self.weights, self.folder / "output.safetensors"], check=True,
                       stdout=subprocess.DEVNULL)
        self.output = read_tensor(self.folder / "output.safetensors", "output")

    def onnx_files(self):
        """(precision, file) in all precisions that the network may be exported in."""
        shape = ("--shape", "x".join(map(str, LQ_SIDES))) if self.one_size else ()
        for precisions in (("fp32", "fp16", "bf16"), ("fp32", "bf16")):
            out = self.folder / "onnx"
            done = self.work.run_program("export", "-m", self.weights, "--to", "onnx", "--dtype", ",".join(precisions), "-o", out,
                                         *shape, code=(0, 2))
            if done.returncode == 0:
                return [(precision, next(out.glob(f"*_{precision}.onnx"))) for precision in precisions]
            assert "float16's range" in done.stderr, done.stderr
        raise AssertionError(done.stderr)

    def ncnn_file(self):
        out = self.folder / "ncnn"
        self.work.run_program("export", "-m", self.weights, "--to", "ncnn", "--dtype", "fp32", "-o", out)
        return next(out.glob("*.param"))

    def difference(self, found):
        found = numpy.asarray(found, numpy.float64)
        if found.shape != self.output.shape:
            return float("inf")
        return float(numpy.abs(found - self.output).max() / max(1.0, self.output.max() - self.output.min()))
