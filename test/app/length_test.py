"""What ends a run beside its steps, what its schedule counts in, and which metric its best weights follow."""
import json

from harness import Case, unittest
from workspace import wait_until


class Length(Case):
    def test_samples_end_a_run_with_its_state_and_a_validation(self):
        done = self.train(self.config(steps=1000, save=0, train={"total_samples": 17}))
        end = self.events(kind="end")[-1]
        self.assertEqual((end["exit_code"], end["reason"], end["step"], end["samples"]),
                         (0, "total_samples reached", 5, 20))
        self.assertIn("reason         total_samples reached", done.stdout)
        self.assertIn("1,000 steps or 17 samples", done.stdout)
        self.assertEqual([e["step"] for e in self.events(kind="validation")], [5])
        self.assertTrue((self.experiment() / "training_states/5.state").exists())
        self.train(self.folder / "run.yml", "--auto-resume")  # is at its end, and says so
        self.assertEqual(self.events(kind="end")[-1]["reason"], "total_samples reached")

    def test_a_schedule_by_samples_has_the_same_rate_at_the_same_sample_whatever_the_sizes(self):
        rates = []
        for name, schedule in (("fixed", None), ("growing", [{"step": 4, "lq_size": 24, "batch_size": 8}])):
            self.train(self.config(name, steps=1000, save=0, logger={"print_freq": 1}, train={
                "total_samples": 48, "schedule_by": "samples", "warmup_iter": 12, "ema_decay": 0,
                "scheduler": {"type": "CosineAnnealingLR"}}), *(
                    ("--set", "datasets.train.size_schedule=" + json.dumps(schedule)) if schedule else ()))
            rates.append({e["samples"] - e["batch_size"]: e["lr"] for e in self.events(name, "progress")})
        fixed, growing = rates
        self.assertEqual(len(growing), 8)
        self.assertLess(len(growing), len(fixed))
        self.assertEqual({at: fixed[at] for at in growing}, growing)

    def test_pixels_count_what_was_trained_on(self):
        schedule = json.dumps([{"step": 2, "lq_size": 24, "batch_size": 2}])
        self.train(self.config(steps=1000, save=0, logger={"print_freq": 1}, train={
            "total_pixels": 8 * 32 * 32 + 3 * 48 * 48}), "--set", "datasets.train.size_schedule=" + schedule)
        self.assertEqual([e["pixels"] for e in self.events(kind="progress")],
                         [4 * 32 * 32, 8 * 32 * 32, 8 * 32 * 32 + 2 * 48 * 48, 8 * 32 * 32 + 4 * 48 * 48])
        self.assertEqual(self.events(kind="end")[-1]["reason"], "total_pixels reached")

    def test_hours_end_a_run_at_the_hour_also_after_a_kill_and_can_be_replayed(self):
        seconds = 6
        train = {"total_iter": None, "max_hours": seconds / 3600, "schedule_by": "hours", "warmup_iter": 1 / 3600,
                 "scheduler": {"type": "CosineAnnealingLR"}}
        logger = {"print_freq": 1, "save_checkpoint_freq": 5}
        config = self.config(train=train, logger=logger, val={"val_enabled": False})
        process = self.start(config)
        wait_until(self, process, lambda events: any(e["event"] == "checkpoint" and e["step"] >= 20 for e in events))
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume")
        end, last = self.events(kind="end")[-1], self.events(kind="progress")[-1]
        self.assertEqual(end["reason"], "max_hours reached")
        longest = max(e["step_ms"] for e in self.events(kind="progress")) / 1000
        self.assertGreaterEqual(last["trained_s"], seconds)
        self.assertLessEqual(last["trained_s"], seconds + max(0.02 * seconds, longest))
        self.assertLess(last["lr"], 1e-5)

        known = self.schedules()
        self.assertEqual(known["total_iter"], end["step"])
        self.train(self.config("replay", train={**train, "total_iter": end["step"]}, logger=logger,
                               val={"val_enabled": False}),
                   "--set", "train.clock_schedule=" + json.dumps(known["clock_schedule"]))
        rates = {e["step"]: e["lr"] for e in self.events(kind="progress")}  # of a step taken twice the last one
        self.assertEqual({e["step"]: e["lr"] for e in self.events("replay", "progress")}, rates)
        self.assertEqual(self.weights(end["step"], "replay"), self.weights(end["step"]))


class Best(Case):
    def test_best_by_chooses_the_weights_and_a_wrong_name_lists_the_right_ones(self):
        metrics = {"psnr": {"type": "calculate_psnr"}, "ssim": {"type": "calculate_ssim", "better": "lower"}}
        config = self.config(steps=6, save=0, val={"val_freq": 2, "metrics": metrics, "best_by": "ssim"})
        self.train(config)
        scores = [e["metrics"]["ssim"] for e in self.events(kind="validation")]
        self.assertEqual(self.events(kind="validation")[-1]["best"], min(scores))
        wrong = self.train(config, "--set", "val.best_by=lpips", code=2)
        self.assertIn("val.best_by: no such metric: lpips; val.metrics has psnr, ssim", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
