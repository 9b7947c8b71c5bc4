#!/usr/bin/env python3
"""Tests of scripts/fetch_weights.py, where PyTorch is installed."""
import os
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

    def fetch(self, *arguments, **environment):
        return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder,
                              env={**os.environ, **{name: str(value) for name, value in environment.items()}})

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

    def topiq_file(self, gate):
        tensors = {"module.semantic_model.conv1.weight": torch.ones(2).half(), f"module.weight_pool.0.{gate}.weight": torch.ones(2),
                   "module.h_emb": torch.ones(1), "module.semantic_model.bn1.num_batches_tracked": torch.tensor(7)}
        torch.save({"params": tensors, "epoch": 3}, self.folder / "cfanet.pth")
        return self.folder / "cfanet.pth"

    def test_topiq_is_one_file_with_its_backbone(self):
        for kind, gate in (("topiq", "0"), ("topiq-nr", "splitconv")):
            done = self.fetch(kind, "--calibration", self.topiq_file(gate))
            self.assertEqual(done.returncode, 0, done.stderr)
            tensors = safetensors.torch.load_file(self.folder / (kind.replace("-", "_") + ".safetensors"))
            self.assertEqual(sorted(tensors), ["h_emb", "semantic_model.conv1.weight", f"weight_pool.0.{gate}.weight"])
            self.assertEqual(tensors["semantic_model.conv1.weight"].dtype, torch.float32)

    def test_topiq_of_the_other_kind_is_named(self):
        done = self.fetch("topiq", "--calibration", self.topiq_file("splitconv"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("cfanet.pth: not the weights of topiq with a ResNet-50", done.stderr)

    def test_topiq_is_found_where_the_trainers_keep_it(self):
        for folder in ("checkpoints", "pyiqa"):
            place = self.folder / "hub" / folder
            missing = self.fetch("topiq", TORCH_HOME=self.folder)
            self.assertEqual(missing.returncode, 1)
            self.assertIn(f"cfanet_fr_kadid_res50-2c4cc61d.pth is neither in {self.folder}/hub/checkpoints nor in", missing.stderr)
            place.mkdir(parents=True)
            found = self.topiq_file("0").rename(place / "cfanet_fr_kadid_res50-2c4cc61d.pth")
            self.assertEqual(self.fetch("topiq", TORCH_HOME=self.folder).stdout, "topiq.safetensors\n")
            found.unlink()

    def test_a_file_of_something_else_is_named(self):
        other = self.saved("other.pth", conv__weight=torch.ones(2))
        done = self.fetch("vgg19", "--backbone", other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("other.pth: no tensors of torchvision's vgg19", done.stderr)


if __name__ == "__main__":
    unittest.main()
