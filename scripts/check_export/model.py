"""A network with weights that this program has drawn, its files, and its output."""
import json
import re
import struct
import subprocess

import numpy

import pictures
from workspace import NEVER, ROOT, Workspace, find_program

DRIVER = find_program("SR_NETWORK_OUTPUT", "build/release/test/network_output")
LQ_SIDES = (48, 64)  # multiples of all that exported files want
CLIP_SIDES = (64, 128)
FRAMES = {"temporalspan": 5, "temporalspanv2": 5}  # of clips, in channels


def types():
    """Of the catalogue, in its order."""
    return re.findall(r'^\s+\{"(\w+)", "', (ROOT / "lib/arch/catalogue.cpp").read_text(), re.M)


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
    def __init__(self, kind, scale, folder):
        self.type, self.scale = kind, scale
        self.work = Workspace()
        self.work.use_folder(folder)
        self.work.device = "cpu"
        self.folder = folder / f"{kind}_{scale}"
        self.folder.mkdir()
        self.weights = self._trained()
        sides = CLIP_SIDES if kind in FRAMES else LQ_SIDES
        self.lq = numpy.random.default_rng(0).random((1, 3 * FRAMES.get(kind, 1), *sides), numpy.float32)
        write_tensor(self.folder / "lq.safetensors", "lq", self.lq)
        subprocess.run([DRIVER, self.folder / "lq.safetensors", self.weights, self.folder / "output.safetensors"], check=True,
                       stdout=subprocess.DEVNULL)
        self.output = read_tensor(self.folder / "output.safetensors", "output")

    def _trained(self):
        """One step, so that the file is as a run writes it."""
        frames = FRAMES.get(self.type, 1)
        pairs = pictures.make_pairs(self.folder / "pairs", frames + 1, 24, self.scale, frames)
        name = f"{self.type}_{self.scale}_run"
        config = self.work.config(
            name, 1, 1, scale=self.scale, network_g={"type": self.type},
            datasets={"train": {**pairs, "lq_size": 16, "batch_size_per_gpu": 1}, "val": None}, val={"val_enabled": False},
            logger={"print_freq": 1, "save_checkpoint_freq": NEVER, "use_tb_logger": False})
        # Only the names of these are the defaults': `type` alone.
        self.work.train(config)
        return self.work.experiment(name) / "models/net_g_1.safetensors"

    def precisions(self):
        """All that the network may be exported in."""
        done = self.work.run_program("export", "-m", self.weights, "--to", "onnx", "--dtype", "fp16", "-o", self.folder / "probe",
                                     code=(0, 2))
        return ["fp32", "fp16", "bf16"] if done.returncode == 0 else ["fp32", "bf16"]

    def export(self, form, *precisions):
        out = self.folder / form
        self.work.run_program("export", "-m", self.weights, "--to", form, "--dtype", ",".join(precisions), "-o", out)
        ending = {"onnx": "onnx", "ncnn": "param"}[form]
        files = {file.stem.rsplit("_", 1)[-1]: file for file in out.glob(f"*.{ending}")}
        return [files[precision] for precision in precisions] if form == "onnx" else list(files.values())

    def difference(self, found):
        found = numpy.asarray(found, numpy.float64)
        if found.shape != self.output.shape:
            return float("inf")
        return float(numpy.abs(found - self.output).max() / max(1.0, self.output.max() - self.output.min()))
