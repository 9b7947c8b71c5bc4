"""sr-train check --preview and --estimate: what they print, what they leave behind."""
import json
import re
import struct

from harness import SOURCE, Case, unittest
from workspace import tiny_pairs

MOA = SOURCE / "configs/tiny_moa_cpu.yml"


def png_size(path):
    content = path.read_bytes()
    return struct.unpack(">II", content[16:24])


class Weights(Case):
    def test_files_of_weights_that_training_would_miss_are_warnings(self):
        nowhere = self.folder / "nowhere.safetensors"
        losses = [{"type": "l1loss"}, {"type": "perceptualloss", "weights": str(nowhere)}, {"type": "distsloss", "weights": str(nowhere)}]
        done = self.run_program("check", "--config", self.config(train={"losses": losses}, path={"pretrain_network_g": str(nowhere)}))
        said = done.stdout + done.stderr
        self.assertIn("perceptualloss needs the weights of torchvision's vgg19", said)
        self.assertIn("distsloss needs its weights", said)
        self.assertIn(f"warning: path.pretrain_network_g: {nowhere}: ", said)
        plain = self.run_program("check", "--config", self.config())
        self.assertNotIn("nowhere", plain.stdout + plain.stderr)
        self.assertNotIn("warning: path.", plain.stdout + plain.stderr)


class Networks(Case):
    def test_what_a_run_would_refuse_to_build_is_refused(self):
        ganloss = {"losses": [{"type": "l1loss"}, {"type": "ganloss", "loss_weight": 0.1}]}
        for config in (self.config("generator", network_g={"type": "realplksr", "n_blocks": 1, "dim": 16, "kernel_size": 16}),
                       self.config("discriminator", train=ganloss, network_d={"type": "vggstylediscriminator"}, scale=2)):
            for command in (("check",), ()):
                done = self.run_program(*command, "--config", config, code=2)
                self.assertRegex(done.stderr, "network_[gd]")


class Beginnings(Case):
    def test_weights_of_another_network_and_states_that_are_none_are_warnings(self):
        self.train(self.config("small", steps=2))
        weights = self.experiment("small") / "models/net_g_2.safetensors"
        broken = self.folder / "broken.state"
        broken.write_text("no state")
        config = self.config(path={"pretrain_network_g": str(weights), "resume_state": str(broken)},
                             network_g={"type": "compact", "num_feat": 8, "num_conv": 2})
        said = self.run_program("check", "--config", config).stdout
        self.assertIn(f"warning: path.pretrain_network_g: {weights}: ", said)
        self.assertIn(f"warning: path.resume_state: {broken}: ", said)
        self.run_program("--config", config, code=4)
        fitting = self.run_program("check", "--config", self.config(path={"pretrain_network_g": str(weights)})).stdout
        self.assertNotIn("warning: path", fitting)


class Places(Case):
    def test_a_folder_of_runs_that_cannot_be_is_told_with_the_exit_code_of_the_run(self):
        (self.folder / "file").write_text("")
        for root in ("/dev/null/x", self.folder / "file", "/proc"):
            config = self.config(path={"experiments_root": str(root)})
            for command in (("check",), ()):
                done = self.run_program(*command, "--config", config, code=7)
                self.assertIn(f"{root}", done.stderr)
        self.run_program("check", "--config", self.config())
        self.assertFalse((self.folder / "experiments").exists())

    def test_folders_of_the_kernel_are_no_data(self):
        config = self.config(datasets={"train": {"type": "singlegtdataset", "dataroot_gt": "/proc", "lq_size": 16}, "val": None})
        done = self.run_program("check", "--config", config, code=3)
        self.assertIn("/proc: lies in a file system that the kernel makes up", done.stderr)


