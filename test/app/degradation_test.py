"""Degradation on the fly as a user runs it: configs/tiny_realesrgan_cpu.yml, and the same bits every time."""
from harness import SOURCE, Case, unittest

CONFIG = SOURCE / "configs/tiny_realesrgan_cpu.yml"


class Degradation(Case):
    NAME = "tiny_realesrgan_cpu"

    def train_tiny(self, *settings, **options):
        root = f"path.experiments_root={self.folder / 'experiments'}"
        sets = [part for setting in (root, *settings) for part in ("--set", setting)]
        return self.train(CONFIG, *sets, "--device", "cpu", cwd=SOURCE, **options)

    def test_the_tiny_configuration_trains_twenty_steps_to_a_score(self):
        self.train_tiny()
        end = self.events(self.NAME)[-1]
        self.assertEqual((end["event"], end["exit_code"], end["step"], end["samples"]), ("end", 0, 20, 80))
        (validation,) = self.events(self.NAME, "validation")
        self.assertGreater(validation["metrics"]["psnr"], 5)
        losses = [event["losses"]["l_g_l1loss"] for event in self.events(self.NAME, "progress")]
        self.assertTrue(all(0 < loss < 1 for loss in losses), losses)

    def test_threads_and_cache_change_nothing_and_another_degradation_does(self):
        weights = []
        for settings in (["datasets.train.num_worker_per_gpu=1", "datasets.train.cache=off"],
                         ["datasets.train.num_worker_per_gpu=4", "datasets.train.cache=auto"],
                         ["datasets.train.jpeg_prob2=0"]):
            self.train_tiny(*settings)
            weights.append(self.weights(20, self.NAME))
        self.assertEqual(weights[0], weights[1])
        self.assertNotEqual(weights[0], weights[2])

    def test_the_resolved_configuration_repeats_the_run(self):
        self.train_tiny()
        first = self.weights(20, self.NAME)
        again = self.folder / "again.yml"
        again.write_bytes((self.experiment(self.NAME) / "config.yml").read_bytes())
        self.train(again, "--device", "cpu", cwd=SOURCE)
        self.assertEqual(self.weights(20, self.NAME), first)

    def test_a_resumed_run_sees_the_samples_of_one_that_was_not_stopped(self):
        self.train_tiny()
        whole = self.weights(20, self.NAME)
        self.train_tiny("train.total_iter=8")
        root = f"path.experiments_root={self.folder / 'experiments'}"
        self.train(CONFIG, "--set", root, "--device", "cpu", "--auto-resume", cwd=SOURCE)
        self.assertEqual(self.weights(20, self.NAME), whole)

    def test_check_names_every_bad_file(self):
        (self.folder / "gt").mkdir()
        (self.folder / "gt/a.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
        (self.folder / "gt/b.jpg").write_bytes(b"")
        done = self.run_program("check", "--config", CONFIG, "--set",
                                f"datasets.train.dataroot_gt={self.folder / 'gt'}", cwd=SOURCE, code=3)
        self.assertIn("a.png", done.stderr)
        self.assertIn("b.jpg", done.stderr)
        done = self.run_program("check", "--config", CONFIG, cwd=SOURCE)
        self.assertNotIn("problem", done.stderr)


if __name__ == "__main__":
    unittest.main()
