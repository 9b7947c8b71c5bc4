"""Learning rate, clipping, early stopping and sizes together: what they decide follows from the file alone, and a kill
changes nothing."""
import math
import subprocess
import sys

from harness import SOURCE, Case, unittest, wait_for_step

VALIDATE = {"val_enabled": True, "val_freq": 10}
SIZES = {"enabled": True, "adjustment_frequency": 5, "min_lq_size": 16, "max_lq_size": 64}
ALL = {
    "enabled": True,
    "DynamicBatchSizeOptimizer": SIZES,
    "IntelligentLearningRateScheduler": {"enabled": True, "plateau_patience": 40},
    "AdaptiveGradientClipping": {"enabled": True, "history": 50, "percentile": 80, "min_threshold": 0.001},
    "IntelligentEarlyStopping": {"enabled": True, "patience": 2000, "min_iterations": 100, "warmup_iterations": 20},
}
FROZEN = {"optim_g": {"type": "AdamW", "lr": 1e-12, "weight_decay": 0, "betas": [0.9, 0.99]}}


class Automations(Case):
    def all_four(self, name, steps=240, **sections):
        return self.config(name, steps=steps, save=20, memory_limit="24MiB", training_automations=ALL, val=VALIDATE,
                           logger={"print_freq": 5}, **sections)

    def decisions(self, name):
        """What was decided, each step once: lines of a killed process beyond its last state do not count."""
        kept = []
        for event in self.events(name):
            if event["event"] == "start":
                kept = [e for e in kept if e["step"] <= event["step"]]
            elif event["event"] in ("lr_decision", "stop_decision"):
                decision = {k: v for k, v in event.items() if k not in ("time", "elapsed_s")}
                # A state is saved before a validation that is due at its step, and the process that goes on from it
                # validates again: its line about that step repeats one that counts.
                if (decision["event"], decision["step"]) not in {(e["event"], e["step"]) for e in kept}:
                    kept.append(decision)
        return kept

    def test_all_four_with_out_of_memory_are_the_same_after_a_kill_and_in_a_replay(self):
        too_large = ("--set", "datasets.train.lq_size=64", "--set", "datasets.train.batch_size_per_gpu=32",
                     "--set", "memory_limit=12MiB")
        self.train(self.all_four("whole"), *too_large)
        end = self.events("whole", "end")[-1]
        self.assertGreater(end["ooms"], 0)
        self.assertEqual((end["steps_lost"], end["samples_lost"]), (0, 0))
        self.assertTrue(any(e["factor"] != 1 for e in self.events("whole", "lr_decision")))
        self.assertTrue(any(e["share"] > 0 for e in self.events("whole", "clip_decision")))

        config = self.all_four("run", steps=100_000)
        process = self.start(config, *too_large)
        wait_for_step(self, process, 130)
        process.kill()
        process.communicate()
        self.train(config, *too_large, "--auto-resume", "--set", "train.total_iter=240")
        self.assertGreater(self.events(kind="start")[-1]["step"], 0)
        self.assert_same_weights("run", 240)
        self.assertEqual(self.decisions("run"), self.decisions("whole"))

        self.train(self.all_four("again"), *too_large[:4], "--set", "memory_limit=",
                   "--set", "training_automations.DynamicBatchSizeOptimizer.enabled=false",
                   "--set", f"datasets.train.size_schedule={self.replay('whole')}")
        self.assertEqual(self.events("again", "end")[-1]["ooms"], 0)
        self.assert_same_weights("again", 240)

    def test_clipping_and_rates_are_the_same_after_a_kill_in_the_middle_of_growth(self):
        self.train(self.all_four("whole"))
        sizes = {(e["to"]["lq_size"], e["to"]["batch_size"]) for e in self.events("whole", "size_decision")}
        self.assertGreater(len(sizes), 1)
        config = self.all_four("run", steps=100_000)
        process = self.start(config)
        wait_for_step(self, process, 30)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume", "--set", "train.total_iter=240")
        self.assert_same_weights("run", 240)
        self.assertEqual(self.decisions("run"), self.decisions("whole"))

    def assert_same_weights(self, name, step):
        self.assertEqual(self.weights(step, name), self.weights(step, "whole"))
        self.assertEqual(self.weights(step, name, ema=True), self.weights(step, "whole", ema=True))

    def recomputed(self, name):
        """What scripts/check_early_stopping.py says about a run; fails when it says the run should have ended elsewhere."""
        done = subprocess.run([sys.executable, SOURCE / "scripts/check_early_stopping.py", self.experiment(name)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_frozen_network_stops_where_its_validations_say(self):
        settings = {"enabled": True, "patience": 40, "min_improvement": 0.001, "min_iterations": 30,
                    "warmup_iterations": 10}
        for name, metric in (("higher", {}), ("lower", {"better": "lower"})):
            config = self.config(name, steps=500, save=0, train=FROZEN, logger={"print_freq": 10},
                                 val={**VALIDATE, "metrics": {"psnr": {"type": "calculate_psnr", "crop_border": 2,
                                                                       "test_y_channel": True, **metric}}},
                                 training_automations={"IntelligentEarlyStopping": settings})
            self.train(config)
            end = self.events(name, "end")[-1]
            self.assertEqual(end["exit_code"], 0)
            self.assertTrue(end["reason"].startswith("early_stopping: no improvement"), end["reason"])
            self.assertIn(f"ends at step {end['step']:,}, no improvement", self.recomputed(name))
            self.assertLess(end["step"], 500)
            self.assertEqual(self.events(name, "validation")[-1]["step"], end["step"])
            self.assertTrue((self.experiment(name) / f"training_states/{end['step']}.state").exists())
            self.assertEqual(self.events(name, "stop_decision")[-1]["action"], "stop")

    def test_a_stopped_run_stays_stopped_and_goes_on_with_more_patience(self):
        settings = {"enabled": True, "patience": 30, "min_iterations": 0, "warmup_iterations": 0}
        config = self.config("run", steps=80, save=0, train=FROZEN, val=VALIDATE,
                             training_automations={"IntelligentEarlyStopping": settings})
        self.train(config)
        stopped = self.events(kind="end")[-1]
        self.train(config, "--auto-resume")
        again = self.events(kind="end")[-1]
        self.assertEqual((again["step"], again["reason"]), (stopped["step"], stopped["reason"]))
        self.train(config, "--auto-resume", "--set",
                   "training_automations.IntelligentEarlyStopping.patience=100000")
        self.assertEqual(self.events(kind="end")[-1]["step"], 80)

    def test_the_learning_rate_is_schedule_times_factor(self):
        config = self.config("run", steps=120, save=0, logger={"print_freq": 1}, val={"val_enabled": False}, train=FROZEN,
                             training_automations={"IntelligentLearningRateScheduler": {"plateau_patience": 20,
                                                                                        "min_lr_factor": 0.6}})
        self.train(config)
        factors = {e["step"]: e["factor"] for e in self.events(kind="lr_decision")}
        self.assertGreater(len(factors), 1)
        self.assertGreaterEqual(min(factors.values()), 0.6)
        factor = 1
        for event in self.events(kind="progress"):
            self.assertTrue(math.isclose(event["lr"], 1e-12 * factor, rel_tol=1e-9), event)
            factor = factors.get(event["step"], factor)  # in force from the next step

    def test_clipping_reports_and_can_be_switched_on_by_a_resume(self):
        config = self.config("run", steps=16, save=4, val={"val_enabled": False})
        self.train(config, "--set", "train.total_iter=8")
        on = ("--set", "training_automations={AdaptiveGradientClipping: {min_threshold: 1e-6, history: 4}}")
        self.train(config, "--auto-resume", *on, "--set", "train.total_iter=12")
        self.train(config, "--auto-resume", *on)
        clipped = self.events(kind="clip_decision")
        self.assertEqual([e["step"] for e in clipped], [10, 12, 14, 16])
        self.assertEqual({e["steps"] for e in clipped}, {2})
        self.assertEqual({e["network"] for e in clipped}, {"g"})
        progress = self.events(kind="progress")
        self.assertIsNone(progress[0]["clipping"])
        self.assertEqual(progress[-1]["clipping"]["g"]["threshold"], clipped[-1]["threshold"])
        self.assertGreater(clipped[-1]["norms"]["p50"], 0)


if __name__ == "__main__":
    unittest.main()
