"""Runs that write and read PyTorch's .pth files."""
import collections
import io
import json
import pickle
import zipfile

from harness import SOURCE, Case, unittest

try:
    import torch
except ImportError:
    torch = None

TYPES = {"FloatStorage": "F32"}


class Reader(pickle.Unpickler):
    """{key: {name: (type, shape, bytes)}} without PyTorch; knows the few names that sr-train writes."""

    def __init__(self, archive):
        super().__init__(io.BytesIO(archive.read("archive/data.pkl")))
        self.archive = archive

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, requires_grad, hooks: (storage[0], shape, storage[1])
        return TYPES[name]

    def persistent_load(self, pid):
        return pid[1], self.archive.read("archive/data/" + pid[2])


def groups(path):
    with zipfile.ZipFile(path) as archive:
        return {key: dict(tensors) for key, tensors in Reader(archive).load().items()}


PTH = {"save_checkpoint_format": "pth"}


class Pth(Case):
    def test_an_exported_file_says_which_of_the_run_s_weights_it_holds(self):
        self.train(self.config(steps=4))
        models = self.experiment() / "models"
        for source, key, kind in (("net_g_4", "params", "raw"), ("net_g_ema_4", "params_ema", "ema"),
                                  ("net_g_best", "params_ema", "ema")):
            for form in ("pth", "safetensors"):
                file = self.folder / f"mine_{source}.{form}"
                self.run_program("export", "--model", models / f"{source}.safetensors", "--to", form, "-o", file)
                told = json.loads(self.run_program("info", file, "--json").stdout)
                self.assertEqual((told["weights"], told["step"]), (kind, 4))
            self.assertEqual(list(groups(self.folder / f"mine_{source}.pth")), [key])
        raw, averaged = (self.folder / f"mine_net_g{kind}_4.pth" for kind in ("", "_ema"))
        for other, kind in ((raw, "raw"), (averaged, "")):
            mixed = self.folder / f"mixed_{kind}.pth"
            self.run_program("export", "--blend", raw, other, "0.5", "--to", "pth", "-o", mixed)
            self.assertEqual(json.loads(self.run_program("info", mixed, "--json").stdout)["weights"] or "", kind)

    def pth(self, step, name="run"):
        return self.experiment(name) / f"models/net_g_{step}.pth"

    def test_a_pth_holds_the_weights_that_safetensors_would(self):
        self.train(self.config("plain", steps=4))
        self.train(self.config("run", steps=4, val={"val_freq": 4}, logger=PTH))
        found = groups(self.pth(4))
        self.assertEqual(list(found), ["params", "params_ema"])
        self.assertEqual(found["params"], self.weights(4, "plain"))
        self.assertEqual(found["params_ema"], self.weights(4, "plain", ema=True))
        models = sorted(p.name for p in (self.experiment() / "models").iterdir())
        self.assertEqual(models, ["net_g_4.pth", "net_g_best.pth"])
        self.assertEqual(groups(self.experiment() / "models/net_g_best.pth"), found)

    def test_without_ema_there_are_params_alone(self):
        self.train(self.config(steps=2, train={"ema_decay": 0}, logger=PTH))
        self.assertEqual(list(groups(self.pth(2))), ["params"])

    def test_a_resumed_run_writes_the_files_of_an_uninterrupted_one(self):
        self.train(self.config("whole", steps=8, logger=PTH))
        config = self.config(steps=8, logger=PTH)
        self.train(config, "--set", "train.total_iter=4")
        self.train(config, "--auto-resume")
        self.assertEqual(self.events(kind="start")[-1]["step"], 4)
        self.assertEqual(self.pth(8).read_bytes(), self.pth(8, "whole").read_bytes())

    def test_the_format_may_change_in_the_middle_of_a_run(self):
        self.train(self.config("whole", steps=12, save=4))
        config = self.config(steps=12, save=4)
        self.train(config, "--set", "train.total_iter=4")
        self.train(config, "--auto-resume", "--set", "train.total_iter=8", "--set", "logger.save_checkpoint_format=pth")
        self.train(config, "--auto-resume")
        self.assertEqual([e["step"] for e in self.events(kind="start")], [0, 4, 8])
        self.assertEqual(self.weights(12), self.weights(12, "whole"))
        self.assertEqual(self.weights(12, ema=True), self.weights(12, "whole", ema=True))

    def test_old_pth_files_are_pruned_and_later_ones_moved_aside(self):
        config = self.config(steps=8, save=2, logger={**PTH, "keep_checkpoints": 2})
        self.train(config)
        models = sorted(p.name for p in (self.experiment() / "models").glob("net_g_[0-9]*"))
        self.assertEqual(models, ["net_g_6.pth", "net_g_8.pth"])
        self.train(config, "--resume", self.experiment() / "training_states/6.state")
        moved, = (p for p in (self.folder / "experiments").iterdir() if "_superseded_" in p.name)
        self.assertTrue((moved / "models/net_g_8.pth").exists())

    def test_training_starts_from_the_weights_that_the_key_names(self):
        self.train(self.config("first", steps=4, logger=PTH))
        found = groups(self.pth(4, "first"))
        for key, wanted in ((None, "params_ema"), ("params", "params"), ("params_ema", "params_ema")):
            path = {"pretrain_network_g": str(self.pth(4, "first")), "param_key_g": key,
                    "experiments_root": str(self.folder / "experiments")}
            name = f"from_{key}"
            self.train(self.config(name, steps=1, train={"ema_decay": 0}, path=path), "--set", "train.optim_g.lr=1e-30")
            self.assertEqual(self.weights(1, name), found[wanted])
        self.assertNotEqual(found["params"], found["params_ema"])

    def test_a_key_that_is_not_there_and_a_file_that_would_run_code_are_refused(self):
        samples = SOURCE / "test/checkpoint/samples"
        for sample, message in (("params_ema.pth", "it has \"params\", \"params_ema\""), ("os_system.pth", "posix.system"),
                                ("legacy_os_system.pth", "posix.system"), ("legacy.pth", "no tensor in it fits the network")):
            done = self.train(self.config(steps=1), "--set", f"path.pretrain_network_g={samples / sample}",
                              "--set", "path.param_key_g=net", code=4)
            self.assertIn(message, done.stderr)
            self.assertIn(sample, done.stderr)

    @unittest.skipUnless(torch, "torch is not installed")
    def test_pytorch_loads_the_file(self):
        self.train(self.config(steps=2, logger=PTH))
        loaded = torch.load(self.pth(2), weights_only=True)
        for key, tensors in groups(self.pth(2)).items():
            self.assertEqual(list(loaded[key]), list(tensors))
            for name, (_, shape, data) in tensors.items():
                self.assertEqual(tuple(loaded[key][name].shape), shape)
                self.assertEqual(loaded[key][name].numpy().tobytes(), data)


if __name__ == "__main__":
    unittest.main()
