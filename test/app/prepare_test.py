"""sr-train prepare as a user runs it: from a folder of pictures to a training, through kills and mistakes."""
import os
import re
import shlex
import shutil
import subprocess
import time

from harness import PROGRAM, SOURCE, Case, signal, unittest

TINY = SOURCE / "data/tiny/train/hr"


def tree(folder):
    """{relative name: contents} of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


class Prepare(Case):
    def setUp(self):
        super().setUp()
        self.input = self.folder / "in"
        self.output = self.folder / "out"
        shutil.copytree(TINY, self.input / "deep")

    def prepare(self, *arguments, code=0, output=None, **options):
        return self.run_program("prepare", "--input", self.input, "--output", output or self.output, *arguments,
                                code=code, **options)

    def test_what_it_prints_can_be_trained_on(self):
        done = self.prepare("--crop", 48, "--step", 24, "--scale", 2)
        self.assertRegex(done.stdout, r"(?m)^done: ")
        roots = dict(re.findall(r"(dataroot_gt|dataroot_lq|type): (\S+)", done.stdout))
        train = {"name": "made", "lq_size": 16, "batch_size_per_gpu": 4, **roots}
        config = self.config(steps=4, datasets={"train": train})
        self.assertIn(f"{len(list((self.output / 'hr').rglob('*.png')))} images", self.run_program(
            "check", "--config", config).stdout)
        self.train(config)
        self.assertEqual(self.events(kind="end")[-1]["samples"], 16)

    def test_the_commands_that_it_prints_write_configurations(self):
        def commands(done):
            return re.findall(r"(?m)^  sr-train (init .*)$", done.stdout)

        odd = self.folder / "it's #1"
        for output, arguments, count in ((odd, ("--scale", 2), 1), (self.folder / "gt", (), 1),
                                         (self.folder / "both", ("--scale", 2, "--scale", 4), 2),
                                         (self.folder / "lr", ("--scale", 2, "--lr-only"), 1)):
            found = commands(self.prepare(*arguments, output=output))
            self.assertEqual(len(found), count)
            for command in found:
                done = self.run_program(*shlex.split(command))
                self.run_program("check", "--config", re.search(r"(?m)^(.*\.yml): scale ", done.stdout)[1])

    def test_what_it_prints_of_an_odd_folder_can_be_trained_on(self):
        odd = self.folder / "it's: $HOME #1"
        done = self.prepare("--scale", 2, output=odd)
        lines = done.stdout[done.stdout.index("  scale: "):].replace("\n  ", "\n")[2:]
        train = "    lq_size: 16\n    batch_size_per_gpu: 4\n"
        config = self.folder / "odd.yml"
        config.write_text(f"name: odd\n{lines}{train}network_g: {{type: compact}}\ntrain: {{total_iter: 1}}\n")
        self.assertIn("images", self.run_program("check", "--config", config).stdout)

    def test_the_longest_names_that_there_are_are_prepared_and_pair(self):
        shutil.rmtree(self.input)
        self.input.mkdir()
        for end, file in zip("ab", sorted(TINY.iterdir())):
            shutil.copy(file, self.input / ("n" * 250 + end + ".png"))
        self.prepare("--scale", 2)
        self.assertEqual({p.name for p in (self.output / "lr_x2").iterdir()}, {p.name for p in self.input.iterdir()})
        cut = self.folder / "cut"
        self.prepare("--crop", 48, "--scale", 2, output=cut)
        train = {"name": "made", "lq_size": 16, "dataroot_gt": str(cut / "hr"), "dataroot_lq": str(cut / "lr_x2")}
        config = self.config(datasets={"train": {"type": "pairedimagedataset", "batch_size_per_gpu": 4, **train}})
        self.assertIn(f"{len(list((cut / 'hr').iterdir()))} images", self.run_program("check", "--config", config).stdout)

    def test_the_frames_of_a_video_are_paired_with_it_by_its_stem(self):
        shared = os.environ.get("SR_SHARED_DATA", SOURCE / "../shared/data")
        video = SOURCE.joinpath(shared, "video/car.mp4")
        if not video.exists():
            self.skipTest("no shared data")
        shutil.rmtree(self.input)
        self.input.mkdir()
        shutil.copy(video, self.input)
        self.prepare("--scale", 4, "--lr-only", "--threads", 2)
        self.assertEqual({p.name for p in self.output.iterdir()}, {"lr_x4", "prepare.json"})
        names = sorted(p.name for p in (self.output / "lr_x4/car").iterdir())
        self.assertEqual(names, [f"{n:06}.png" for n in range(377)])

    def pictures(self):
        """How many there are while folders come and go: os.walk passes over those that are gone."""
        return sum(name.endswith(".png") for _, _, names in os.walk(self.output) for name in names)

    def test_runs_that_are_killed_add_up_to_one_that_is_not(self):
        whole = self.folder / "whole"
        arguments = ("--crop", 48, "--step", 48, "--scale", 2, "--scale", 4)
        self.prepare(*arguments, output=whole)
        wanted = tree(whole)
        kills = 0
        for enough in (1, 40, 200):
            process = subprocess.Popen([str(PROGRAM), "prepare", "-i", str(self.input), "-o", str(self.output),
                                        *map(str, arguments)], stdout=subprocess.DEVNULL)
            while process.poll() is None and self.pictures() < enough:
                time.sleep(0.001)
            process.kill()
            kills += process.wait() == -signal.SIGKILL
        self.assertGreater(kills, 0)
        self.assertLess(len(tree(self.output)), len(wanted))
        done = self.prepare(*arguments)
        self.assertIn("of an earlier run", done.stdout)
        self.assertEqual(tree(self.output), wanted)

    def test_ctrl_c_leaves_whole_files_and_the_same_command_goes_on(self):
        arguments = ("--crop", 48, "--step", 48, "--scale", 2)
        process = subprocess.Popen([str(PROGRAM), "prepare", "-i", str(self.input), "-o", str(self.output),
                                    *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        while process.poll() is None and self.pictures() < 20:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("goes on from here", stdout)
        self.assertFalse([name for name in tree(self.output) if "tmp" in name])
        self.prepare(*arguments)
        whole = self.folder / "whole"
        self.prepare(*arguments, output=whole)
        self.assertEqual(tree(self.output), tree(whole))

    def test_nothing_is_overwritten_unasked(self):
        self.prepare("--scale", 2)
        before = tree(self.output)
        refused = self.prepare("--scale", 4, code=2)
        self.assertIn(str(self.output), refused.stderr)
        self.assertIn("--overwrite", refused.stderr)
        (self.output / "hr/mine.png").write_bytes(b"precious")
        self.assertIn("mine.png", self.prepare("--scale", 2, code=2).stderr)
        (self.output / "hr/mine.png").unlink()
        self.assertEqual(tree(self.output), before)
        self.prepare("--scale", 4, "--overwrite")
        self.assertEqual({name.split("/")[0] for name in tree(self.output)}, {"hr", "lr_x4", "prepare.json"})

    def test_bad_files_are_named_and_the_good_ones_done(self):
        good = sorted((self.input / "deep").iterdir())[0].read_bytes()
        (self.input / "cut.png").write_bytes(good[:-100])
        (self.input / "text.jpg").write_text("no image")
        done = self.prepare("--scale", 2, code=3)
        self.assertIn("cut.png: ", done.stderr)
        self.assertIn("text.jpg: ", done.stderr)
        self.assertEqual(len(list((self.output / "hr").rglob("*.png"))), len(list(TINY.iterdir())))
        self.assertIn("no such folder", self.run_program("prepare", "-i", "none", "-o", "x", code=3).stderr)

    def test_the_command_line_is_checked_at_once(self):
        done = self.prepare("--crop", 50, "--step", 3, "--scale", 4, "--compression", 11, code=2)
        for option in ("--crop: 50", "--step: 3", "--compression: 11"):
            self.assertIn(option, done.stderr)
        self.assertIn("lanczos3", self.prepare("--filter", "nearest", code=2).stderr)
        self.assertIn("--filter requires --scale", self.prepare("--filter", "box", code=2).stderr)
        self.assertIn("--input", self.run_program("prepare", "--output", "x", code=2).stderr)
        self.assertIn("--lr-only", self.run_program("prepare", "--help").stdout)
        self.assertFalse(self.output.exists())

    def test_an_output_that_cannot_be_written_is_a_storage_error(self):
        (self.folder / "file").write_text("")
        self.assertIn("file", self.prepare(code=7, output=self.folder / "file/out").stderr)


if __name__ == "__main__":
    unittest.main()
