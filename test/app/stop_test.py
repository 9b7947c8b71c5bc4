"""A run ends by its own decision and with its state, whatever signals come and wherever its output goes."""
import errno
import json
import os
import resource
import shutil
import signal as signals
import subprocess
import time

from harness import PROGRAM, Case, signal, unittest, wait_for_step

LONG = 100_000


class Stop(Case):
    def popen(self, config, *arguments, **options):
        return subprocess.Popen([str(PROGRAM), "--config", str(config), *arguments], cwd=self.folder,
                                env=self.environment, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **options})

    def state_of_end(self, name="run"):
        end = self.events(name, "end")[-1]
        self.assertTrue((self.experiment(name) / f"training_states/{end['step']}.state").exists())
        return end

    def test_a_closed_terminal_and_a_scheduler_s_notice_are_as_sigterm(self):
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU, signal.SIGQUIT, signal.SIGALRM):
            name = number.name
            process = self.popen(self.config(name, steps=LONG, save=0))
            wait_for_step(self, process, 4, name)
            process.send_signal(number)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 143, name)
            self.assertIn(name, self.state_of_end(name)["reason"])

    def test_nohup_is_respected(self):
        process = self.popen(self.config(steps=LONG, save=0), preexec_fn=lambda: signals.signal(signals.SIGHUP, signals.SIG_IGN))
        wait_for_step(self, process, 4)
        process.send_signal(signal.SIGHUP)
        wait_for_step(self, process, self.events()[-1]["step"] + 20)
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143)

    def test_a_signal_that_comes_twice_at_once_is_one(self):
        process = self.popen(self.config(steps=LONG, save=0))
        wait_for_step(self, process, 4)
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.state_of_end()

    def test_a_reader_that_stops_reading_holds_nothing_up(self):
        process = self.popen(self.config(steps=LONG, save=0, logger={"print_freq": 1}, val={"val_enabled": False}),
                             stdout=subprocess.PIPE)
        wait_for_step(self, process, 1500)  # far more lines than a pipe holds
        process.terminate()
        self.assertEqual(process.wait(timeout=60), 143)
        process.communicate()
        self.state_of_end()

    def test_closed_descriptors_take_nobody_s_place(self):
        def close():
            for descriptor in (0, 1, 2):
                os.close(descriptor)

        # Not through Popen's pipes: they would be what is closed.
        process = subprocess.Popen([str(PROGRAM), "--config", str(self.config())], cwd=self.folder, env=self.environment,
                                   preexec_fn=close)
        self.assertEqual(process.wait(timeout=120), 0)
        lines = (self.experiment() / "events.jsonl").read_text().splitlines()
        self.assertEqual([json.loads(line)["event"] for line in lines][0::len(lines) - 1], ["start", "end"])
        for line in (self.experiment() / "train.log").read_text().splitlines():
            self.assertRegex(line, r"^\d{4}-")
        missing = subprocess.Popen([str(PROGRAM), "--config", "no.yml"], cwd=self.folder, env=self.environment,
                                   preexec_fn=close)
        self.assertEqual(missing.wait(timeout=60), 2)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_output_that_cannot_be_written_changes_no_exit_code(self):
        config = self.config(steps=4)
        with open("/dev/full", "wb") as full:
            self.assertEqual(subprocess.run([str(PROGRAM), "--config", "no.yml"], cwd=self.folder, env=self.environment,
                                            stdout=full, stderr=full).returncode, 2)
            for command in (["check"], []):
                self.assertEqual(subprocess.run([str(PROGRAM), *command, "--config", str(config)], cwd=self.folder,
                                                env=self.environment, stdout=full, stderr=full).returncode, 0)

    def test_escape_codes_in_names_are_shown_as_text(self):
        done = self.run_program("--config", "a\x1b]0;title\x07\rb.yml", code=2)
        self.assertIn("a\\x1b]0;title\\x07\\rb.yml", done.stderr)
        for code in "\x1b\x07\r":
            self.assertNotIn(code, done.stderr + done.stdout)

    def test_a_file_size_limit_is_a_storage_error(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

        done = self.train(self.config(steps=4), code=7, preexec_fn=limit)  # SIGXFSZ is not ignored before
        self.assertIn(os.strerror(errno.EFBIG), done.stderr)

    def test_an_error_whose_state_cannot_be_saved_stays_the_first_error(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

        done = self.train(self.config(steps=100, save=0, train={"optim_g": {"type": "AdamW", "lr": 1e30}},
                                      val={"val_enabled": False}, logger={"print_freq": 1000}), code=6, preexec_fn=limit)
        self.assertIn("could not be saved", done.stdout)
        self.assertIn("not finite", done.stderr)


class Going(Case):
    """What is said when a run goes on, or does not."""

    def test_a_start_at_zero_says_where_it_looked(self):
        done = self.train(self.config(steps=2), "--auto-resume")
        self.assertIn("--auto-resume: there is no training state in " + str(self.experiment() / "training_states"), done.stdout)
        self.assertNotIn("--auto-resume", self.train(self.config("other", steps=2)).stdout)

    def test_weights_to_begin_with_are_not_asked_for_later(self):
        self.train(self.config("first", steps=2))
        weights = self.folder / "w.safetensors"
        shutil.copy(self.experiment("first") / "models/net_g_2.safetensors", weights)
        config = self.config(steps=8, save=4, path={"pretrain_network_g": str(weights)})
        self.train(config, "--set", "train.total_iter=4")
        weights.unlink()
        self.train(config, "--auto-resume")
        self.assertEqual(self.events(kind="start")[-1]["step"], 4)
        self.assertIn("w.safetensors", self.train(config, code=4).stderr)

    def test_a_setting_that_does_not_go_with_the_state_is_named(self):
        config = self.config(steps=4)
        self.train(config)
        before = sorted(self.experiment().parent.iterdir())
        for setting, words in (("train.ema_decay=0", ("an average of the weights", "train.ema_decay")),
                               ("train.optim_g.type=AdamWScheduleFree", ("AdamW", "AdamWScheduleFree"))):
            done = self.train(config, "--auto-resume", "--set", setting, code=4)
            for word in ("4.state", *words, "pretrain_network_g"):
                self.assertIn(word, done.stderr)
        self.assertEqual(sorted(self.experiment().parent.iterdir()), before)

    def test_what_a_kill_left_is_cleaned_at_the_next_start(self):
        config = self.config(steps=12, save=4, logger={"keep_checkpoints": 1}, val={"val_freq": 4, "save_img": True})
        self.train(config, "--set", "train.total_iter=8")
        folder = self.experiment()
        # Killed inside the last prune: the weights have gone, their state has not.
        shutil.copy(folder / "training_states/8.state", folder / "training_states/4.state")
        picture = folder / "visualization/tiny_val/sub/x_8.png.sr-tmp"
        picture.parent.mkdir()
        picture.write_bytes(b"half")
        self.train(config, "--auto-resume", "--set", "train.total_iter=8")
        self.assertEqual([file.name for file in (folder / "training_states").iterdir()], ["8.state"])
        self.assertFalse(picture.exists())

    def test_a_broken_cuda_set_up_is_said(self):
        library = next((path for path in ("/lib/x86_64-linux-gnu/libm.so.6", "/usr/lib/x86_64-linux-gnu/libm.so.6")
                        if os.path.exists(path)), None)
        if library is None or os.path.exists("/proc/driver/nvidia"):
            self.skipTest("nothing to pretend a driver with, or a driver")
        shutil.copy(library, self.folder / "libcuda.so.1")  # a driver is there, and useless
        done = self.train(self.config(steps=2), env={**self.environment, "LD_LIBRARY_PATH": str(self.folder)})
        self.assertIn("but the CPU is used: ", done.stdout)
        self.assertTrue(any("but the CPU is used: " in e["message"] for e in self.events(kind="warning")))


if __name__ == "__main__":
    unittest.main()
