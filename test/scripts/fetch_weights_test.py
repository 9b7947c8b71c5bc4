#!/usr/bin/env python3
"""Tests of scripts/fetch_weights.py, where PyTorch is installed."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import safetensors.torch
    import torch
except ImportError:
    torch = None

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/fetch_weights.py"


@unittest.skipUnless(torch, "torch and safetensors are not installed")
class FetchWeights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def saved(self, name, **tensors):
        torch.save({key.replace("__", "."): value for key, value in tensors.items()}, self.folder / name)
        return self.folder / name

    def fetch(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder)

    def test_the_convolutions_and_what_calibrates_them_are_in_one_file(self):
        backbone = self.saved("net.pth", features__0__weight=torch.ones(2, 3).half(), classifier__1__weight=torch.ones(2))
        lin = self.saved("alex.pth", lin0__model__1__weight=torch.full((1, 2, 1, 1), 3.0), scaling__shift=torch.ones(3))
        done = self.fetch("lpips-alex", "--backbone", backbone, "--calibration", lin)
        self.assertEqual(done.returncode, 0, done.stderr)
        tensors = safetensors.torch.load_file(self.folder / "lpips_alex.safetensors")
        self.assertEqual(sorted(tensors), ["features.0.weight", "lin0.model.1.weight"])
        self.assertEqual(tensors["features.0.weight"].dtype, torch.float32)

    def test_the_state_dict_of_features_alone_is_one_too(self):
        backbone = self.folder / "features.pth"
        torch.save({"0.weight": torch.ones(2, 3), "0.bias": torch.ones(2)}, backbone)
        dists = self.saved("weights.pt", alpha=torch.ones(1, 2, 1, 1), beta=torch.ones(1, 2, 1, 1))
        self.assertEqual(self.fetch("dists", "--backbone", backbone, "--calibration", dists, "-o", "d.safetensors").returncode, 0)
        self.assertEqual(sorted(safetensors.torch.load_file(self.folder / "d.safetensors")),
                         ["alpha", "beta", "features.0.bias", "features.0.weight"])

    def test_the_antialiased_network_is_without_its_windows(self):
        backbone = self.folder / "vgg19_lpf4.pth.tar"
        tensors = {"module.features.0.weight": torch.ones(2, 3), "module.features.5.filt": torch.ones(2, 1, 4, 4)}
        torch.save({"state_dict": tensors}, backbone)
        done = self.fetch("vgg19-antialiased", "--backbone", backbone)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(safetensors.torch.load_file(self.folder / "vgg19_antialiased.safetensors")), ["features.0.weight"])

    def test_a_file_of_something_else_is_named(self):
        other = self.saved("other.pth", conv__weight=torch.ones(2))
        done = self.fetch("vgg19", "--backbone", other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("other.pth: no tensors of torchvision's vgg19", done.stderr)


if __name__ == "__main__":
    unittest.main()
