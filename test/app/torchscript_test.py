"""A network that is not built in, from data/tiny_network.pt (with BatchNorm): training, out of memory, resume, upscaling."""
import json
import shutil
import subprocess
import zipfile

from harness import PROGRAM, SOURCE, Case, metadata, unittest, wait_for_step

NETWORK = SOURCE / "data/tiny_network.pt"
DISCRIMINATOR = SOURCE / "data/tiny_discriminator.pt"
DYNAMIC = {"enabled": True, "DynamicBatchSizeOptimizer": {"enabled": True, "adjustment_frequency": 5, "min_lq_size": 16,
                                                          "max_lq_size": 48, "max_batch_size": 16}}


class TorchScript(Case):
    def script(self, name="run", steps=20, file=NETWORK, **sections):
        sections.setdefault("val", {"val_enabled": False})
        sections.setdefault("logger", {"print_freq": 1})
        return self.config(name, steps=steps, save=5,
                           network_g={"type": "torchscript", "num_feat": None, "num_conv": None, "file": str(file)},
                           **sections)

    def command(self, *arguments, code=0):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=self.timeout_s,
                              cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_out_of_memory_with_dynamic_sizes_leaves_no_trace_in_the_weights(self):
        big = ("--set", "datasets.train.lq_size=48", "--set", "datasets.train.batch_size_per_gpu=16")
        self.train(self.script(memory_limit="8MiB", training_automations=DYNAMIC), *big)
        end = self.events(kind="end")[-1]
        self.assertGreater(end["ooms"], 0)
        self.assertEqual((end["steps_lost"], end["samples_lost"]), (0, 0))
        self.train(self.script("again"), *big, "--set", f"datasets.train.size_schedule={self.replay()}")
        self.assertEqual(self.weights(20), self.weights(20, "again"))
        self.assertEqual(self.weights(20, ema=True), self.weights(20, "again", ema=True))

    def test_a_killed_run_goes_on_to_the_same_weights(self):
        self.train(self.script("whole"))
        config = self.script()
        process = self.start(config)
        wait_for_step(self, process, 8)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume")
        self.assertEqual(self.weights(20), self.weights(20, "whole"))

    def test_the_file_may_lie_elsewhere_but_another_one_does_not_continue_a_run(self):
        self.train(self.script(steps=5))
        elsewhere = shutil.copy(NETWORK, self.folder / "elsewhere.pt")
        self.train(self.script(steps=6, file=elsewhere), "--auto-resume")
        self.assertEqual(self.events(kind="start")[-1]["step"], 5)
        other = self.folder / "other.pt"
        with zipfile.ZipFile(NETWORK) as old, zipfile.ZipFile(other, "w") as new:
            for entry in old.infolist():
                if not entry.filename.endswith(".debug_pkl"):
                    new.writestr(entry.filename, old.read(entry))
        done = self.train(self.script(steps=7, file=other), "--auto-resume", code=4)
        self.assertIn("the state was made with another network: network_g.sha256 is", done.stderr)

    def adversarial(self, name="run", file=DISCRIMINATOR, **sections):
        train = {"losses": [{"type": "l1loss"}, {"type": "ganloss", "gan_type": "vanilla", "loss_weight": 0.1}]}
        return self.config(name, steps=20, save=5, train=train, network_d={"type": "torchscript", "file": str(file)},
                           val={"val_enabled": False}, logger={"print_freq": 1}, **sections)

    def discriminator(self, name="run"):
        return (self.experiment(name) / "models/net_d_20.safetensors").read_bytes()

    def test_a_discriminator_out_of_a_file_is_rolled_back_and_resumed(self):
        big = ("--set", "datasets.train.lq_size=48", "--set", "datasets.train.batch_size_per_gpu=16")
        self.train(self.adversarial(memory_limit="8MiB", training_automations=DYNAMIC), *big)
        self.assertGreater(self.events(kind="end")[-1]["ooms"], 0)
        replay = ("--set", f"datasets.train.size_schedule={self.replay()}")
        config = self.adversarial("again")
        process = self.start(config, *big, *replay)
        wait_for_step(self, process, 8, "again")
        process.kill()
        process.communicate()
        self.train(config, *big, *replay, "--auto-resume")
        self.assertEqual(self.weights(20), self.weights(20, "again"))
        self.assertEqual(self.discriminator(), self.discriminator("again"))
        self.assertNotEqual(self.events(kind="progress")[-1]["losses"]["d_real"], self.events(kind="progress")[-2]["losses"]["d_real"])
        other = self.adversarial("again", file=NETWORK)
        self.assertIn("tiny_network.pt: makes no logits", self.train(other, "--auto-resume", code=4).stderr)

    def test_weights_are_used_with_their_file_beside_them(self):
        self.train(self.script(steps=5))
        weights = self.experiment() / "models/net_g_ema_5.safetensors"
        facts = metadata(weights)
        self.assertEqual((facts["architecture"], facts["scale"], facts["name"]), ("torchscript", "2", "TinyNetwork"))
        image = sorted((SOURCE / "data/tiny/val/lr_x2").iterdir())[0]
        arguments = ("upscale", "--model", weights, "--input", image, "--output", self.folder / "out.png")
        self.assertIn("has to name", self.command(*arguments, code=4).stderr)
        self.command(*arguments, "--network", NETWORK)
        self.assertTrue((self.folder / "out.png").is_file())
        info = json.loads(self.command("info", weights, "--json").stdout)
        self.assertEqual((info["architecture"], info["scale"]), ("torchscript", 2))
        self.assertEqual(info["arguments"]["sha256"], facts["sha256"])
        export = ("export", "--model", weights, "--to", "onnx", "--output", self.folder / "out.onnx")
        self.assertIn("has to name", self.command(*export, code=4).stderr)
        self.assertIn("read back", self.command(*export, "--network", NETWORK, "--shape", "24x32").stdout)
        self.assertIn(b"torchscript", (self.folder / "out.onnx").read_bytes())

    def test_weights_without_metadata_are_used_too(self):
        self.train(self.script(steps=5, logger={"print_freq": 1, "save_checkpoint_format": "pth"}))
        weights = shutil.copy(self.experiment() / "models/net_g_5.pth", self.folder / "net.pth")
        image = sorted((SOURCE / "data/tiny/val/lr_x2").iterdir())[0]
        self.command("upscale", "--model", weights, "--input", image, "--output", self.folder / "out.png", "--network",
                     NETWORK)
        info = json.loads(self.command("info", weights, "--json", "--network", NETWORK).stdout)
        self.assertEqual((info["architecture"], info["scale"]), ("torchscript", 2))
        silent = self.folder / "silent.pt"
        with zipfile.ZipFile(NETWORK) as old, zipfile.ZipFile(silent, "w") as new:
            for record in old.namelist():
                if not record.endswith("sr_train.json"):
                    new.writestr(record, old.read(record))
        info = json.loads(self.command("info", weights, "--json", "--network", silent).stdout)
        self.assertIsNone(info["scale"])
        self.assertIn("not said by the file", self.command("info", weights, "--network", silent).stdout)

    def test_a_limit_below_the_network_is_no_fault_of_its_file(self):
        def code(limit):
            return self.train(self.script(f"limit_{limit}", steps=1, memory_limit=f"{limit}KiB"), "--set",
                              "datasets.train.lq_size=96", "--set", "datasets.train.batch_size_per_gpu=1",
                              code=(0, 4, 5)).returncode
        codes = {limit: code(limit) for limit in range(1024, 3200, 500)}
        self.assertEqual(sorted(set(codes.values())), [0, 5], codes)

    def changed(self, name, forward):
        """The network's file with another text for its class."""
        file = self.folder / f"{name}.pt"
        with zipfile.ZipFile(NETWORK) as old, zipfile.ZipFile(file, "w") as new:
            for entry in old.namelist():
                content = old.read(entry)
                if entry.endswith("/tiny_network.py"):
                    text = content.decode()
                    content = (text[:text.index("  def forward")] + forward).encode()
                if not entry.endswith(".debug_pkl"):
                    new.writestr(entry, content)
        return file

    def test_a_program_that_faults_ends_the_run_with_the_name_of_its_file(self):
        head = "  def forward(self: __torch__.tiny_network.TinyNetwork,\n    x: Tensor) -> Tensor:\n"
        divides = self.changed("divides", f"{head}    n = torch.sub(torch.size(x, 0), torch.size(x, 0))\n"
                                          "    return torch.mul(x, torch.remainder(5, n))\n")
        said = self.train(self.script(file=divides), code=4).stderr
        self.assertIn(f"sr-train: {divides}: divides whole numbers in a way that has no result", said)
        calls = "".join(f"  def f{i}(self, x: Tensor) -> Tensor:\n    return (self).f{i + 1}(x, )\n" for i in range(20000))
        deep = self.changed("deep", f"{head}    return (self).f0(x, )\n{calls}  def f20000(self, x: Tensor) -> Tensor:\n    return x\n")
        said = self.train(self.script("deep", file=deep), code=4).stderr
        self.assertIn(f"sr-train: {deep}: ", said)

    def test_files_that_cannot_be_used_end_the_run_before_training(self):
        cut = self.folder / "cut.pt"
        cut.write_bytes(NETWORK.read_bytes()[:-200])
        self.assertIn("cut.pt: is damaged or cut short", self.train(self.script(file=cut), code=4).stderr)
        missing = self.folder / "missing.pt"
        self.assertIn("missing.pt", self.train(self.script("b", file=missing), code=4).stderr)
        scale = self.script("c", scale=4)
        self.assertIn("is a network of scale 2, the configuration has 4", self.train(scale, code=2).stderr)


if __name__ == "__main__":
    unittest.main()
