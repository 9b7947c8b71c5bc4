"""Sizes that follow memory, out-of-memory that costs nothing: the whole program under memory_limit on the CPU."""
import resource

from harness import Case, unittest, wait_for_step

DYNAMIC = {"enabled": True, "DynamicBatchSizeOptimizer": {"enabled": True, "adjustment_frequency": 5, "min_lq_size": 16,
                                                          "max_lq_size": 64}}
FIXED_VALUES = {"val_enabled": False}


class Memory(Case):
    def dynamic(self, name="run", steps=40, limit="24MiB", **sections):
        sections.setdefault("val", FIXED_VALUES)
        return self.config(name, steps=steps, save=10, memory_limit=limit, training_automations=DYNAMIC,
                           logger={"print_freq": 1}, **sections)

    def sizes(self, name="run"):
        return [(e["lq_size"], e["batch_size"]) for e in self.events(name, "progress")]

    def assert_nothing_lost(self, name="run"):
        end = self.events(name, "end")[-1]
        self.assertEqual((end["exit_code"], end["steps_lost"], end["samples_lost"]), (0, 0, 0))
        progress = self.events(name, "progress")
        self.assertEqual([e["step"] for e in progress], list(range(1, end["step"] + 1)))
        samples = 0
        for event in progress:  # every sample exactly once: the count follows the real tensors
            samples += event["batch_size"]
            self.assertEqual(event["samples"], samples)

    def test_usage_grows_into_the_band_and_the_next_batch_has_the_new_size(self):
        self.train(self.dynamic(), "--set", "datasets.train.lq_size=32")
        decisions = self.events(kind="size_decision")
        self.assertGreaterEqual(decisions[-1]["usage"], 0.80)
        self.assertLessEqual(decisions[-1]["usage"], 0.90)
        sizes = self.sizes()
        for decision in decisions:
            if decision["step"] < len(sizes):
                wanted = (decision["to"]["lq_size"], decision["to"]["batch_size"])
                self.assertEqual(sizes[decision["step"]], wanted)
        grown = [d["action"] for d in decisions if d["action"] != "hold"]
        self.assertEqual(grown[0], "grow_lq")
        self.assertEqual(self.events(kind="end")[-1]["adjustments"], len(grown))
        self.assert_nothing_lost()

    def test_a_start_far_too_big_loses_no_step_and_no_sample(self):
        config = self.dynamic()
        self.train(config, "--set", "datasets.train.lq_size=64", "--set", "datasets.train.batch_size_per_gpu=64")
        ooms = self.events(kind="oom")
        self.assertGreater(len(ooms), 0)
        self.assertLessEqual(len(ooms), 3)
        self.assertEqual(ooms[0]["step"], 0)
        self.assertEqual(ooms[0]["where"], "train")
        self.assert_nothing_lost()

    def test_a_dynamic_run_with_failures_is_repeated_by_its_schedule_to_the_bit(self):
        big = ("--set", "datasets.train.lq_size=64", "--set", "datasets.train.batch_size_per_gpu=64",
               "--set", "train.lr_scaling=sqrt")
        self.train(self.dynamic(), *big)
        self.assertGreater(self.events(kind="end")[-1]["ooms"], 0)
        again = self.config("again", steps=40, val=FIXED_VALUES)
        self.train(again, *big, "--set", f"datasets.train.size_schedule={self.replay()}")
        self.assertEqual(self.weights(40), self.weights(40, "again"))
        self.assertEqual(self.weights(40, ema=True), self.weights(40, "again", ema=True))

    def test_a_killed_dynamic_run_makes_the_same_decisions(self):
        self.train(self.dynamic("whole", steps=60))
        config = self.dynamic("run", steps=60)
        process = self.start(config)
        wait_for_step(self, process, 23)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume")
        self.assertEqual(self.weights(60), self.weights(60, "whole"))

        def decided(name, after):
            return [(e["step"], e["action"], e["to"], e["usage"]) for e in self.events(name, "size_decision")
                    if e["step"] > after]

        resumed = self.events(kind="start")[-1]["step"]
        last_part = decided("run", resumed)[-len(decided("whole", resumed)):]
        self.assertEqual(last_part, decided("whole", resumed))

    def test_fixed_sizes_fall_back_to_micro_batches_and_their_replay_is_equal(self):
        config = self.config(steps=4, memory_limit="3MiB", val=FIXED_VALUES)
        big = ("--set", "datasets.train.lq_size=32", "--set", "datasets.train.batch_size_per_gpu=16")
        self.train(config, *big)
        last = self.events(kind="oom")[-1]
        self.assertEqual((last["to"]["lq_size"], last["to"]["batch_size"]), (32, 16))
        self.assertGreater(last["to"]["micro_batch"], 0)
        self.assertEqual({(e["lq_size"], e["batch_size"]) for e in self.events(kind="progress")}, {(32, 16)})
        again = self.config("again", steps=4, val=FIXED_VALUES)
        self.train(again, *big, "--set", f"datasets.train.size_schedule={self.replay()}")
        self.assertEqual(self.weights(4), self.weights(4, "again"))

    def test_what_does_not_fit_ends_with_5_a_table_and_a_state(self):
        config = self.config(steps=4, memory_limit="1MiB", val=FIXED_VALUES)
        done = self.train(config, "--set", "datasets.train.lq_size=64", code=5)
        for word in ("needed", "free", "limit"):
            self.assertIn(word, done.stderr.lower())
        self.assertEqual(self.events(kind="end")[-1]["exit_code"], 5)
        self.assertTrue((self.experiment() / "training_states/0.state").exists())

    def refusal(self, config, limit, *arguments):
        """What the message of exit code 5 names, or None when the run fits. Nothing else may happen."""
        done = self.run_program("--config", config, "--set", f"memory_limit={limit}KiB", *arguments, code=(0, 5))
        if done.returncode == 0:
            return None
        self.assertNotIn("unexpected", done.stderr)
        self.assertNotIn("Exception raised from", done.stderr)
        for word in ("needed, at least", "free", "limit"):
            self.assertIn(word, done.stderr)
        return next(line for line in done.stderr.splitlines() if line.startswith("sr-train: "))

    def test_whatever_does_not_fit_before_the_first_step_ends_with_5_and_a_table(self):
        config = self.config(steps=1, val=FIXED_VALUES, network_g={"num_feat": 64, "num_conv": 16},
                             network_d={"type": "unetdiscriminatorsn", "num_feat": 16},
                             train={"losses": [{"type": "l1loss", "loss_weight": 1.0},
                                               {"type": "ganloss", "gan_type": "vanilla", "loss_weight": 0.1}]})
        # About 2.3 MiB of weights, as much of the average, 1.1 MiB of the discriminator, then gradients and moments.
        named = [self.refusal(config, kib) for kib in (1024, 1500, 3000, 4000, 5000, 5600, 6500, 8000, 10000, 14000)]
        for part in ("the network (generator, its average, discriminator)",
                     "the network with gradients, optimizer state, averages"):
            self.assertTrue(any(part in line for line in named if line), (part, named))
        self.assertFalse(self.experiment().exists() and not self.events())

    def test_a_state_and_pretrained_weights_that_do_not_fit_end_with_5(self):
        self.train(self.config("old", steps=1, val=FIXED_VALUES, network_g={"num_feat": 64, "num_conv": 16}))
        states, models = self.experiment("old") / "training_states", self.experiment("old") / "models"
        config = self.config(steps=2, val=FIXED_VALUES, network_g={"num_feat": 64, "num_conv": 16})
        for kib in (3000, 5000, 7000, 10000, 12000):
            self.assertIsNotNone(self.refusal(config, kib, "--resume", states / "1.state"))
        self.assertIsNotNone(
            self.refusal(config, 5000, "--set", f"path.pretrain_network_g={models / 'net_g_1.safetensors'}"))
        self.assertTrue((states / "1.state").exists())

    def test_a_batch_that_the_host_cannot_hold_ends_with_5_and_the_machines_table(self):
        config = self.config(steps=1, val=FIXED_VALUES)

        def little_address_space():
            resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))

        # 512 x 512 LQ and 1024 x 1024 GT, 4,000 times: 15 GB.
        done = self.train(config, "--set", "datasets.train.lq_size=512", "--set", "datasets.train.batch_size_per_gpu=4000",
                          code=5, preexec_fn=little_address_space)
        self.assertIn("the machine's memory", done.stderr)
        self.assertEqual(self.events(kind="end")[-1]["exit_code"], 5)
        self.assertTrue((self.experiment() / "training_states/0.state").exists())

    def test_validation_that_does_not_fit_goes_on_in_tiles(self):
        size = ("--set", "network_g.num_feat=32", "--set", "datasets.train.batch_size_per_gpu=2",
                "--set", "val.tile_overlap=4")
        self.train(self.config("free", steps=4), *size)
        self.train(self.config("tight", steps=4, memory_limit="2000KiB"), *size)
        ooms = [e for e in self.events("tight", "oom") if e["where"] == "validation"]
        self.assertGreater(len(ooms), 0)
        tight = self.events("tight", "validation")[-1]
        self.assertGreater(tight["tile_size"], 0)
        free = self.events("free", "validation")[-1]
        self.assertAlmostEqual(tight["metrics"]["psnr"], free["metrics"]["psnr"], places=3)
        self.assertEqual(self.weights(4, "free"), self.weights(4, "tight"))

    def test_the_seeds_block_and_the_forks_form_are_read(self):
        settings = {"enabled": True, "target_vram_usage": 0.85, "safety_margin": 0.05, "min_batch_size": 2,
                    "max_batch_size": 64, "min_lq_size": 16, "max_lq_size": 256, "adjustment_frequency": 5}
        for name in ("DynamicBatchSizeOptimizer", "DynamicBatchAndPatchSizeOptimizer", "dynamic_batch_size_optimizer",
                     "dynamic_batch_and_patch_size_optimizer"):
            for under_train in (False, True):
                block = {"training_automations": {"enabled": True, name: settings}}
                sections = {"train": block} if under_train else block
                self.train(self.config(steps=6, memory_limit="24MiB", val=FIXED_VALUES, **sections))
                self.assertEqual(len(self.events(kind="size_decision")), 1)

    def test_total_iter_is_reached_however_the_batch_grows(self):
        self.train(self.dynamic(steps=35))
        self.assertEqual(self.events(kind="end")[-1]["step"], 35)

    def test_max_adjustments_ends_the_adjusting(self):
        config = self.dynamic()
        self.train(config, "--set", "training_automations.DynamicBatchSizeOptimizer.max_adjustments=1")
        self.assertEqual(self.events(kind="end")[-1]["adjustments"], 1)

    def test_the_learning_rate_follows_the_batch_size_when_asked(self):
        schedule = '[{"step": 0, "lq_size": 16, "batch_size": 8}]'
        config = self.config(steps=2, logger={"print_freq": 1}, val=FIXED_VALUES)
        self.train(config, "--set", f"datasets.train.size_schedule={schedule}", "--set", "train.lr_scaling=linear")
        rates = [e["lr"] for e in self.events(kind="progress")]
        self.assertAlmostEqual(rates[0], 1e-3)
        self.assertAlmostEqual(rates[1], 1e-3 * 1.01)


if __name__ == "__main__":
    unittest.main()