class Preview(Case):
    def preview(self, folder, *arguments, config=MOA, code=0):
        return self.run_program("check", "--config", config, "--preview", folder, *arguments, cwd=SOURCE, code=code)

    def test_thirty_two_pairs_and_what_was_drawn_for_each(self):
        folder = self.folder / "new/preview"
        done = self.preview(folder)
        self.assertIn("the first 32 samples", done.stdout)
        listed = json.loads((folder / "preview.json").read_text())
        self.assertEqual((listed["lq_size"], listed["gt_size"], listed["batch_size"]), (16, 32, 4))
        names = [sample["file"] for sample in listed["samples"]]
        self.assertEqual(sorted(path.name for path in folder.iterdir()), sorted([*names, "preview.json"]))
        self.assertEqual([sample["sample"] for sample in listed["samples"]], list(range(32)))
        self.assertEqual({png_size(folder / name) for name in names}, {(2 * 32 + 4, 32)})
        self.assertEqual({sample["lq_from"] for sample in listed["samples"]}, {"file", "degradation"})
        self.assertGreater(len({sample["mix"]["aug"] for sample in listed["samples"]}), 2)
        self.assertFalse((self.folder / "experiments").exists())

    def test_the_same_run_has_the_same_preview(self):
        for name in ("a", "b"):
            self.preview(self.folder / name)
        for path in (self.folder / "a").iterdir():
            self.assertEqual(path.read_bytes(), (self.folder / "b" / path.name).read_bytes(), path.name)

    def test_a_bad_folder_is_answered_and_files_stay(self):
        file = self.folder / "file"
        file.write_text("mine")
        self.assertIn("is not a folder", self.preview(file, code=2).stderr)
        self.assertEqual(file.read_text(), "mine")
        self.assertIn(str(file / "below"), self.preview(file / "below", code=7).stderr)
        folder = self.folder / "preview"
        folder.mkdir()
        (folder / "preview_03.png").write_text("mine")
        (folder / "other.txt").write_text("mine")
        said = self.preview(folder, code=2).stderr
        self.assertIn("preview_03.png is there already", said)
        self.assertIn("--overwrite", said)
        self.assertEqual((folder / "preview_03.png").read_text(), "mine")
        self.assertIn("1 files replaced", self.preview(folder, "--overwrite").stdout)
        self.assertEqual(png_size(folder / "preview_03.png"), (68, 32))
        self.assertEqual((folder / "other.txt").read_text(), "mine")
        self.run_program("check", "--config", MOA, "--overwrite", cwd=SOURCE, code=2)

    def test_a_seed_that_is_not_set_is_told(self):
        said = self.preview(self.folder / "a", "--set", "manual_seed=").stdout
        self.assertIn("manual_seed is not set", said)
        self.assertNotIn("manual_seed is not set", self.preview(self.folder / "b").stdout)


class Estimate(Case):
    def estimate(self, config, *arguments, **options):
        return self.run_program("check", "--config", config, "--estimate", "--device", "cpu", *arguments, **options)

    def ends(self, text):
        """(setting, steps, samples, GT pixels) of every estimate."""
        return [(found[1], *(int(number.replace(",", "")) for number in found.groups()[1:]))
                for found in re.finditer(r"ends by (\w+): ([\d,]+) steps, ([\d,]+) samples, ([\d,]+) GT pixels", text)]

    def test_the_first_end_counts_and_nothing_is_left(self):
        config = self.config(steps=5000)
        before = sorted(self.folder.rglob("*"))
        for extra, end in (((), ("total_iter", 5000, 20000, 20480000)),
                           (("train.total_samples=4002",), ("total_samples", 1001, 4004, 4100096)),
                           (("train.total_pixels=2e6",), ("total_pixels", 489, 1956, 2002944)),
                           (("datasets.train.accum_iter=2",), ("total_iter", 5000, 40000, 40960000))):
            said = self.estimate(config, *(part for setting in extra for part in ("--set", setting))).stdout
            self.assertEqual(self.ends(said), [end], said)
        setting, steps, samples, pixels = self.ends(self.estimate(config, "--set", "train.max_hours=1e-4").stdout)[0]
        self.assertEqual((setting, samples, pixels), ("max_hours", steps * 4, steps * 4 * 1024))
        self.assertLess(steps, 5000)
        left = [path for path in sorted(self.folder.rglob("*")) if "cache" not in path.parts]
        self.assertEqual(left, before)

    def test_a_run_that_is_there_stays_as_it_is(self):
        config = self.config(steps=4)
        self.train(config)
        files = {path: path.read_bytes() for path in self.experiment().rglob("*") if path.is_file()}
        self.estimate(config)
        self.assertEqual({path: path.read_bytes() for path in self.experiment().rglob("*") if path.is_file()}, files)
        self.assertEqual([path.name for path in self.experiment().parent.iterdir()], ["run"])

    def test_with_automatic_sizes_the_largest_that_fits_is_tried_as_well(self):
        sizes = {"DynamicBatchSizeOptimizer": {"enabled": True, "adjustment_frequency": 50, "min_lq_size": 16,
                                               "max_lq_size": 32, "max_batch_size": 8}}
        said = self.estimate(self.config(memory_limit="64MiB", training_automations=sizes)).stdout
        self.assertEqual(len(self.ends(said)), 2, said)
        self.assertIn("as configured (lq 16, batch 4)", said)
        largest = re.search(r"at the largest size that fits \(lq (\d+), batch (\d+)", said)
        self.assertGreater(int(largest[1]) * int(largest[2]), 16 * 4)

    def test_automations_that_follow_the_loss_get_theirs_for_as_long_as_it_takes(self):
        said = self.estimate(SOURCE / "configs/automations_cpu.yml", "--set", "path.experiments_root=" + str(self.folder), cwd=SOURCE).stdout
        self.assertEqual(len(self.ends(said)), 2, said)

    def test_what_does_not_fit_is_told(self):
        config = self.config(datasets={"train": {**tiny_pairs("train", 2), "lq_size": 64, "batch_size_per_gpu": 16}})
        self.assertIn("in pieces of", self.estimate(config, "--set", "memory_limit=8MiB").stdout)
        self.estimate(config, "--set", "memory_limit=1MiB", code=5)


if __name__ == "__main__":
    unittest.main()
