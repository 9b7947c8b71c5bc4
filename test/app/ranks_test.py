"""Several processes train as one: the bits of one process, one message for all, and nobody waits for who is gone."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import time

from harness import PROGRAM, SOURCE, Case, signal, unittest, wait_for_step
from workspace import kill_group, rank_environments

LONG = 100_000
VALIDATED = {"val_enabled": True, "val_freq": 4, "save_img": False}
WITHOUT_VALIDATION = {"val_enabled": False}
TORCHRUN = os.environ.get("SR_TORCHRUN") or shutil.which("torchrun")


class Ranks(Case):
    timeout_s = 120

    def setUp(self):
        super().setUp()
        self.environment["OMP_NUM_THREADS"] = "1"

    def launch(self, *arguments, count=2, only=None, variables=None, restart=0):
        """Starts the ranks; `only` has further arguments of one rank, `variables` of its environment: (rank, what)."""
        more = {"TORCHELASTIC_RESTART_COUNT": str(restart)} if restart else {}
        processes = []
        for rank, environment in enumerate(rank_environments(self.environment, count, **more)):
            own = only[1] if only and only[0] == rank else ()
            environment.update(variables[1] if variables and variables[0] == rank else {})
            process = subprocess.Popen([str(PROGRAM), *map(str, (*arguments, *own))], cwd=self.folder, env=environment,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.addCleanup(self.end, process)
            processes.append(process)
        return processes

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        with contextlib.suppress(ValueError):
            process.communicate()

    def finish(self, processes, codes):
        """Waits for all; returns what each wrote to standard error."""
        said = [process.communicate(timeout=self.timeout_s)[1] for process in processes]
        self.assertEqual([process.returncode for process in processes], codes, "\n".join(said))
        return said

    def train_ranks(self, config, *arguments, count=2, code=0, **options):
        return self.finish(self.launch("--config", config, *arguments, count=count, **options), [code] * count)

    def ranks_config(self, name="run", **sections):
        sections.setdefault("deterministic", True)
        sections.setdefault("val", WITHOUT_VALIDATION)
        return self.config(name, **sections)

    def assert_nothing_lost(self, name="run"):
        end = self.events(name, "end")[-1]
        self.assertEqual((end["exit_code"], end["steps_lost"], end["samples_lost"]), (0, 0, 0))

    def test_ranks_end_with_the_bytes_of_one_process_that_takes_their_parts(self):
        self.train_ranks(self.ranks_config(val=VALIDATED), count=3)
        self.train(self.ranks_config("alone", val=VALIDATED), "--as-ranks", "3")
        for ema in (False, True):
            self.assertEqual(self.weights(12, ema=ema), self.weights(12, "alone", ema=ema))
        scores = [[e["metrics"] for e in self.events(name, "validation")] for name in ("run", "alone")]
        self.assertEqual(scores[0], scores[1])
        self.assertEqual(len(scores[0]), 3)
        losses = [[e["losses"] for e in self.events(name, "progress")] for name in ("run", "alone")]
        self.assertEqual(losses[0], losses[1])
        start = self.events(kind="start")[0]
        self.assertEqual((start["ranks"]["count"], len(start["ranks"]["hosts"])), (3, 1))
        self.assertEqual((start["world"], start["hosts"]), (3, start["ranks"]["hosts"]))
        alone = self.events("alone", "start")[0]
        self.assertEqual((alone["ranks"], alone["world"], alone["hosts"]), (None, 1, None))
        progress = self.events(kind="progress")[-1]
        self.assertEqual(progress["samples"], 12 * 4 * 3)
        self.assertGreater(progress["ranks"]["exchange_share"], 0)
        self.assertIn(progress["ranks"]["slowest"], (0, 1, 2))
        self.assertEqual((progress["slowest_rank"], progress["sync_share"]),
                         (progress["ranks"]["slowest"], progress["ranks"]["exchange_share"]))
        self.assertIsNone(self.events("alone", "progress")[-1]["ranks"])

    def test_two_and_four_ranks_end_with_the_bytes_of_one_process(self):
        for count in (2, 4):
            self.train_ranks(self.ranks_config(f"ranks_{count}", steps=6), count=count)
            self.train(self.ranks_config(f"alone_{count}", steps=6), "--as-ranks", str(count))
            for ema in (False, True):
                self.assertEqual(self.weights(6, f"ranks_{count}", ema=ema), self.weights(6, f"alone_{count}", ema=ema))

    def test_one_rank_under_a_launcher_is_a_run_without_one(self):
        self.train_ranks(self.ranks_config(), count=1)
        self.train(self.ranks_config("alone"))
        self.assertEqual(self.weights(12), self.weights(12, "alone"))
        self.assertIsNone(self.events(kind="start")[0]["ranks"])

    def training(self):
        return json.loads(self.config("any").read_text())["datasets"]["train"]

    def dynamic(self, steps, lq_size, batch, limit):
        automation = {"enabled": True, "adjustment_frequency": 5, "min_lq_size": 16, "max_lq_size": 64}
        return self.ranks_config(steps=steps, memory_limit=limit,
                                 training_automations={"enabled": True, "DynamicBatchSizeOptimizer": automation},
                                 datasets={"train": {**self.training(), "lq_size": lq_size, "batch_size_per_gpu": batch}})

    def assert_one_process_repeats_it(self, steps, lq_size, batch):
        again = self.ranks_config("again", steps=steps, datasets={"train": {**self.training(), "lq_size": lq_size, "batch_size_per_gpu": batch}})
        self.train(again, "--set", f"datasets.train.size_schedule={self.replay()}", "--as-ranks", "2")
        self.assertEqual(self.weights(steps), self.weights(steps, "again"))

    def test_one_rank_out_of_memory_makes_all_smaller_and_costs_nothing(self):
        self.train_ranks(self.dynamic(20, 64, 48, "256MiB"), only=(1, ("--set", "memory_limit=24MiB")))
        ooms = self.events(kind="oom")
        self.assertEqual((ooms[0]["rank"], ooms[0]["step"]), (1, 0))
        self.assertEqual({e["rank"] for e in ooms}, {1})
        self.assert_nothing_lost()
        self.assert_one_process_repeats_it(20, 64, 48)

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_a_block_that_one_rank_does_not_get_costs_nothing(self):
        """The kernel refuses rank 0 a block in the middle of a run, where rank 1 has the smaller limit."""
        shim = self.folder / "refuse_memory.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", shim, SOURCE / "test/app/refuse_memory.c", "-ldl"], check=True)
        refusing = {"LD_PRELOAD": str(shim), "SR_REFUSE_AT": "2000"}
        self.train_ranks(self.dynamic(25, 32, 4, "256MiB"), only=(1, ("--set", "memory_limit=24MiB")), variables=(0, refusing))
        refused = [e for e in self.events(kind="oom") if e["rank"] == 0]
        self.assertEqual(len(refused), 1)
        self.assertGreater(refused[0]["step"], 0)
        self.assert_nothing_lost()
        self.assert_one_process_repeats_it(25, 32, 4)

    def test_growth_of_all_settles_in_the_band_of_the_smaller_limit(self):
        self.train_ranks(self.dynamic(60, 32, 4, "48MiB"), only=(1, ("--set", "memory_limit=24MiB")))
        self.assertEqual(self.events(kind="oom"), [])
        last = self.events(kind="size_decision")[-1]
        self.assertGreaterEqual(last["usage"], 0.80)
        self.assertLessEqual(last["usage"], 0.90)

    def test_ranks_with_unequal_limits_go_on_with_what_they_know_of_memory(self):
        config, smaller = self.dynamic(60, 32, 4, "48MiB"), (1, ("--set", "memory_limit=24MiB"))
        self.train_ranks(config, "--set", "train.total_iter=33", only=smaller)
        before = self.events(kind="size_decision")[-1]
        self.assertGreater(before["to"]["batch_size"] * before["to"]["lq_size"] ** 2, 4 * 32 ** 2)
        self.train_ranks(config, "--auto-resume", only=smaller)
        after = next(e for e in self.events(kind="size_decision") if e["step"] > 33)
        self.assertEqual((after["step"], after["from"]), (35, before["to"]))
        self.assertEqual(self.events(kind="oom"), [])
        self.assert_one_process_repeats_it(60, 32, 4)

    def test_a_killed_rank_is_named_and_a_restart_goes_on_to_the_same_bytes(self):
        end = 200  # later than a rank can be killed
        self.train_ranks(self.ranks_config("whole", steps=end, save=50))
        config = self.ranks_config(steps=LONG, save=10)
        for lost in (1, 0):
            processes = self.launch("--config", config)
            wait_for_step(self, processes[0], 20)
            processes[lost].kill()
            said = processes[1 - lost].communicate(timeout=self.timeout_s)[1]
            self.assertEqual(processes[1 - lost].returncode, 8, said)
            self.assertRegex(said, f"rank {lost} on .* is lost")
            if lost == 1:
                self.assertEqual(self.events(kind="end")[-1]["exit_code"], 8)
                saved = self.events(kind="end")[-1]["step"]
                self.assertTrue((self.experiment() / f"training_states/{saved}.state").exists())
            self.train_ranks(config, "--set", f"train.total_iter={end}", restart=1)
            start = self.events(kind="start")[-1]
            # rank 0 alone writes: when it is killed, the state of the last step may not be there yet
            self.assertGreaterEqual(start["step"], 20 if lost == 1 else 10)
            self.assertEqual(self.weights(end), self.weights(end, "whole"))
            shutil.rmtree(self.experiment())

    def test_a_rank_that_hangs_is_lost_after_the_timeout(self):
        processes = self.launch("--config", self.ranks_config(steps=LONG), "--rank-timeout", "8")  # in which they have to meet, too
        wait_for_step(self, processes[0], 4)
        processes[1].send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        said = processes[0].communicate(timeout=self.timeout_s)[1]
        self.assertEqual(processes[0].returncode, 8, said)
        self.assertRegex(said, "rank 1 on .* is lost")
        self.assertLess(time.monotonic() - begun, 40)
        end = self.events(kind="end")[-1]
        self.assertEqual(end["exit_code"], 8)
        self.assertTrue((self.experiment() / f"training_states/{end['step']}.state").exists())

    def test_a_signal_to_one_rank_stops_all_after_one_step(self):
        processes = self.launch("--config", self.ranks_config(steps=LONG, save=0))
        wait_for_step(self, processes[0], 4)
        processes[1].send_signal(signal.SIGTERM)
        self.finish(processes, [143, 143])
        end = self.events(kind="end")[-1]
        self.assertEqual((end["exit_code"], end["steps_lost"], end["samples_lost"]), (143, 0, 0))
        self.assertTrue((self.experiment() / f"training_states/{end['step']}.state").exists())

    def test_an_error_of_one_rank_is_told_once_and_ends_all(self):
        config = self.ranks_config()
        nowhere = ("--set", "datasets.train.dataroot_gt=/nowhere")
        for only, code, text in (((1, nowhere), 3, "rank 1 on "), ((0, nowhere), 3, "/nowhere"),
                                 ((1, ("--set", "train.optim_g.lr=0.5")), 2, "is not that of rank 0"),
                                 ((1, ("--set", "scale=7")), 2, "scale")):
            said = self.train_ranks(config, only=only, code=code)
            self.assertIn(text, said[0])
            self.assertEqual(said[1], "")
        self.assertFalse(self.experiment().exists())

    def test_processes_that_do_not_belong_together_say_so(self):
        other = {"WORLD_SIZE": "3", "LOCAL_WORLD_SIZE": "3"}
        for said in self.train_ranks(self.ranks_config(), variables=(1, other), code=2):
            self.assertIn("one of 2 ranks", said)
            self.assertIn("one of 3 ranks", said)

    def test_a_rank_that_does_not_come_is_named(self):
        processes = self.launch("--config", self.ranks_config(dist={"timeout": 2}))
        processes[0].kill()
        self.assertRegex(self.finish(processes[1:], [8])[0], "rank 0 of 2 has not come|have not met")

    def test_an_error_of_all_is_told_once(self):
        said = self.train_ranks(self.ranks_config(), "--set", "scale=7", code=2)
        self.assertEqual(said[0].count("scale"), 1)
        self.assertEqual(said[1], "")

    def test_fresh_ranks_have_the_pretrained_weights_of_the_first(self):
        self.train(self.ranks_config("before", steps=2))
        weights = self.experiment("before") / "models/net_g_2.safetensors"
        self.train_ranks(self.ranks_config(path={"pretrain_network_g": str(weights)}))
        self.train(self.ranks_config("alone", path={"pretrain_network_g": str(weights)}), "--as-ranks", "2")
        self.assertEqual(self.weights(12), self.weights(12, "alone"))

    def gan_config(self, name="run", **sections):
        """With a spectral norm, whose vectors each attempt at a step moves."""
        gan = {"network_d": {"type": "unetdiscriminatorsn", "num_feat": 8},
               "train": {"optim_d": {"type": "AdamW", "lr": 1e-3, "weight_decay": 0, "betas": [0.9, 0.99]},
                         "losses": [{"type": "l1loss", "loss_weight": 1.0},
                                    {"type": "ganloss", "gan_type": "vanilla", "loss_weight": 0.1}]}}
        return self.ranks_config(name, **gan, **sections)

    def test_a_gan_of_which_a_rank_is_killed_goes_on_to_the_same_bytes(self):
        config = self.gan_config(steps=LONG, save=0)
        processes = self.launch("--config", config)
        wait_for_step(self, processes[0], 4)
        processes[1].kill()
        said = processes[0].communicate(timeout=self.timeout_s)[1]
        self.assertEqual(processes[0].returncode, 8, said)
        end = self.events(kind="end")[-1]["step"] + 4
        self.train_ranks(config, "--set", f"train.total_iter={end}", restart=1)
        self.assertEqual(self.events(kind="start")[-1]["step"], end - 4)
        self.train_ranks(self.gan_config("whole", steps=end, save=0))
        for file in (f"net_g_{end}.safetensors", f"net_d_{end}.safetensors"):
            self.assertEqual(self.weights_of("run", file), self.weights_of("whole", file))

    def test_a_gan_over_ranks_repeats_to_the_bit_and_after_a_restart(self):
        self.train_ranks(self.gan_config("whole", steps=6))
        config = self.gan_config(steps=6, save=3)
        self.train_ranks(config, "--set", "train.total_iter=3")
        self.train_ranks(config, "--auto-resume")
        for file in ("net_g_6.safetensors", "net_d_6.safetensors"):
            self.assertEqual(self.weights_of("run", file), self.weights_of("whole", file))

    def test_ranks_that_are_started_again_have_the_seed_that_the_first_had_drawn(self):
        config = self.ranks_config(steps=8, save=4, manual_seed=None)
        self.train_ranks(config, "--set", "train.total_iter=4")
        self.train_ranks(config, restart=1)
        seeds = [e["config"]["manual_seed"] for e in self.events(kind="start")]
        self.assertEqual(seeds[0], seeds[1])
        self.train(self.ranks_config("alone", steps=8, manual_seed=seeds[0]), "--as-ranks", "2")
        self.assertEqual(self.weights(8), self.weights(8, "alone"))

    def test_another_number_of_ranks_goes_on_and_says_so(self):
        config = self.ranks_config(steps=8, save=4)
        self.train_ranks(config, "--set", "train.total_iter=4")
        self.train(config, "--auto-resume")
        self.assertEqual(self.events(kind="progress")[-1]["samples"], 4 * 4 * 2 + 4 * 4)
        self.assertTrue(any("2 ranks" in e["message"] for e in self.events(kind="warning")))

    def test_num_gpu_without_a_launcher_says_how_to_start(self):
        done = self.run_program("check", "--config", self.config(num_gpu=4))
        self.assertIn("warning: num_gpu: 4 asks for so many processes", done.stdout)
        done = self.train(self.config(num_gpu=4), code=2)
        self.assertIn(f"\n  torchrun --standalone --nproc-per-node=4 --no-python {PROGRAM} --config {self.folder}/run.yml\n", done.stderr)
        odd = self.folder / "it's.yml"
        odd.write_text(self.config().read_text())
        done = self.train(odd, "--set", "num_gpu=2", code=2)
        self.assertIn(f"""--nproc-per-node=2 --no-python {PROGRAM} --config '{self.folder}/it'\\''s.yml' --set num_gpu=2\n""", done.stderr)
        self.train(self.config(steps=2, num_gpu="auto"))
        done = self.train(self.config(), "--as-ranks", "2", "--set", "datasets.train.accum_iter=2", code=2)
        self.assertIn("--as-ranks", done.stderr)

    def test_check_looks_once(self):
        processes = self.launch("check", "--config", self.ranks_config())
        printed = [process.communicate(timeout=self.timeout_s)[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0])
        self.assertIn("every setting is valid", printed[0])
        self.assertEqual(printed[1], "")

    @unittest.skipUnless(TORCHRUN, "there is no torchrun")
    def test_torchrun_starts_it_and_starts_it_again(self):
        end = 200
        self.train(self.ranks_config("alone", steps=end, save=50), "--as-ranks", "2")
        for lost in (1, 0):
            config = self.ranks_config(f"lost_{lost}", steps=end, save=10)
            run = subprocess.Popen([TORCHRUN, "--standalone", "--nproc-per-node=2", "--max-restarts=1", "--no-python", str(PROGRAM),
                                    "--config", str(config)], cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True)
            self.addCleanup(kill_group, run)
            wait_for_step(self, run, 20, f"lost_{lost}")
            os.kill(self.rank_of(run, lost), signal.SIGKILL)
            said = run.communicate(timeout=self.timeout_s)[1]
            self.assertEqual(run.returncode, 0, said[-2000:])
            starts = self.events(f"lost_{lost}", "start")
            self.assertEqual(len(starts), 2)
            self.assertGreaterEqual(starts[1]["step"], 10)
            self.assertEqual(self.weights(end, f"lost_{lost}"), self.weights(end, "alone"))

    @staticmethod
    def rank_of(launcher, rank):
        """The process that a launcher started as this rank."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent == launcher.pid and f"RANK={rank}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    return int(process.name)
        raise AssertionError(f"the launcher has no rank {rank}")


if __name__ == "__main__":
    unittest.main()
