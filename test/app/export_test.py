"""sr-train export as a user runs it: files for other programs, each whole or not there."""
import json
import random
import resource
import struct
import subprocess
import time

from harness import PROGRAM, SOURCE, Case, signal, unittest


def write_weights(path, values):
    """A safetensors file of {name: (shape, numbers)}."""
    header, data = {}, b""
    for name, (shape, numbers) in values.items():
        raw = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def read_weights(path):
    raw = path.read_bytes()
    size, = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + size])
    metadata = header.pop("__metadata__", {})
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        found[name] = (entry["dtype"], entry["shape"], raw[8 + size + begin:8 + size + end])
    return found, metadata


def compact(path, seed=0, features=4, scale=2):
    drawn = random.Random(seed)
    shapes = {"body.0.weight": [features, 3, 3, 3], "body.0.bias": [features], "body.1.weight": [features],
              "body.2.weight": [3 * scale * scale, features, 3, 3], "body.2.bias": [3 * scale * scale]}
    values = {}
    for name, shape in shapes.items():
        count = 1
        for side in shape:
            count *= side
        values[name] = (shape, [drawn.uniform(-0.1, 0.1) for _ in range(count)])
    return write_weights(path, values)


class Export(Case):
    def setUp(self):
        super().setUp()
        self.model = compact(self.folder / "mine.safetensors")

    def export(self, form, *arguments, code=0, model=None, **options):
        return self.run_program("export", "--model", model or self.model, "--to", form, *arguments, code=code, **options)

    def files(self, folder=None):
        return sorted(path.name for path in (folder or self.folder).iterdir() if path.is_file())

    def test_onnx_in_several_precisions(self):
        done = self.export("onnx", "--dtype", "fp32,fp16,bf16")
        self.assertEqual(self.files(), ["mine.safetensors", "mine_bf16.onnx", "mine_fp16.onnx", "mine_fp32.onnx"])
        self.assertEqual(done.stdout.count("read back"), 3)
        whole = (self.folder / "mine_fp32.onnx").read_bytes()
        # ModelProto.opset_import: the domain without a name, its version.
        for precision, opset in (("fp32", 17), ("fp16", 17), ("bf16", 22)):
            self.assertIn(b"\x42\x04\x0a\x00\x10" + bytes([opset]), (self.folder / f"mine_{precision}.onnx").read_bytes())
        for part in (b"\x0a\x05input", b"\x06output", b"batch_size", b"height", b"width", b"architecture", b"compact",
                     b"size_multiple", b"body.0.weight"):
            self.assertIn(part, whole)
        again = self.export("onnx", code=2)
        self.assertIn("mine_fp32.onnx", again.stderr)
        self.assertIn("--overwrite", again.stderr)
        self.export("onnx", "--overwrite")
        self.assertEqual((self.folder / "mine_fp32.onnx").read_bytes(), whole)
        self.export("onnx", "--shape", "1x3x20x30", "--opset", "20", "-o", self.folder / "fixed.onnx")
        fixed = (self.folder / "fixed.onnx").read_bytes()
        self.assertNotIn(b"batch_size", fixed)
        self.assertLess(len(fixed), len(whole) + 200)

    def test_ncnn(self):
        self.export("ncnn", "-o", self.folder / "models")
        self.assertEqual(self.files(self.folder / "models"), ["mine-x2.bin", "mine-x2.param"])
        lines = (self.folder / "models/mine-x2.param").read_text().splitlines()
        self.assertEqual(lines[0], "7767517")
        self.assertEqual(int(lines[1].split()[0]), len(lines) - 2)
        self.assertEqual(lines[2].split()[4:], ["data"])
        self.assertEqual({line.split()[0] for line in lines[2:]},
                         {"Input", "Split", "Convolution", "PReLU", "PixelShuffle", "Interp", "BinaryOp"})

    def test_weights_in_another_form_and_blends(self):
        self.export("safetensors", "--dtype", "fp16", "-o", self.folder / "half.safetensors")
        own, _ = read_weights(self.model)
        half, metadata = read_weights(self.folder / "half.safetensors")
        self.assertEqual(metadata["architecture"], "compact")
        for name, (kind, shape, raw) in half.items():
            self.assertEqual((kind, shape), ("F16", own[name][1]))
            for there, here in zip(struct.unpack(f"<{len(raw) // 2}e", raw), struct.unpack(f"<{len(raw) // 2}f", own[name][2])):
                self.assertAlmostEqual(there, here, delta=1e-4)
        self.export("pth", "-o", self.folder / "mine.pth")
        self.export("safetensors", "-o", self.folder / "back.safetensors", model=self.folder / "mine.pth")
        self.assertEqual(read_weights(self.folder / "back.safetensors")[0], own)

        other = compact(self.folder / "other.safetensors", seed=1)
        self.run_program("export", "--blend", self.model, other, "0.25", "--to", "safetensors")
        mixed, _ = read_weights(self.folder / "mine_other_0.25.safetensors")
        second, _ = read_weights(other)
        for name, (_, _, raw) in mixed.items():
            parts = [struct.unpack(f"<{len(raw) // 4}f", values[name][2]) for values in (own, second)]
            for there, a, b in zip(struct.unpack(f"<{len(raw) // 4}f", raw), *parts):
                self.assertAlmostEqual(there, 0.75 * a + 0.25 * b, delta=1e-6)
        self.run_program("export", "--model", self.model, "--blend", other, "0.25", "--to", "safetensors", "-o",
                         self.folder / "same.safetensors")
        self.assertEqual(read_weights(self.folder / "same.safetensors")[0], mixed)
        for words in ((self.model, other, "0.5", "--model", self.model), (other, "0.5")):
            self.run_program("export", "--to", "pth", "--blend", *words, code=2)
        done = self.run_program("export", "--to", "pth", "--model", self.model, "--blend", other, "0.25", "--param-key", "params", code=2)
        self.assertIn("--param-key: ", done.stderr)
        wider = compact(self.folder / "wider.safetensors", features=6)
        done = self.run_program("export", "--blend", self.model, wider, "0.5", "--to", "pth", code=4)
        self.assertIn("one network", done.stderr)

    def test_esrgan_by_either_naming(self):
        self.train(self.config(steps=1, save=1, val={"val_enabled": False}, network_g={
            "type": "esrgan", "num_feat": 4, "num_block": 1, "num_grow_ch": 4}))
        weights = self.experiment() / "models/net_g_1.safetensors"
        names = {}
        for naming in ("new", "old"):
            out = self.folder / f"{naming}.safetensors"
            self.export("safetensors", "--param-naming", naming, "-o", out, model=weights)
            names[naming] = set(read_weights(out)[0])
        self.assertIn("conv_first.weight", names["new"])
        self.assertIn("model.0.weight", names["old"])
        self.export("safetensors", "--param-naming", "new", code=2)
        self.export("ncnn", "-o", self.folder / "models", model=weights)

    def test_the_output_is_a_file_by_its_ending_and_no_folder_ends_like_a_model(self):
        self.export("onnx", "-o", self.folder / "net.ONNX")
        self.assertTrue((self.folder / "net.ONNX").is_file())
        for form, name in (("onnx", "x.pth"), ("safetensors", "x.pth"), ("pth", "x.Safetensors"), ("ncnn", "x.BIN")):
            done = self.export(form, "-o", self.folder / name, code=2)
            self.assertIn(f"{name} ends like another kind of file", done.stderr)
            self.assertFalse((self.folder / name).exists())
        (self.folder / "old.pth").mkdir()
        self.export("onnx", "-o", self.folder / "old.pth")
        self.assertEqual(self.files(self.folder / "old.pth"), ["mine_fp32.onnx"])

    def test_what_a_format_cannot_hold_is_refused_by_name(self):
        self.train(self.config(steps=1, save=1, val={"val_enabled": False}, network_g={
            "type": "rcan", "n_feats": 4, "n_resgroups": 1, "n_resblocks": 1, "reduction": 2}))
        rcan = self.experiment() / "models/net_g_1.safetensors"
        self.assertIn("bf16", self.export("onnx", "--dtype", "fp32,fp16", code=2, model=rcan).stderr)
        self.train(self.config("mosr", steps=1, save=1, val={"val_enabled": False}, network_g={
            "type": "mosr", "n_block": 1, "dim": 8}))
        mosr = self.experiment("mosr") / "models/net_g_1.safetensors"
        done = self.export("ncnn", code=2, model=mosr)
        self.assertRegex(done.stderr, "ncnn: the network needs [A-Z]")
        self.assertEqual([name for name in self.files(mosr.parent) if "param" in name or "bin" in name or "onnx" in name], [])
        for arguments in (("--shape", "0x4"), ("--shape", "1x4x8x8"), ("--opset", "13"), ("--dtype", "fp8")):
            self.export("onnx", *arguments, code=2)
        self.assertIn("opset 22", self.export("onnx", "--dtype", "fp32,bf16", "--opset", "17", code=2).stderr)
        for form in ("ncnn", "pth", "safetensors"):
            self.assertIn(f"--opset: {form} files", self.export(form, "--opset", "18", code=2).stderr)
        self.export("ncnn", "--dtype", "fp32,fp16", code=2)
        self.assertIn("--param-key: ", self.export("pth", "--param-key", "params", code=2).stderr)
        self.run_program("export", "--to", "onnx", code=2)

    def test_kills_leave_whole_files_only(self):
        model = compact(self.folder / "large.safetensors", features=64)
        out = self.folder / "out"
        self.export("onnx", "-o", out, model=model)
        whole = (out / "large_fp32.onnx").read_bytes()
        drawn = random.Random(3)
        for _ in range(8):
            (out / "large_fp32.onnx").unlink(missing_ok=True)
            process = subprocess.Popen([str(PROGRAM), "export", "-m", str(model), "--to", "onnx", "-o", str(out)], cwd=self.folder,
                                       env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.2 + drawn.random() * 0.6)
            process.kill()
            process.wait(timeout=60)
            if (out / "large_fp32.onnx").exists():
                self.assertEqual((out / "large_fp32.onnx").read_bytes(), whole)
        self.export("onnx", "--overwrite", "-o", out, model=model)
        self.assertEqual(self.files(out), ["large_fp32.onnx"])

    def test_a_full_disk_is_code_7_and_names_the_file(self):
        for form in ("onnx", "ncnn", "pth", "safetensors"):
            out = self.folder / form
            done = self.export(form, "-o", out, code=7, preexec_fn=lambda: (
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))))
            self.assertIn("mine", done.stderr)
            self.assertEqual([path for path in out.rglob("*") if path.is_file()], [])

    def test_hostile_weights_are_code_4(self):
        samples = SOURCE / "test/checkpoint/samples"
        whole = self.model.read_bytes()
        (self.folder / "cut.safetensors").write_bytes(whole[:-5])
        (self.folder / "other.safetensors").write_bytes(whole.replace(b"body.0", b"tail.0"))
        (self.folder / "nan.safetensors").write_bytes(whole[:-400] + struct.pack("<f", float("nan")) * 100)
        for model in (samples / "os_system.pth", self.folder / "cut.safetensors", self.folder / "other.safetensors",
                      self.folder / "nan.safetensors", self.folder / "none.pth", self.folder):
            self.assertIn(str(model), self.export("onnx", "-o", self.folder / "out", code=4, model=model).stderr)


if __name__ == "__main__":
    unittest.main()
