"""Learning from a teacher's images: distillation and eco, when they are killed, out of memory and repeated."""
from harness import Case, unittest, wait_for_step

DYNAMIC = {"enabled": True, "DynamicBatchSizeOptimizer": {"enabled": True, "adjustment_frequency": 5, "min_lq_size": 16,
                                                          "max_lq_size": 48, "max_batch_size": 16}}
TEACHER = {"type": "compact", "num_feat": 8, "num_conv": 1}


class Teacher(Case):
    def setUp(self):
        super().setUp()
        self.train(self.config("teacher", steps=3, save=0, network_g=TEACHER, val={"val_enabled": False}))
        self.weights_file = self.experiment("teacher") / "models/net_g_ema_3.safetensors"

    def taught(self, name="run", steps=16, eco=None, **sections):
        train = {"eco": {"enabled": True, **eco}} if eco is not None else {}
        sections.setdefault("network_g_teacher", TEACHER)
        return self.config(name, steps=steps, save=4, train=train,
                           path={"pretrain_network_g_teacher": str(self.weights_file)}, val={"val_enabled": False},
                           logger={"print_freq": 1}, **sections)

    def test_a_network_that_is_its_teacher_has_nothing_to_learn(self):
        same = {"network_g": TEACHER, "path": {"pretrain_network_g": str(self.weights_file),
                                               "pretrain_network_g_teacher": str(self.weights_file)}}
        config = self.config("run", steps=2, network_g_teacher=TEACHER, val={"val_enabled": False},
                             logger={"print_freq": 1}, **same)
        self.train(config)
        self.assertLess(self.events(kind="progress")[0]["losses"]["l_g_l1loss"], 1e-6)
        self.train(self.config("plain", steps=2, val={"val_enabled": False}, logger={"print_freq": 1}, **same))
        self.assertGreater(self.events("plain", "progress")[0]["losses"]["l_g_l1loss"], 1e-3)

    def test_eco_says_how_much_of_gt_there_is_and_ends_where_it_should(self):
        self.train(self.taught(eco={"end_ratio": 0.5}))
        shares = [event["losses"]["eco_alpha"] for event in self.events(kind="progress")]
        for step, share in enumerate(shares, 1):
            self.assertAlmostEqual(share, min(1, step / 8), places=6)

    def test_a_killed_run_goes_on_to_the_same_weights(self):
        self.train(self.taught("whole", eco={}))
        config = self.taught(eco={})
        process = self.start(config)
        wait_for_step(self, process, 6)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume")
        self.assertEqual(self.weights(16), self.weights(16, "whole"))

    def test_out_of_memory_leaves_no_trace_and_the_run_can_be_repeated(self):
        big = ("--set", "datasets.train.lq_size=48", "--set", "datasets.train.batch_size_per_gpu=16")
        self.train(self.taught(eco={"mode": "hr_only"}, memory_limit="8MiB", training_automations=DYNAMIC), *big)
        end = self.events(kind="end")[-1]
        self.assertGreater(end["ooms"], 0)
        self.assertEqual((end["steps_lost"], end["samples_lost"]), (0, 0))
        self.train(self.taught("again", eco={"mode": "hr_only"}), *big, "--set",
                   f"datasets.train.size_schedule={self.replay()}")
        self.assertEqual(self.weights(16), self.weights(16, "again"))

    def test_another_teacher_at_a_resume_is_said(self):
        config = self.taught(steps=8)
        self.train(config, "--set", "train.total_iter=4")
        self.weights_file.write_bytes((self.experiment("teacher") / "models/net_g_3.safetensors").read_bytes())
        self.train(config, "--auto-resume")
        self.assertTrue(any("network_g_teacher has other weights" in event["message"]
                            for event in self.events(kind="warning")))

    def test_weights_that_do_not_fit_or_are_not_there_are_errors(self):
        wrong = self.taught(network_g_teacher={**TEACHER, "num_feat": 4})
        self.assertIn("net_g_ema_3.safetensors", self.train(wrong, code=4).stderr)
        self.weights_file.unlink()
        self.assertIn("net_g_ema_3.safetensors", self.train(self.taught(), code=(3, 4)).stderr)


if __name__ == "__main__":
    unittest.main()
