"""Metrics that read files as a user has them: in validation, and in upscale --compare and --checkpoints of the same weights."""
import json

from harness import SOURCE, Case, unittest
from metric_weights import NIQE, lpips_squeeze
from pictures import small_rows, write_png

VAL = SOURCE / "data/tiny/val"


class Metrics(Case):
    def setUp(self):
        super().setUp()
        self.lpips = lpips_squeeze(self.folder / "lpips.safetensors")

    def trained(self, **val):
        """A run of three validations whose best weights are those of the lowest LPIPS; its config."""
        metrics = {"y": {"type": "calculate_psnr", "crop_border": 3, "test_y_channel": True}, "ssim": {"type": "calculate_ssim"},
                   "niqe": {"type": "calculate_niqe", "weights": str(NIQE), "crop_border": 4},
                   "look": {"type": "calculate_lpips", "net": "squeeze", "weights": str(self.lpips)}}
        self.train(self.config(steps=12, save=4, train={"ema_decay": 0},
                               val={"val_enabled": True, "val_freq": 4, "metrics": metrics, "best_by": "look", **val}))

    def scores(self, line):
        """{metric: digits} of a line that begins with a name."""
        words = line.split()[1:]
        return dict(zip(words[::2], words[1::2]))

    def means(self, done):
        return self.scores(next(line for line in done.stdout.splitlines() if line.startswith("mean ")))

    def compared(self, step, *arguments, code=0):
        model = self.experiment() / f"models/net_g_{step}.safetensors"
        return self.run_program("upscale", "--model", model, "--input", VAL / "lr_x2", "--compare", VAL / "hr", *arguments, code=code)

    def test_compare_scores_as_validation_to_the_last_digit(self):
        for tile in (0, 24):
            with self.subTest(tile=tile):
                self.trained(tile_size=tile)
                events = self.events(kind="validation")
                self.assertEqual(len(events), 3)
                for event in events:
                    done = self.compared(event["step"])
                    mean = self.means(done)
                    expected = event["metrics"]
                    self.assertEqual(list(mean), ["psnr", "ssim", "niqe", "look"])
                    self.assertEqual(list(mean.values()), ["-" if expected[name] is None else json.dumps(expected[name])  # NIQE wants larger images
                                                            for name in ("y", "ssim", "niqe", "look")])
                    self.assertGreater(expected["look"], 0.01)
                images = [line for line in done.stdout.splitlines() if line.startswith("val_0")]
                self.assertEqual(len(images), 4)
                for line in images:
                    self.assertRegex(self.scores(line)["psnr"], r"^\d+\.\d{4}$")

    def test_checkpoints_are_listed_by_what_the_run_calls_best(self):
        self.trained()
        done = self.run_program("upscale", "--checkpoints", self.experiment())
        rows = [line for line in done.stdout.splitlines() if line.startswith("net_g_")]
        look = [float(self.scores(row)["look"]) for row in rows]
        self.assertEqual(len(rows), 4)
        self.assertEqual(look, sorted(look))
        best = min(event["metrics"]["look"] for event in self.events(kind="validation"))
        self.assertEqual(look[0], round(best, 4))
        self.assertIn("net_g_best", rows[0] + rows[1])
        self.assertIn("best first by look (lower is better)", done.stdout + done.stderr)

    def test_metrics_are_named_on_the_command_line(self):
        self.train(self.config(steps=4, save=2, train={"ema_decay": 0}))
        done = self.compared(4, "--metric", f"lpips-squeeze={self.lpips}", "--metric", f"niqe={NIQE}", "--crop-border", "5")
        mean = self.means(done)
        self.assertEqual(list(mean), ["psnr", "ssim", "lpips-squeeze", "niqe"])
        self.assertIn("lpips-squeeze: 5 pixels of border left out", done.stdout + done.stderr)
        listed = self.run_program("upscale", "--checkpoints", self.experiment(), "--metric", f"niqe={NIQE}", "--quiet")
        rows = listed.stdout.splitlines()
        psnr = [float(self.scores(row)["psnr"]) for row in rows]  # by which the run tells its best
        self.assertEqual(psnr, sorted(psnr, reverse=True))
        self.assertIn("niqe", self.scores(rows[0]))

    def test_weights_that_are_gone_are_said_or_named_anew(self):
        self.trained()
        moved = self.lpips.rename(self.folder / "moved.safetensors")
        done = self.compared(12)
        self.assertIn("look of the run's validation is not measured", done.stdout + done.stderr)
        self.assertIn("lpips.safetensors: no such file", done.stdout + done.stderr)
        self.assertEqual(list(self.means(done)), ["psnr", "ssim", "niqe"])
        again = self.compared(12, "--metric", f"lpips-squeeze={moved}")
        self.assertIn(f" look {json.dumps(self.events(kind='validation')[-1]['metrics']['look'])}", again.stdout)

    def test_mistakes_are_told(self):
        write_png(self.folder / "in.png", small_rows(16, 1))
        self.train(self.config(steps=2, save=2, train={"ema_decay": 0}))
        for arguments, word in ((("--metric", "vmaf=x"), "no metric 'vmaf'"), (("--metric", "psnr=x"), "psnr and ssim are always there"),
                                (("--metric", "lpips-vit=x"), "lpips-squeeze"), (("--metric", "dists"), "fetch_weights.py dists"),
                                (("--metric", "topiq="), "--metric topiq=FILE")):
            self.assertIn(word, self.compared(2, *arguments, code=2).stderr)
        self.assertIn("no such file", self.compared(2, "--metric", "lpips=nowhere.safetensors", code=4).stderr)
        self.assertIn("scripts/fetch_weights.py lpips-alex", self.compared(2, "--metric", f"lpips={NIQE}", code=4).stderr)
        model = self.experiment() / "models/net_g_2.safetensors"
        done = self.run_program("upscale", "--model", model, "--input", self.folder / "in.png", "--output", self.folder / "out.png",
                                "--metric", f"niqe={NIQE}", code=2)
        self.assertIn("--compare or --checkpoints", done.stderr)


if __name__ == "__main__":
    unittest.main()
