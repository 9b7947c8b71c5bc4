"""train.recompute: auto, the whole program under memory_limit on the CPU."""
from harness import Case, unittest, wait_for_step

NETWORK = {"type": "swinir_s", "embed_dim": 12, "depths": [6, 6], "num_heads": [2, 2], "window_size": 4, "img_size": 8}
NO_VALIDATION = {"val_enabled": False}
DYNAMIC = {"enabled": True, "DynamicBatchSizeOptimizer": {
    "enabled": True, "adjustment_frequency": 3, "min_lq_size": 16, "max_lq_size": 128, "min_batch_size": 2}}


class Recompute(Case):
    def small(self, name="run", steps=6, limit=None, lq=16, batch=4, **sections):
        network = {**NETWORK, **sections.pop("network", {})}
        config = self.config(name, steps=steps, save=4, network_g=network, val=NO_VALIDATION, logger={"print_freq": 1},
                             **({"memory_limit": limit} if limit else {}), **sections)
        return config, ("--set", f"datasets.train.lq_size={lq}", "--set", f"datasets.train.batch_size_per_gpu={batch}")

    def run_small(self, *arguments, more=(), **options):
        config, sizes = self.small(*arguments, **options)
        return self.train(config, *sizes, *more)

    def assert_nothing_lost(self, name="run"):
        end = self.events(name, "end")[-1]
        self.assertEqual((end["exit_code"], end["steps_lost"], end["samples_lost"]), (0, 0, 0))

    def test_a_size_that_fits_with_blocks_computed_twice_alone_is_trained_whole(self):
        done = self.run_small(limit=FIXED_LIMIT)
        ooms = self.events(kind="oom")
        self.assertEqual(ooms[-1]["to"], {"lq_size": 16, "batch_size": 4, "micro_batch": 0, "recompute": True})
        self.assertIn("with blocks computed twice", done.stdout + done.stderr)
        self.assertEqual({(e["lq_size"], e["batch_size"]) for e in self.events(kind="progress")}, {(16, 4)})
        self.assert_nothing_lost()
        # Nothing but time is lost: these are the weights of a run that has all memory.
        self.run_small("free")
        self.assertEqual(self.events("free", "oom"), [])
        self.run_small("on", train={"recompute": "on"})
        for ema in (False, True):
            self.assertEqual(self.weights(6, ema=ema), self.weights(6, "free", ema=ema))
            self.assertEqual(self.weights(6, "on", ema=ema), self.weights(6, "free", ema=ema))
        # Who does not want it gets micro-batches.
        self.run_small("off", limit=FIXED_LIMIT, train={"recompute": "off"})
        self.assertGreater(self.events("off", "oom")[-1]["to"]["micro_batch"], 0)

    def test_a_resumed_run_goes_on_with_blocks_computed_twice(self):
        config, sizes = self.small(steps=8, limit=FIXED_LIMIT)
        self.train(config, *sizes, "--set", "train.total_iter=4")
        known = len(self.events(kind="oom"))
        self.assertGreater(known, 0)
        self.train(config, *sizes, "--auto-resume")
        self.assertEqual(len(self.events(kind="oom")), known)
        self.assert_nothing_lost()
        self.run_small("free", steps=8)
        self.assertEqual(self.weights(8), self.weights(8, "free"))

    def dynamic(self, name="run", steps=27, **sections):
        return self.small(name, steps=steps, limit=DYNAMIC_LIMIT, batch=2, training_automations=DYNAMIC, **sections)

    def test_a_larger_lq_size_is_reached_with_blocks_computed_twice(self):
        config, sizes = self.dynamic()
        done = self.train(config, *sizes)
        decisions = self.events(kind="size_decision")
        self.assertEqual(decisions[0]["action"], "recompute")
        self.assertTrue(decisions[0]["recompute"])
        self.assertIn("train.recompute: with blocks computed twice", done.stdout + done.stderr)
        in_band = [i for i, decision in enumerate(decisions, 1) if 0.80 <= decision["usage"] <= 0.90]
        self.assertTrue(in_band and in_band[0] <= 6, [d["usage"] for d in decisions])
        self.assertTrue(0.80 <= decisions[-1]["usage"] <= 0.90)
        self.assertTrue(all(decision["recompute"] for decision in decisions))
        self.assert_nothing_lost()
        config, sizes = self.dynamic("off", train={"recompute": "off"})
        self.train(config, *sizes)
        without = self.events("off", "size_decision")
        self.assertFalse(any(decision["recompute"] for decision in without))
        self.assertGreater(decisions[-1]["to"]["lq_size"], without[-1]["to"]["lq_size"])

    def test_a_dynamic_run_with_out_of_memory_is_repeated_by_its_schedule_to_the_bit(self):
        big = ("--set", "datasets.train.lq_size=64", "--set", "datasets.train.batch_size_per_gpu=16")
        config, _ = self.dynamic(steps=18)
        self.train(config, *big)
        self.assertGreater(len(self.events(kind="oom")), 0)
        self.assertIn("recompute: true", str(self.replay()).replace('"', ""))
        again, _ = self.small("again", steps=18)
        self.train(again, *big, "--set", f"datasets.train.size_schedule={self.replay()}")
        self.assertEqual(self.events("again", "oom"), [])
        for ema in (False, True):
            self.assertEqual(self.weights(18, ema=ema), self.weights(18, "again", ema=ema))

    def test_a_killed_run_makes_the_same_decisions(self):
        config, sizes = self.dynamic("whole", steps=15)
        self.train(config, *sizes)
        config, sizes = self.dynamic(steps=15)
        process = self.start(config, *sizes)
        wait_for_step(self, process, 5)  # the state of step 4 is in the middle of the trial
        process.kill()
        process.communicate()
        self.train(config, *sizes, "--auto-resume")
        self.assertEqual(self.weights(15), self.weights(15, "whole"))

        def decided(name, after):
            return [(e["step"], e["action"], e["to"], e["usage"]) for e in self.events(name, "size_decision")
                    if e["step"] > after]

        resumed = self.events(kind="start")[-1]["step"]
        wanted = decided("whole", resumed)
        self.assertEqual(decided("run", resumed)[-len(wanted):], wanted)

    def test_a_network_without_blocks_says_so(self):
        config = self.config(steps=1, val=NO_VALIDATION, train={"recompute": "auto"})
        done = self.train(config)
        self.assertIn("train.recompute", done.stdout + done.stderr)
        self.assertIn("no blocks that are computed twice", done.stdout + done.stderr)
        done = self.train(self.config("on", steps=1, train={"recompute": "on"}), code=2)
        self.assertIn("compact has no blocks that are computed twice", done.stderr)


FIXED_LIMIT = "6MiB"
DYNAMIC_LIMIT = "24MiB"

if __name__ == "__main__":
    unittest.main()
