"""Stopping, killing and going on: the weights are those of a run that was never stopped."""
import shlex
import shutil

from harness import PROGRAM, Case, signal, unittest, wait_for_step

LONG = 100_000


class Resume(Case):
    def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(self):
        self.train(self.config("whole", steps=12, save=4))
        config = self.config("run", steps=12, save=4)
        self.train(config, "--set", "train.total_iter=8")
        self.train(config, "--auto-resume")
        self.assertEqual(self.weights(12), self.weights(12, "whole"))
        self.assertEqual(self.weights(12, ema=True), self.weights(12, "whole", ema=True))
        start = self.events(kind="start")[-1]
        self.assertEqual(start["step"], 8)
        self.assertTrue(start["resumed_from"].endswith("8.state"))

    def test_a_killed_run_goes_on_bit_for_bit(self):
        self.train(self.config("whole", steps=60, save=10, val={"val_enabled": False}))
        config = self.config("run", steps=LONG, save=10, val={"val_enabled": False})
        process = self.start(config)
        wait_for_step(self, process, 30)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume", "--set", "train.total_iter=60")
        self.assertEqual(self.weights(60), self.weights(60, "whole"))

    def without_seed(self, name="run", **sections):
        return self.config(name, manual_seed=None, val={"val_enabled": False}, **sections)

    def seeds(self):
        return [e["config"]["manual_seed"] for e in self.events(kind="start")]

    def assert_like_a_whole_run_of_its_seed(self, steps, *arguments):
        """All its processes have had one seed, and together they are a run to which it was given."""
        self.assertEqual(len(set(self.seeds())), 1)
        self.assertFalse(any("new order" in e["message"] for e in self.events(kind="warning")))
        whole = self.config("whole", steps=steps, manual_seed=self.seeds()[0], val={"val_enabled": False},
                            train={"use_moa": True})
        self.train(whole, *arguments)
        for ema in (False, True):
            self.assertEqual(self.weights(steps, ema=ema), self.weights(steps, "whole", ema=ema))

    def test_a_killed_run_goes_on_with_the_seed_that_it_has_drawn(self):
        config = self.without_seed(steps=LONG, save=10, train={"use_moa": True})
        process = self.start(config)
        wait_for_step(self, process, 30)
        process.kill()
        process.communicate()
        self.train(config, "--auto-resume", "--set", "train.total_iter=60")
        self.assert_like_a_whole_run_of_its_seed(60)
        self.assertIn(f"manual_seed is not set: it stays {self.seeds()[0]}", (self.experiment() / "train.log").read_text())
        self.assertIn(f"manual_seed: {self.seeds()[0]}", (self.experiment() / "config.yml").read_text())

    def test_a_named_state_brings_the_seed_that_was_drawn(self):
        config = self.without_seed(steps=12, save=4, train={"use_moa": True})
        self.train(config)
        self.train(config, "--resume", self.experiment() / "training_states/4.state")
        self.assert_like_a_whole_run_of_its_seed(12)

    def test_a_run_as_several_ranks_goes_on_with_the_seed_that_it_has_drawn(self):
        config = self.without_seed(steps=12, save=4, train={"use_moa": True})
        self.train(config, "--as-ranks", "2", "--set", "train.total_iter=8")
        self.train(config, "--as-ranks", "2", "--auto-resume")
        self.assert_like_a_whole_run_of_its_seed(12, "--as-ranks", "2")

    def test_a_seed_that_is_set_wins_over_that_of_the_state(self):
        config = self.config("run", steps=8, save=4)
        self.train(config, "--set", "train.total_iter=4")
        self.train(config, "--auto-resume", "--set", "manual_seed=8")
        self.assertEqual(self.seeds(), [7, 8])
        self.assertTrue(any("new order" in e["message"] for e in self.events(kind="warning")))

    def test_signals_finish_the_step_save_and_end_with_their_code(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            name = f"run{code}"
            process = self.start(self.config(name, steps=LONG, save=0))
            wait_for_step(self, process, 4, name)
            process.send_signal(number)
            stdout, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, code)
            go_on = stdout.splitlines()[-1].split("to go on: ")[1]
            self.assertEqual(go_on.split(), [str(PROGRAM), "--config", f"{self.folder / name}.yml", "--auto-resume"])
            end = self.events(name, "end")[-1]
            self.assertEqual(end["exit_code"], code)
            self.assertEqual((end["steps_lost"], end["samples_lost"]), (0, 0))
            self.assertTrue((self.experiment(name) / f"training_states/{end['step']}.state").exists())

    def test_a_stopped_run_that_a_state_was_named_for_goes_on_with_the_newest(self):
        config = self.config(steps=4, save=0)
        self.train(config)
        state = self.experiment() / "training_states/4.state"
        for named in (["--resume", str(state)], ["--set", f"path.resume_state={state}"]):
            longer = ["--set", f"train.total_iter={LONG}"]
            process = self.start(config, *longer, *named)
            wait_for_step(self, process, self.events()[-1]["step"] + 20)
            process.terminate()
            stdout, _ = process.communicate(timeout=60)
            words = shlex.split(stdout.splitlines()[-1].split("to go on: ")[1])
            kept = [] if named[0] == "--resume" else named
            self.assertEqual(words, [str(PROGRAM), "--config", str(config), *longer, *kept, "--auto-resume"])
            stopped = self.events(kind="end")[-1]["step"]
            self.run_program(*words[1:], "--set", f"train.total_iter={stopped}")
            self.assertEqual(self.events(kind="start")[-1]["step"], stopped)

    def test_a_damaged_newest_state_is_reported_and_skipped(self):
        self.train(self.config("whole", steps=12, save=4))
        config = self.config("run", steps=12, save=4)
        self.train(config, "--set", "train.total_iter=8")
        state = self.experiment() / "training_states/8.state"
        content = bytearray(state.read_bytes())
        content[len(content) // 2] ^= 1
        state.write_bytes(content)
        self.train(config, "--auto-resume")
        self.assertEqual(self.events(kind="start")[-1]["step"], 4)
        self.assertTrue(any("8.state" in e["message"] for e in self.events(kind="warning")))
        self.assertEqual(self.weights(12), self.weights(12, "whole"))

    def test_a_state_whose_weights_are_damaged_is_not_valid(self):
        config = self.config("run", steps=8, save=4)
        self.train(config)
        weights = self.experiment() / "models/net_g_8.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1])
        self.train(config, "--auto-resume")
        self.assertEqual(self.events(kind="start")[-1]["step"], 4)
        damaged = self.experiment() / "training_states/4.state"
        damaged.write_bytes(b"no state")
        done = self.train(config, "--resume", damaged, code=4)
        self.assertIn("4.state", done.stderr)

    def test_without_a_resume_option_the_old_folder_is_archived(self):
        config = self.config("run", steps=2)
        self.train(config)
        self.assertIn("--auto-resume would have gone on with it", " ".join(self.train(config).stdout.split()))
        names = sorted(p.name for p in (self.folder / "experiments").iterdir())
        self.assertEqual(len(names), 2)
        self.assertRegex(names[1], r"^run_archived_\d{8}_\d{6}")
        self.assertTrue((self.folder / "experiments" / names[1] / "models/net_g_2.safetensors").exists())

    def test_resuming_an_older_state_moves_the_later_files_aside(self):
        config = self.config("run", steps=12, save=4)
        self.train(config)
        before = self.weights(12)
        self.train(config, "--resume", self.experiment() / "training_states/4.state")
        self.assertEqual(self.weights(12), before)
        moved = [p for p in (self.folder / "experiments").iterdir() if "_superseded_" in p.name]
        self.assertEqual(len(moved), 1)
        self.assertTrue((moved[0] / "training_states/12.state").exists())

    def test_a_state_is_named_from_within_its_folder(self):
        config = self.config("run", steps=8, save=4)
        self.train(config)
        before = self.weights(8)
        self.train(config, "--resume", "4.state", "--set", f"path.experiments_root={self.folder / 'experiments'}",
                   cwd=self.experiment() / "training_states")
        self.assertEqual(self.weights(8), before)

    def test_the_resume_option_beats_the_yaml(self):
        config = self.config("run", steps=12, save=4)
        self.train(config)
        states = self.experiment() / "training_states"
        self.train(config, "--resume", states / "8.state", "--set", f"path.resume_state={states / '4.state'}")
        self.assertEqual(self.events(kind="start")[-1]["step"], 8)

    def test_a_finished_run_resumes_to_its_end_at_once(self):
        config = self.config("run", steps=4)
        self.train(config)
        done = self.train(config, "--auto-resume")
        self.assertIn("finished already: total_iter is reached; a larger train.total_iter", done.stdout)
        self.assertEqual(self.events(kind="end")[-1]["exit_code"], 0)
        self.assertEqual(self.events(kind="end")[-1]["step"], 4)

    def test_auto_resume_without_any_state_starts_from_zero(self):
        self.train(self.config("run", steps=2), "--auto_resume")
        self.assertIsNone(self.events(kind="start")[0]["resumed_from"])

    def test_another_architecture_is_refused_naming_the_first_difference(self):
        config = self.config("run", steps=4)
        self.train(config)
        done = self.train(config, "--auto-resume", "--set", "network_g.num_feat=8", code=4)
        self.assertIn("num_feat", done.stderr)

    def test_an_edited_learning_rate_wins_on_resume(self):
        config = self.config("run", steps=8, save=4)
        self.train(config, "--set", "train.total_iter=4")
        self.train(config, "--auto-resume", "--set", "train.optim_g.lr=0.0005")
        self.assertEqual(self.events(kind="progress")[-1]["lr"], 0.0005)

    def test_an_edited_size_schedule_wins_on_resume(self):
        config = self.config("run", steps=8, save=4)
        schedule = "datasets.train.size_schedule=[{{step: {}, lq_size: 24, batch_size: 2}}]"
        self.train(config, "--set", schedule.format(2), "--set", "train.total_iter=4")
        self.train(config, "--set", schedule.format(6), "--auto-resume")
        sizes = [(e["step"], e["lq_size"], e["batch_size"]) for e in self.events(kind="progress")]
        self.assertEqual(sizes, [(2, 16, 4), (4, 24, 2), (6, 16, 4), (8, 24, 2)])

    def test_changed_training_files_are_said_on_resume(self):
        roots = {}
        for kind in ("hr", "lr_x2"):
            roots[kind] = self.folder / kind
            from harness import SOURCE
            shutil.copytree(SOURCE / "data/tiny/train" / kind, roots[kind])
        document = {"dataroot_gt": str(roots["hr"]), "dataroot_lq": str(roots["lr_x2"]), "name": "tiny",
                    "type": "pairedimagedataset", "lq_size": 16, "batch_size_per_gpu": 4}
        config = self.config("run", steps=8, save=4, datasets={"train": document})
        self.train(config, "--set", "train.total_iter=4")
        first = sorted(roots["hr"].iterdir())[0].name
        (roots["hr"] / first).unlink()
        (roots["lr_x2"] / first).unlink()
        self.train(config, "--auto-resume")
        self.assertTrue(any("new order" in e["message"] for e in self.events(kind="warning")))


if __name__ == "__main__":
    unittest.main()
