"""What a run shows and leaves behind: events, files, scores, and the same bits every time."""
import json
import re
import shutil

from harness import NEVER, SOURCE, Case, metadata, unittest
from pictures import make_pairs

FIELDS = {
    "start": {"version", "device", "device_memory_bytes", "memory_limit_bytes", "config", "resumed_from", "parameters", "ranks"},
    "progress": {"epoch", "samples", "pixels", "trained_s", "lq_size", "batch_size", "lr", "losses", "step_ms", "data_wait_ms",
                 "data_wait_max_ms", "decode_mpixels_per_s", "cache_share", "memory_usage", "skipped", "eta_s", "ranks"},
    "validation": {"dataset", "metrics", "best", "seconds", "tile_size"},
    "checkpoint": {"path", "bytes", "seconds"},
    "end": {"exit_code", "reason", "samples", "adjustments", "ooms", "skipped", "steps_lost", "samples_lost"},
}


class OneRun(Case):
    def test_every_event_has_its_promised_fields(self):
        self.train(self.config(steps=8, save=4, val={"val_freq": 4}))
        events = self.events()
        for event in events:
            self.assertLessEqual({"event", "step", "time", "elapsed_s"} | FIELDS.get(event["event"], set()), set(event))
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        for kind in FIELDS:
            self.assertTrue(any(e["event"] == kind for e in events), kind)
        progress = self.events(kind="progress")
        self.assertEqual([e["step"] for e in progress], [2, 4, 6, 8])
        self.assertEqual((progress[-1]["lq_size"], progress[-1]["batch_size"], progress[-1]["samples"]), (16, 4, 32))
        self.assertIn("l_g_l1loss", progress[-1]["losses"])
        end = events[-1]
        self.assertEqual((end["event"], end["exit_code"], end["steps_lost"], end["samples_lost"], end["samples"]),
                         ("end", 0, 0, 0, 32))

    def test_the_folder_holds_what_is_promised(self):
        self.train(self.config(steps=4, save=2, val={"val_freq": 2, "save_img": True}, logger={"use_tb_logger": True}))
        folder = self.experiment()
        files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
        for name in ("config.yml", "train.log", "events.jsonl", "models/net_g_4.safetensors", "models/net_g_ema_4.safetensors",
                     "models/net_g_best.safetensors", "training_states/4.state"):
            self.assertIn(name, files)
        self.assertTrue(any(re.fullmatch(r"visualization/tiny_val/\w+_4\.png", f) for f in files), files)
        self.assertTrue(any(f.startswith("tb_logger/events.out.tfevents.") for f in files), files)
        self.assertFalse([f for f in files if "tmp" in f])
        log = (folder / "train.log").read_bytes()
        self.assertFalse(re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", log))
        about = metadata(folder / "models/net_g_4.safetensors")
        self.assertEqual((about["architecture"], about["scale"], about["num_feat"], about["step"]), ("compact", "2", "6", "4"))

    def test_the_resolved_configuration_repeats_the_run(self):
        self.train(self.config(steps=4))
        first = self.weights(4)
        resolved = self.folder / "again.yml"
        resolved.write_bytes((self.experiment() / "config.yml").read_bytes())
        self.train(resolved)
        self.assertEqual(self.weights(4), first)

    def test_dataset_enlarge_ratio_changes_the_epoch_that_is_shown_and_nothing_else(self):
        shown, weights = [], []
        for ratio in ("2", "0.5", "auto"):  # 24 images, 12 batches of 4
            self.train(self.config(steps=12), "--set", f"datasets.train.dataset_enlarge_ratio={ratio}")
            shown.append(self.events(kind="progress")[-1]["epoch"])
            weights.append(self.weights(12))
        self.assertEqual(shown[:2], [1.0, 4.0])
        self.assertAlmostEqual(shown[2], 2 / (2000 * 4 // 24))
        self.assertEqual(weights[1:], weights[:1] * 2)

    def test_meta_info_decides_which_files_are_used_and_looked_at(self):
        gt, lq = self.folder / "hr", self.folder / "lr"
        shutil.copytree(SOURCE / "data/tiny/train/hr", gt)
        shutil.copytree(SOURCE / "data/tiny/train/lr_x2", lq)
        (gt / "train_07.png").write_bytes(b"broken")
        (self.folder / "list.txt").write_text("train_03\ntrain_01.png (96,96,3)\ntrain_02.png, train_02.png\n")
        train = {"name": "t", "type": "pairedimagedataset", "dataroot_gt": str(gt), "dataroot_lq": str(lq),
                 "lq_size": 16, "batch_size_per_gpu": 4, "dataset_enlarge_ratio": 1}
        config = self.config(steps=6, datasets={"train": train})
        self.assertIn("train_07.png", self.train(config, code=3).stderr)
        self.train(config, "--set", f"datasets.train.meta_info={self.folder / 'list.txt'}")
        self.assertEqual(self.events(kind="progress")[-1]["epoch"], 8.0)  # 24 samples of 3 images

    def test_the_number_of_decoding_threads_changes_nothing(self):
        results = []
        for threads in (1, 4, 4):
            self.train(self.config(steps=6), "--set", f"datasets.train.num_worker_per_gpu={threads}")
            results.append(self.weights(6))
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[1], results[2])

    def test_the_cache_setting_changes_nothing(self):
        results = []
        for cache in ("off", "auto", "1MiB"):
            self.train(self.config(steps=6), "--set", f"datasets.train.cache={cache}")
            results.append(self.weights(6))
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])

    def test_without_a_seed_one_is_drawn_and_written_down(self):
        config = self.config(steps=2)
        text = config.read_text().replace('"manual_seed": 7,', "")
        seeds = []
        for _ in range(2):
            config.write_text(text)
            self.train(config)
            seeds.append(re.search(r"manual_seed: (\d+)", (self.experiment() / "config.yml").read_text())[1])
        self.assertNotEqual(seeds[0], seeds[1])

    def test_without_validation_its_folders_need_not_be_there(self):
        config = self.config(steps=2, val={"val_enabled": False})
        missing = ("--set", "datasets.val.dataroot_gt=nowhere", "--set", "datasets.val.dataroot_lq=nowhere")
        self.train(config, *missing)
        self.assertEqual(self.events(kind="validation"), [])
        checked = self.run_program("check", "--config", config, *missing)
        self.assertIn("not checked", checked.stdout)
        self.train(config, *missing, "--set", "val.val_enabled=true", code=3)

    def test_mixed_precision_on_the_cpu_says_that_it_is_bfloat16(self):
        said = "use_amp: on the CPU that is bfloat16"
        self.train(self.config(steps=2, use_amp=True))
        self.assertIn(said, (self.experiment() / "train.log").read_text())
        self.train(self.config("named", steps=2, use_amp=True, amp_bf16=True))
        self.assertNotIn(said, (self.experiment("named") / "train.log").read_text())

    def test_the_end_always_validates_and_saves(self):
        self.train(self.config(steps=5, save=0, val={"val_freq": NEVER}))
        self.assertEqual([e["step"] for e in self.events(kind="validation")], [5])
        self.assertTrue((self.experiment() / "training_states/5.state").exists())

    def test_each_validation_set_has_its_event_and_the_first_decides_best(self):
        val = SOURCE / "data/tiny/val"
        sets = {"name": "other", "type": "pairedimagedataset", "dataroot_gt": str(val / "hr"), "dataroot_lq": str(val / "lr_x2")}
        self.train(self.config(steps=4, val={"val_freq": 2}, datasets={"val_1": sets}))
        validations = self.events(kind="validation")
        self.assertEqual([e["dataset"] for e in validations], ["tiny_val", "other"] * 2)
        best = 0
        for event in validations:
            if event["dataset"] == "tiny_val":
                best = max(best, event["metrics"]["psnr"])
            self.assertEqual(event["best"], best)

    def test_tiled_validation_with_enough_overlap_equals_whole_images(self):
        self.train(self.config(steps=2))
        whole = self.events(kind="validation")[-1]["metrics"]["psnr"]
        self.train(self.config(steps=2, val={"tile_size": 32, "tile_overlap": 8}))
        tiled = self.events(kind="validation")[-1]
        self.assertAlmostEqual(tiled["metrics"]["psnr"], whole, places=4)
        self.assertEqual(tiled["tile_size"], 32)

    def test_old_checkpoints_are_pruned_and_the_best_stays(self):
        self.train(self.config(steps=10, save=2, val={"val_freq": 2}, logger={"keep_checkpoints": 2}))
        states = sorted(p.name for p in (self.experiment() / "training_states").iterdir())
        self.assertEqual(states, ["10.state", "8.state"])
        models = {p.name for p in (self.experiment() / "models").iterdir()}
        self.assertEqual(models, {"net_g_8.safetensors", "net_g_10.safetensors", "net_g_ema_8.safetensors",
                                  "net_g_ema_10.safetensors", "net_g_best.safetensors"})

    def test_accumulated_parts_give_the_step_of_one_large_batch(self):
        self.train(self.config("large", steps=3, train={"ema_decay": 0}), "--set", "datasets.train.batch_size_per_gpu=8")
        self.train(self.config("parts", steps=3, train={"ema_decay": 0}), "--set", "datasets.train.accum_iter=2")
        large = self.events("large", "progress")[-1]
        parts = self.events("parts", "progress")[-1]
        self.assertEqual(large["samples"], parts["samples"])
        self.assertAlmostEqual(large["losses"]["l_g_l1loss"], parts["losses"]["l_g_l1loss"], places=5)

    def test_pretrained_weights_are_where_training_starts(self):
        self.train(self.config("first", steps=4))
        path = self.experiment("first") / "models/net_g_4.safetensors"
        self.train(self.config("second", steps=1, train={"ema_decay": 0}), "--set", f"path.pretrain_network_g={path}",
                   "--set", "train.optim_g.lr=1e-30")
        self.assertEqual(self.weights(1, "second"), self.weights(4, "first"))

    def test_a_size_schedule_is_followed_from_the_step_after_each_entry(self):
        schedule = [{"step": 0, "lq_size": 16, "batch_size": 2}, {"step": 3, "lq_size": 24, "batch_size": 3}]
        config = self.config(steps=6, logger={"print_freq": 1}, datasets={})
        self.train(config, "--set", "datasets.train.size_schedule=" + str(schedule).replace("'", '"'))
        sizes = [(e["step"], e["lq_size"], e["batch_size"]) for e in self.events(kind="progress")]
        self.assertEqual(sizes, [(1, 16, 2), (2, 16, 2), (3, 16, 2), (4, 24, 3), (5, 24, 3), (6, 24, 3)])
        self.assertEqual(self.events(kind="end")[-1]["samples"], 15)

    def test_clips_are_trained_and_validated_within_their_scenes(self):
        tiny = SOURCE / "data/tiny/train"
        for part in ("hr", "lr_x2"):
            for scene, image, frames in (("a", "train_01.png", 5), ("b", "train_02.png", 4)):
                (self.folder / part / scene).mkdir(parents=True)
                for n in range(frames):
                    shutil.copyfile(tiny / part / image, self.folder / part / scene / f"{n}.png")
        clips = {"type": "pairedvideodataset", "dataroot_gt": str(self.folder / "hr"), "dataroot_lq": str(self.folder / "lr_x2")}
        config = self.config(steps=4, val={"val_freq": 4, "save_img": True}, datasets={
            "train": {**clips, "clip_size": 3, "lq_size": 16, "batch_size_per_gpu": 4}, "val": {**clips, "name": "clips"}})
        self.train(config, "--set", "network_g.num_in_ch=9")
        shown = sorted(p.name for p in (self.experiment() / "visualization/clips").iterdir())
        self.assertEqual(shown, ["a_1_4.png", "a_2_4.png", "a_3_4.png", "b_1_4.png", "b_2_4.png"])
        refused = self.train(config, code=2)
        self.assertIn("network_g.num_in_ch: expected 9, 3 x datasets.train.clip_size (3), got 3", refused.stderr)

    def test_a_network_of_clips_says_in_its_file_how_many_frames_it_takes(self):
        clips = make_pairs(self.folder / "clips", 4, 20, 2, clip_size=3)
        network = {"type": "temporalspanv2", "num_frames": 3, "feature_channels": 4, "num_blocks": 1}
        config = self.config(steps=2, network_g=network, val={"val_freq": 2, "save_img": True}, train={"recompute": True}, datasets={
            "train": {**clips, "lq_size": 16, "batch_size_per_gpu": 2}, "val": {**clips, "name": "clips"}})
        self.train(config)
        self.assertEqual(len(list((self.experiment() / "visualization/clips").iterdir())), 2)
        weights = self.experiment() / "models/net_g_2.safetensors"
        info = json.loads(self.run_program("info", weights, "--json").stdout)
        self.assertEqual((info["architecture"], info["input_channels"], info["arguments"]["num_frames"]), ("temporalspanv2", 9, 3))
        image = self.folder / "clips/lr/scene_001.png"
        refused = self.run_program("upscale", "--model", weights, "--input", image, "--output", self.folder / "x.png", code=3)
        self.assertIn("the network takes clips of 3 frames: give it a video", refused.stderr)
        wrong = self.train(config, "--set", "network_g.num_frames=5", code=2)
        self.assertIn("network_g.num_frames: expected 3 as datasets.train.clip_size, got 5", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
