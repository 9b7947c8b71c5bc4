"""Each way to fail has its exit code, a message that names the culprit, and costs nothing that was there."""
import os
import resource
import shutil
import subprocess
import time

from harness import PROGRAM, SOURCE, Case, unittest


class Errors(Case):
    def test_configuration_problems_come_all_at_once_with_their_lines(self):
        config = self.folder / "bad.yml"
        config.write_text("name: x\nscale: 5\ntrain: {total_itr: 10}\nnetwork_g: {type: compct}\n")
        done = self.train(config, code=2)
        self.assertIn("bad.yml:2: scale", done.stderr)
        self.assertIn("bad.yml:3: train.total_itr", done.stderr)
        self.assertIn("total_iter", done.stderr)
        self.assertIn("compct", done.stderr)
        self.assertFalse((self.folder / "experiments").exists())

    def test_the_command_line_is_checked_like_the_file(self):
        config = self.config()
        self.assertIn("scale", self.train(config, "--set", "scale=two", code=2).stderr)
        self.assertIn("no_such.yml", self.train("no_such.yml", code=2).stderr)
        self.assertIn("--nonsense", self.train(config, "--nonsense", code=2).stderr)
        self.run_program(code=2)
        self.assertIn("cuda", self.train(config, "--device", "cuda:99", code=2).stderr)

    def test_a_file_in_the_place_of_another_is_answered_with_that(self):
        config = self.config(steps=2)
        self.train(config)
        weights = self.experiment() / "models/net_g_best.safetensors"
        self.assertIn("these are weights; the states of a run are in its training_states/",
                      self.train(config, "--resume", weights, code=4).stderr)
        for command in (("upscale", "-i", SOURCE / "data/tiny/val/lr_x2", "-o", self.folder / "out"), ("export", "--to", "pth")):
            done = self.run_program(*command, "-m", self.experiment(), code=4)
            self.assertIn(f"is a run's folder; take one of its weight files, {weights} for instance", done.stderr)
            self.assertIn(f"--checkpoints {self.experiment()}", done.stderr)
        onnx = self.folder / "x.onnx"
        self.run_program("export", "-m", weights, "--to", "onnx", "-o", onnx)
        done = self.run_program("upscale", "-m", onnx, "-i", SOURCE / "data/tiny/val/lr_x2", "-o", self.folder / "out", code=4)
        self.assertIn("for other programs: take the .safetensors or .pth", done.stderr)

    def test_a_file_of_another_program_is_told_as_such(self):
        file = self.folder / "docker-compose.yml"
        file.write_text("version: '3'\nservices:\n  web: {image: nginx}\n")
        for arguments in (("--config", file), ("check", "--config", file, "--set", "scale=2")):
            done = self.run_program(*arguments, code=2)
            self.assertIn("looks like no training configuration", done.stderr)
            self.assertIn("sr-train init FOLDER", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_set_takes_one_setting_each_time(self):
        config = self.config()
        done = self.run_program("check", "--config", config, "--set", "train.total_iter=no", "--set", "scale=many", code=2)
        self.assertIn("train.total_iter", done.stderr)
        self.assertIn("many", done.stderr)
        self.run_program("check", "--config", config, "--set", "train.total_iter=4", "scale=2", code=2)

    def test_options_of_training_before_a_command_are_refused(self):
        config = self.config()
        for options in (("--quiet",), ("--config", config), ("--set", "scale=4"), ("--device", "cpu")):
            done = self.run_program(*options, "check", "--config", config, code=2)
            self.assertIn(f"{options[0]}: stands before check", done.stderr)

    def test_options_that_would_have_no_effect_are_refused_by_name(self):
        config = self.config()
        self.assertIn("--rank-timeout: this process has no others", self.train(config, "--rank-timeout", "60", code=2).stderr)
        self.assertIn("--verbose", self.run_program("check", "--config", config, "--verbose", code=2).stderr)

    def test_a_mistyped_option_or_command_is_answered_with_the_nearest(self):
        for arguments, answer in (
                (("chek", "--config", "x.yml"), "chek: no command; did you mean check?"),
                (("--confg=x.yml",), "--confg=x.yml: no option of sr-train; did you mean --config?"),
                (("upscale", "--tiles", "64"), "--tiles: no option of upscale; did you mean --tile?"),
                (("check", "--nonsense"), "--nonsense: no option of check (see sr-train check --help)"),
                (("x.yml",), "x.yml: no command; did you mean --config x.yml?"),
                (("check", "x.yml"), "x.yml: not expected behind check; did you mean --config x.yml?"),
                (("info", "--json", "a", "b"), "b: not expected behind info (see sr-train info --help)")):
            self.assertIn(answer, self.run_program(*arguments, code=2).stderr)

    def test_help_and_version_answer_at_once(self):
        self.assertIn("--auto-resume", self.run_program("--help").stdout)
        for command in ((), ("check",)):
            text = " ".join(self.run_program(*command, "--help").stdout.split())
            self.assertIn("--set KEY=VALUE Override one setting", text)
            self.assertIn("repeat --set", text)
        self.assertRegex(self.run_program("--version").stdout, r"^\d+\.\d+\.\d+")

    def test_a_working_directory_that_was_deleted_is_said(self):
        def delete():
            gone = self.folder / "gone"
            gone.mkdir()
            os.chdir(gone)
            gone.rmdir()

        done = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True, env=self.environment, timeout=60,
                              preexec_fn=delete)
        self.assertEqual(done.returncode, 2)
        self.assertIn("working directory was deleted", done.stderr)

    def test_bad_data_is_named_before_anything_is_written(self):
        gt, lq = self.folder / "hr", self.folder / "lr"
        shutil.copytree(SOURCE / "data/tiny/train/hr", gt)
        shutil.copytree(SOURCE / "data/tiny/train/lr_x2", lq)
        names = sorted(p.name for p in gt.iterdir())
        (gt / names[0]).write_bytes((gt / names[0]).read_bytes()[:-200])
        (lq / names[1]).unlink()
        shutil.copy(gt / names[3], lq / names[3])
        train = {"name": "t", "type": "pairedimagedataset", "dataroot_gt": str(gt), "dataroot_lq": str(lq),
                 "lq_size": 16, "batch_size_per_gpu": 4}
        config = self.config(datasets={"train": train})
        for arguments in (("--config", config), ("check", "--config", config)):
            done = self.run_program(*arguments, code=3)
            for name in (names[0], names[1].removesuffix(".png"), names[3].removesuffix(".png")):
                self.assertIn(name, done.stderr)
        self.assertFalse((self.folder / "experiments").exists())

    def test_a_good_file_that_was_replaced_by_a_broken_one_is_found_at_the_next_start(self):
        gt, lq = self.folder / "hr", self.folder / "lr"
        shutil.copytree(SOURCE / "data/tiny/train/hr", gt)
        shutil.copytree(SOURCE / "data/tiny/train/lr_x2", lq)
        train = {"name": "t", "type": "pairedimagedataset", "dataroot_gt": str(gt), "dataroot_lq": str(lq),
                 "lq_size": 16, "batch_size_per_gpu": 4}
        config = self.config(steps=1, datasets={"train": train})
        time.sleep(2.1)  # younger files are not remembered
        self.train(config)
        remembered = list((self.folder / "cache/sr-train").iterdir())
        self.assertEqual(len(remembered), 1)
        record = 48  # bytes; without the paths, which it keeps as hashes
        self.assertEqual(remembered[0].stat().st_size // record, 2 * 24 + 2 * 4)
        self.train(config)
        victim = sorted(gt.iterdir())[5]
        times = victim.stat()
        content = victim.read_bytes()
        victim.write_bytes(content[:-8] + b"XXXX" + content[-4:])  # the end chunk; size as before
        os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assertIn(victim.name, self.train(config, code=3).stderr)

    def test_an_unwritable_cache_is_no_reason_to_stop_or_to_talk(self):
        blocked = self.folder / "blocked"
        blocked.write_text("no folder")
        done = self.train(self.config(steps=1), env={**self.environment, "XDG_CACHE_HOME": str(blocked)})
        self.assertNotIn("blocked", done.stdout + done.stderr)

    def test_check_reads_everything_and_trains_nothing(self):
        done = self.run_program("check", "--config", self.config())
        self.assertIn("images", done.stdout)
        self.assertFalse((self.folder / "experiments").exists())

    def test_check_warns_of_weights_that_a_run_would_end_on(self):
        weights, cut = self.folder / "gone.pth", self.folder / "cut.safetensors"
        cut.write_bytes(b"\x10\0\0\0\0\0\0\0{")
        for file in (weights, cut):
            config = self.config(path={"pretrain_network_g": str(file)})
            done = self.run_program("check", "--config", config)
            self.assertIn(f"warning: path.pretrain_network_g: {file}: ", done.stdout)
            self.assertIn("exit code 4", done.stdout)
            self.train(config, code=4)
        self.train(self.config(steps=2))
        saved = self.experiment() / "models/net_g_2.safetensors"
        done = self.run_program("check", "--config", self.config(path={"pretrain_network_g": str(saved)}))
        self.assertNotIn("pretrain_network_g", done.stdout)

    def test_a_file_that_breaks_during_the_run_ends_it_with_its_name_and_a_state(self):
        gt, lq = self.folder / "hr", self.folder / "lr"
        shutil.copytree(SOURCE / "data/tiny/train/hr", gt)
        shutil.copytree(SOURCE / "data/tiny/train/lr_x2", lq)
        train = {"name": "t", "type": "pairedimagedataset", "dataroot_gt": str(gt), "dataroot_lq": str(lq),
                 "lq_size": 16, "batch_size_per_gpu": 4, "cache": "off"}
        process = self.start(self.config(steps=100_000, datasets={"train": train}))
        from harness import wait_for_step
        wait_for_step(self, process, 4)
        for file in gt.iterdir():
            file.write_bytes(b"damaged")
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, stderr)
        self.assertIn(str(gt), stderr)
        end = self.events(kind="end")[-1]
        self.assertEqual(end["exit_code"], 3)
        self.assertTrue((self.experiment() / f"training_states/{end['step']}.state").exists())

    def test_a_run_that_diverges_ends_with_6_and_keeps_the_last_finite_weights(self):
        train = {"optim_g": {"type": "AdamW", "lr": 1e30}}
        done = self.train(self.config(steps=100, save=0, train=train, val={"val_enabled": False}), code=6)
        self.assertIn("not finite", done.stderr)
        end = self.events(kind="end")[-1]
        self.assertGreaterEqual(end["skipped"], 10)
        self.assertTrue((self.experiment() / f"training_states/{end['step']}.state").exists())

    def test_an_output_folder_that_cannot_be_made_is_a_storage_error(self):
        blocker = self.folder / "file"
        blocker.write_text("")
        done = self.train(self.config(path={"experiments_root": str(blocker / "experiments")}), code=7)
        self.assertIn(str(blocker), done.stderr)

    def test_a_full_disk_ends_the_run_and_leaves_earlier_checkpoints_whole(self):
        config = self.config(steps=100_000, save=4, logger={"keep_checkpoints": 0})
        self.train(config, "--set", "train.total_iter=4")
        before = self.weights(4)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

        done = self.train(config, "--auto-resume", "--set", "train.total_iter=12", code=7, preexec_fn=limit,
                          restore_signals=False)
        self.assertIn("cannot write", done.stderr)
        self.assertEqual(self.weights(4), before)
        self.train(config, "--auto-resume", "--set", "train.total_iter=8")

    def test_two_runs_do_not_share_a_folder(self):
        config = self.config(steps=100_000)
        process = self.start(config)
        from harness import wait_for_step
        wait_for_step(self, process, 2)
        done = self.train(config, "--auto-resume", code=7)
        self.assertIn("run", done.stderr)
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143)



if __name__ == "__main__":
    unittest.main()
