"""Nothing that a validation meets ends a run, and the best weights are never lost or mistaken."""
import shutil
import struct
import zlib

from harness import Case, metadata, unittest
from pictures import make_pairs, small_rows, write_png


def write_png16(path, side, seed):
    """16-bit RGB."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = [b"\0" + bytes(byte for value in row for byte in (value, 255 - value)) for row in small_rows(side, seed)]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 16, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b""))


class Validation(Case):
    def pairs(self, count=3, lq_side=24):
        """A validation set of its own, to be changed."""
        return make_pairs(self.folder / "val", count, lq_side, 2)

    def with_set(self, dataset, name="run", **sections):
        config = self.config(name, **{"steps": 8, "save": 4, "val": {"val_freq": 4, "save_img": True}, **sections})
        import json
        document = json.loads(config.read_text())
        document["datasets"]["val"] = dataset
        config.write_text(json.dumps(document))
        return config

    def best(self):
        return metadata(self.experiment() / "models/net_g_best.safetensors")

    def test_a_blank_page_that_is_right_from_the_start_costs_nothing(self):
        dataset = self.pairs()
        for part, side in (("lr", 24), ("hr", 48)):
            for file in (self.folder / "val" / part).iterdir():
                write_png(file, [b"\0" * 3 * side] * side)
        # A network that gives black: the residual is clamped away.
        self.train(self.with_set(dataset, train={"optim_g": {"type": "AdamW", "lr": 1e-9}}, logger={"use_tb_logger": True}))
        for event in self.events(kind="validation"):
            self.assertLessEqual(event["metrics"]["psnr"], 100)
        self.train(self.with_set(dataset), "--auto-resume", "--set", "train.total_iter=12")
        self.assertEqual(self.events(kind="end")[-1]["exit_code"], 0)

    def test_small_images_are_named_by_check_and_left_out_of_ssim(self):
        dataset = self.pairs()
        write_png(self.folder / "val/lr/000.png", small_rows(5, 1))
        write_png(self.folder / "val/hr/000.png", small_rows(10, 1))
        metrics = {"psnr": {"type": "calculate_psnr", "crop_border": 0}, "ssim": {"type": "calculate_ssim", "crop_border": 0}}
        config = self.with_set(dataset, val={"val_freq": 4, "metrics": metrics})
        said = self.run_program("check", "--config", config).stdout
        self.assertIn("val.metrics.ssim and are left out of it: " + str(self.folder / "val/hr/000.png"), said)
        self.assertRegex(said, r"(?m)^warning: datasets\.\w+: 1 of 3 images")  # the key once
        self.train(config)
        self.assertTrue(any("000.png" in event["message"] and event["step"] == 0 for event in self.events(kind="warning")))
        self.assertIsNotNone(self.events(kind="validation")[-1]["metrics"]["ssim"])
        done = self.run_program("check", "--config", config, "--set", "val.metrics.ssim.crop_border=30", code=3)
        self.assertIn("3 of 3 images cannot be measured by val.metrics.ssim", done.stderr)

    def test_ground_truth_of_16_bits_is_validated_and_saved(self):
        dataset = {**self.pairs(), "type": "singlegtdataset"}
        del dataset["dataroot_lq"]
        for seed, file in enumerate(sorted((self.folder / "val/hr").iterdir())):
            write_png16(file, 48, seed)
        self.train(self.with_set(dataset))
        self.assertGreater(self.events(kind="validation")[-1]["metrics"]["psnr"], 5)
        self.assertTrue((self.experiment() / "visualization" / dataset["name"] / "000_8.png").exists())

    def test_names_of_any_length_and_bytes_end_nothing(self):
        dataset = self.pairs()
        names = [b"n" * 250 + b".png", b"n" * 240 + b".png", b"caf\xe9.png"]
        for part in ("lr", "hr"):
            folder = bytes(self.folder / "val" / part)
            for name, file in zip(names, sorted((self.folder / "val" / part).iterdir())):
                file.rename((folder + b"/" + name).decode(errors="surrogateescape"))
        self.train(self.with_set(dataset, logger={"use_tb_logger": True}))
        self.assertEqual(self.events(kind="warning"), [])
        pictures = list((self.experiment() / "visualization" / dataset["name"]).iterdir())
        self.assertEqual(len(pictures), 6)
        events = next((self.experiment() / "tb_logger").iterdir()).read_bytes()
        self.assertIn(b"images/val/caf\\xe9", events)
        self.assertNotIn(b"\xe9.png", events)

    def test_files_that_vanish_cost_a_score_and_not_the_run(self):
        dataset = self.pairs()
        config = self.with_set(dataset, steps=100_000, save=0, logger={"print_freq": 1})
        process = self.start(config, "--set", "val.val_freq=50")
        from harness import wait_for_step
        wait_for_step(self, process, 4)
        shutil.rmtree(self.folder / "val/hr")
        wait_for_step(self, process, 120)
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143)
        self.assertTrue(any("has no scores" in event["message"] and str(self.folder / "val/hr") in event["message"]
                            for event in self.events(kind="warning")))

    def test_a_picture_folder_that_cannot_be_made_is_a_warning(self):
        config = self.with_set(self.pairs())
        self.train(config, "--set", "train.total_iter=4")
        shutil.rmtree(self.experiment() / "visualization")
        (self.experiment() / "visualization").write_text("in the way")
        self.train(config, "--auto-resume")
        self.assertIn("could not be saved", self.events(kind="warning")[-1]["message"])

    def test_a_validation_that_was_cut_off_is_made_up_for(self):
        config = self.config("run", steps=12, save=4, val={"val_freq": 4})
        self.train(config)
        whole = [(e["step"], e["metrics"]) for e in self.events(kind="validation")]
        weights, best = self.weights(12), self.best()
        for file in ("training_states/12.state", "models/net_g_12.safetensors", "models/net_g_ema_12.safetensors",
                     "events.jsonl"):
            (self.experiment() / file).unlink()
        self.train(config, "--auto-resume")  # state 8 was saved before its validation
        self.assertEqual([(e["step"], e["metrics"]) for e in self.events(kind="validation")], whole[1:])
        self.assertEqual((self.weights(12), self.best()), (weights, best))

    def test_a_kill_behind_a_validation_leaves_it_once_in_the_events(self):
        config = self.config("run", steps=12, save=4, val={"val_freq": 4})
        self.train(config)
        whole, best = self.events(), self.best()
        weights = self.weights(12)
        for file in ("training_states/12.state", "models/net_g_12.safetensors", "models/net_g_ema_12.safetensors"):
            (self.experiment() / file).unlink()
        events = self.experiment() / "events.jsonl"
        lines = events.read_text().splitlines(keepends=True)
        last = max(i for i, event in enumerate(whole) if event["event"] == "validation" and event["step"] == 8)
        events.write_text("".join(lines[:last + 1]))  # killed between this line and the next state
        self.train(config, "--auto-resume")
        validations = lambda log: [(e["step"], e["metrics"], e["best"]) for e in log if e["event"] == "validation"]
        self.assertEqual(validations(self.events()), validations(whole))
        self.assertEqual((self.weights(12), self.best()), (weights, best))

    def test_the_best_weights_say_what_they_are(self):
        self.train(self.config(steps=8, save=4, val={"val_freq": 4}))
        scores = {event["step"]: event["metrics"]["psnr"] for event in self.events(kind="validation")}
        self.assertEqual(float(self.best()["best_score"]), max(scores.values()))
        self.assertEqual(scores[int(self.best()["step"])], max(scores.values()))

    def test_a_score_without_its_weights_is_no_best(self):
        config = self.config(steps=8, save=4, val={"val_freq": 4})
        self.train(config)
        (self.experiment() / "models/net_g_best.safetensors").unlink()
        self.train(config, "--auto-resume", "--set", "train.total_iter=12", "--set", "train.optim_g.lr=0.05")
        self.assertTrue(any("best weights are found anew" in e["message"] for e in self.events(kind="warning")))
        self.assertEqual(self.best()["step"], "12")

    def test_an_older_state_leaves_the_better_weights_to_be_kept(self):
        # At this rate the first steps do harm, and the later ones mend it.
        config = self.config(steps=12, save=4, val={"val_freq": 4}, train={"optim_g": {"type": "AdamW", "lr": 0.05}})
        self.train(config)
        better = (self.experiment() / "models/net_g_best.safetensors").read_bytes()
        self.assertGreater(int(self.best()["step"]), 4)
        self.train(config, "--resume", self.experiment() / "training_states/4.state", "--set", "train.total_iter=8")
        moved = next(path for path in (self.folder / "experiments").iterdir() if "_superseded_" in path.name)
        self.assertEqual((moved / "models/net_g_best.safetensors").read_bytes(), better)
        self.assertTrue(any(str(moved) in event["message"] for event in self.events(kind="warning")))
        self.assertTrue((self.experiment() / "models/net_g_best.safetensors").exists())

    def test_another_first_metric_begins_anew(self):
        config = self.config(steps=4, save=4, val={"val_freq": 4})
        self.train(config)
        psnr = self.best()
        other = {"val_freq": 4, "metrics": {"ssim": {"type": "calculate_ssim"}}}
        self.train(self.config(steps=8, save=4, val=other), "--auto-resume")
        self.assertLess(float(self.best()["best_score"]), 1)
        moved = next(path for path in (self.folder / "experiments").iterdir() if "_superseded_" in path.name)
        self.assertEqual(metadata(moved / "models/net_g_best.safetensors"), psnr)


if __name__ == "__main__":
    unittest.main()
