"""Two networks in one step: GAN training with sizes that follow memory, out of memory, replay and resume."""
from harness import Case, unittest, wait_for_step

LOSSES = [{"type": "l1loss", "loss_weight": 1.0}, {"type": "ganloss", "gan_type": "vanilla", "loss_weight": 0.1}]
DYNAMIC = {"enabled": True, "DynamicBatchSizeOptimizer": {"enabled": True, "adjustment_frequency": 5, "min_lq_size": 16,
                                                          "max_lq_size": 48, "max_batch_size": 16}}


class Gan(Case):
    def gan(self, name="run", steps=20, **sections):
        train = {"losses": LOSSES, "ema_decay_d": 0.9, "net_d_init_iters": 1, **sections.pop("train", {})}
        sections.setdefault("network_d", {"type": "unetdiscriminatorsn", "num_feat": 4})
        return self.config(
            name, steps=steps, save=5, train=train, val={"val_enabled": False}, logger={"print_freq": 1},
            network_g={"type": "esrgan", "num_conv": None, "num_feat": 8, "num_block": 1, "num_grow_ch": 4,
                       "use_pixel_unshuffle": False}, **sections)

    def network(self, name, kind, step):
        return (self.experiment(name) / "models" / f"{kind}_{step}.safetensors").read_bytes()

    def assert_same_weights(self, one, other, step):
        for kind in ("net_g", "net_g_ema", "net_d", "net_d_ema"):
            self.assertEqual(self.network(one, kind, step), self.network(other, kind, step), kind)

    def test_events_tell_of_both_networks_and_of_the_discriminators_accuracy(self):
        self.train(self.gan())
        first, later = self.events(kind="progress")[0]["losses"], self.events(kind="progress")[-1]["losses"]
        self.assertNotIn("l_g_l1loss", first)  # net_d_init_iters: the first step is the discriminator's
        self.assertGreater(later["l_g_l1loss"], 0)
        for name in ("l_g_ganloss", "d_real", "d_fake", "out_d_real", "out_d_fake"):
            self.assertIsInstance(later[name], float)
        for name in ("accuracy_g", "accuracy_d_real", "accuracy_d_fake"):
            self.assertTrue(0 <= later[name] <= 1, name)

    def test_out_of_memory_in_a_dynamic_gan_run_leaves_no_trace_in_the_weights(self):
        big = ("--set", "datasets.train.lq_size=48", "--set", "datasets.train.batch_size_per_gpu=16")
        self.train(self.gan(memory_limit="48MiB", training_automations=DYNAMIC), *big)
        end = self.events(kind="end")[-1]
        self.assertGreater(end["ooms"], 0)
        self.assertEqual((end["steps_lost"], end["samples_lost"]), (0, 0))
        self.train(self.gan("again"), *big, "--set", f"datasets.train.size_schedule={self.replay()}")
        self.assert_same_weights("run", "again", 20)

    def test_a_killed_gan_run_goes_on_to_the_same_weights(self):
        self.train(self.gan("whole"))
        config = self.gan()
        process = self.start(config)
        wait_for_step(self, process, 8)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume")
        self.assert_same_weights("whole", "run", 20)

    def test_bfloat16_trains_both_networks(self):
        config = self.gan(use_amp=True, amp_bf16=True)
        self.train(config)
        self.assertEqual(self.events(kind="end")[-1]["skipped"], 0)

    def adaptive(self, name="run", steps=20, **sections):
        """Waits in some steps and not in others: with this little memory the smoothed loss goes up and down."""
        return self.gan(name, steps, train={"adaptive_d": True, "adaptive_d_ema_decay": 0.5,
                                            "adaptive_d_threshold": 1.0, "net_d_init_iters": 0}, **sections)

    def test_an_adaptive_discriminator_says_when_it_waited_and_goes_on_from_a_kill(self):
        self.train(self.adaptive("whole"))
        skipped = [event["losses"]["d_skipped"] for event in self.events("whole", "progress")]
        self.assertEqual(skipped[0], 1)  # the smoothed loss begins with 0
        self.assertEqual(set(skipped), {0, 1})
        config = self.adaptive()
        process = self.start(config)
        wait_for_step(self, process, 8)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume")
        self.assert_same_weights("whole", "run", 20)

    def test_out_of_memory_and_a_replay_decide_as_before(self):
        big = ("--set", "datasets.train.lq_size=48", "--set", "datasets.train.batch_size_per_gpu=16")
        self.train(self.adaptive(memory_limit="48MiB", training_automations=DYNAMIC), *big)
        self.assertGreater(self.events(kind="end")[-1]["ooms"], 0)
        self.train(self.adaptive("again"), *big, "--set", f"datasets.train.size_schedule={self.replay()}")
        self.assert_same_weights("run", "again", 20)

    def test_a_run_from_before_adaptive_d_goes_on_with_it(self):
        config = self.gan(steps=10)
        self.train(config, "--set", "train.total_iter=5")
        self.train(config, "--auto-resume", "--set", "train.adaptive_d=true")
        self.assertEqual(self.events(kind="end")[-1]["step"], 10)
        self.assertEqual(self.events(kind="progress")[5]["losses"]["d_skipped"], 1)

    def test_other_discriminators_train_by_the_names_of_their_classes(self):
        for kind in ({"type": "MetaGan2", "dims": [8, 16], "blocks": [1, 1], "downs": [4, 2]},
                     {"type": "MetaGAN3", "dims": [8, 16], "blocks": [1, 1]},
                     {"type": "MultiscalePatchGANDiscriminatorSN", "ndf": 4, "num_d": 2, "n_layers": 2}):
            name = kind["type"]
            self.train(self.gan(name, 5, network_d=kind))
            self.assertEqual(self.events(name, "end")[-1]["skipped"], 0)

    def test_a_discriminator_and_its_loss_need_each_other(self):
        lonely = self.gan("lonely", train={"losses": LOSSES[:1]})
        self.assertIn("network_d: is trained by a ganloss", self.train(lonely, code=2).stderr)
        without = self.config("without", train={"losses": LOSSES})
        self.assertIn("ganloss needs a discriminator", self.train(without, code=2).stderr)


if __name__ == "__main__":
    unittest.main()
