"""Mixing of samples together with everything that changes batches: degradation, a discriminator, pairs of two kinds, sizes that
follow memory, memory that runs out. The same bits in a replay and after a kill."""
from harness import Case, unittest, wait_for_step
from workspace import tiny_pairs

STEPS = 40
SIZES = {"enabled": True, "adjustment_frequency": 4, "min_lq_size": 8, "max_lq_size": 32, "max_batch_size": 8}


class Moa(Case):
    def everything(self, name, steps=STEPS, **train):
        return self.config(
            name, steps=steps, save=8, memory_limit="5MiB",
            datasets={"train": {**tiny_pairs("train", 2), "type": "realesrganpaireddataset", "dataroot_lq_prob": 0.3,
                                "thicklines_prob": 0.2, "lq_size": 32, "batch_size_per_gpu": 8}},
            network_d={"type": "unetdiscriminatorsn", "num_feat": 4},
            train={"use_moa": True, "losses": [{"type": "l1loss"}, {"type": "ganloss", "loss_weight": 0.1}], **train},
            val={"val_enabled": False}, training_automations={"DynamicBatchSizeOptimizer": SIZES})

    def test_a_replay_and_a_killed_run_have_the_same_bits(self):
        self.train(self.everything("whole"))
        end = self.events("whole", "end")[-1]
        self.assertEqual((end["steps_lost"], end["samples_lost"]), (0, 0))
        self.assertGreater(end["ooms"], 0)
        self.assertGreater(len({(e["to"]["lq_size"], e["to"]["batch_size"])
                                for e in self.events("whole", "size_decision")}), 1)

        config = self.everything("run", steps=100_000)
        process = self.start(config)
        wait_for_step(self, process, STEPS // 2)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume", "--set", f"train.total_iter={STEPS}")
        self.assertGreater(self.events(kind="start")[-1]["step"], 0)
        self.assertEqual(self.weights(STEPS), self.weights(STEPS, "whole"))

        self.train(self.everything("again"), "--set", "memory_limit=", "--set",
                   "training_automations.DynamicBatchSizeOptimizer.enabled=false", "--set",
                   f"datasets.train.size_schedule={self.replay('whole')}")
        self.assertEqual(self.events("again", "end")[-1]["ooms"], 0)
        for name in ("net_g", "net_g_ema", "net_d"):
            file = f"{name}_{STEPS}.safetensors"
            self.assertEqual(self.weights_of("again", file), self.weights_of("whole", file))

    def test_micro_batches_mix_as_whole_batches_and_mixing_changes_the_run(self):
        rates = {}
        for name, train, micro in (("whole", {}, 0), ("pieces", {}, 2), ("plain", {"use_moa": False}, 0)):
            config = self.everything(name, steps=6, **train)
            schedule = f"[{{step: 0, lq_size: 16, batch_size: 8, micro_batch: {micro}}}]"
            self.train(config, "--set", "memory_limit=", "--set", "training_automations.enabled=false", "--set",
                       f"datasets.train.size_schedule={schedule}", "--set", "logger.print_freq=1")
            rates[name] = [event["losses"]["l_g_l1loss"] for event in self.events(name, "progress")]
        self.assertEqual(len(rates["whole"]), 6)
        for whole, pieces in zip(rates["whole"], rates["pieces"]):
            self.assertAlmostEqual(whole, pieces, delta=2e-3 * whole)
        self.assertNotAlmostEqual(rates["whole"][0], rates["plain"][0], delta=1e-3 * rates["plain"][0])


if __name__ == "__main__":
    unittest.main()
