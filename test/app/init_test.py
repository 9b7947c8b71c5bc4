"""sr-train init and completion as a newcomer uses them."""
import shutil
import subprocess

from harness import PROGRAM, SOURCE, Case, unittest

TINY = SOURCE / "data/tiny/train"


class Init(Case):
    def test_what_it_writes_is_accepted_and_trains_as_it_is(self):
        images = self.folder / "photos"
        shutil.copytree(TINY / "hr", images)
        file = self.folder / "my.yml"
        done = self.run_program("init", "--input", images, "--output", file, "--network", "superultracompact")
        self.assertIn("for validation", done.stdout)
        number = len(list(images.rglob("*.png")))
        listed = [len((self.folder / f"my_{name}.txt").read_text().splitlines()) for name in ("train", "val")]
        self.assertEqual(sum(listed), number)
        checked = self.run_program("check", "--config", file).stdout
        self.assertIn(f"datasets.train: {listed[0]} images", checked)
        self.assertIn(f"datasets.val: {listed[1]} images", checked)
        self.run_program("--config", file, "--set", "train.total_iter=3", "--set", "val.val_freq=3", "--set",
                         f"path.experiments_root={self.folder}/experiments")
        self.assertTrue((self.folder / "experiments/2x_photos/models/net_g_3.safetensors").exists())

    def test_files_that_are_there_stay(self):
        file = self.folder / "my.yml"
        file.write_text("mine")
        self.run_program("init", "--input", TINY / "hr", "--output", file, code=2)
        self.assertEqual(file.read_text(), "mine")
        self.assertFalse((self.folder / "my_train.txt").exists())
        self.run_program("init", "--input", TINY / "hr", "--output", file, "--overwrite")
        self.assertIn("name: 2x_train", file.read_text())

    def test_a_folder_is_enough(self):
        done = self.run_program("init", TINY / "hr")
        self.assertIn("2x_train.yml: scale 2", done.stdout)
        self.run_program("check", "--config", "2x_train.yml")
        self.run_program("init", "--input", TINY / "hr", code=2)  # what is there stays

    def test_the_folder_is_needed_once(self):
        text = self.run_program("init", "--help").stdout
        self.assertNotIn("REQUIRED", text)
        self.assertIn("sr-train init FOLDER", self.run_program("init", code=2).stderr)

    def test_a_folder_is_no_place_for_the_configuration(self):
        (self.folder / "experiments").mkdir()
        for output in ("experiments", "experiments/", "new/"):
            for overwrite in ((), ("--overwrite",)):
                done = self.run_program("init", TINY / "hr", "-o", output, *overwrite, code=2)
                self.assertIn("is a folder; --output names the file to write", done.stderr)
                self.assertNotIn("remove", done.stderr)
        self.assertEqual(list((self.folder / "experiments").iterdir()), [])

    def test_mistakes_are_named(self):
        for arguments, text in ((("--network", "nonet"), "nonet"), (("--scale", "7"), "--scale 7")):
            done = self.run_program("init", "--input", TINY / "hr", "--output", self.folder / "my.yml", *arguments,
                                    code=2)
            self.assertIn(text, done.stderr)
        self.run_program("init", "--input", self.folder / "nowhere", "--output", self.folder / "my.yml", code=3)


class Completion(Case):
    def complete(self, line):
        """What bash offers behind these words; the last one is being typed."""
        words = " ".join(f"'{word}'" for word in line)
        script = f'eval "$("{PROGRAM}" completion bash)"; COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; ' \
                 '_sr_train; printf "%s\\n" "${COMPREPLY[@]}"'
        return subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout.split()

    def test_bash_completes_commands_and_their_options(self):
        self.assertIn("upscale", self.complete(["sr-train", "up"]))
        self.assertEqual(self.complete(["sr-train", "chec"]), ["check"])
        self.assertEqual(self.complete(["sr-train", "prepare", "--lr"]), ["--lr-only"])
        self.assertIn("--auto-resume", self.complete(["sr-train", "--a"]))
        self.assertEqual(self.complete(["sr-train", "--device", ""]), [])

    def test_values_that_are_a_few_words_are_completed(self):
        self.assertEqual(sorted(self.complete(["sr-train", "export", "--to", ""])), ["ncnn", "onnx", "pth", "safetensors"])
        self.assertEqual(self.complete(["sr-train", "export", "-m", "x.pth", "--to", "o"]), ["onnx"])
        self.assertEqual(sorted(self.complete(["sr-train", "upscale", "--bits", ""])), ["16", "8", "same"])
        self.assertEqual(self.complete(["sr-train", "completion", "f"]), ["fish"])
        self.assertEqual(self.complete(["sr-train", "upscale", "--to", ""]), [])
        zsh = self.run_program("completion", "zsh").stdout
        self.assertRegex(zsh, r"\*--to\[.*\]:value:\(onnx ncnn pth safetensors\)")
        fish = self.run_program("completion", "fish").stdout
        self.assertRegex(fish, r"-l to -x -a 'onnx ncnn pth safetensors'")

    def test_every_option_of_the_help_is_in_each_script(self):
        options = [word for word in self.run_program("upscale", "--help").stdout.replace(",", " ").replace(":", " ").split()
                   if word.startswith("--")]
        self.assertGreater(len(options), 10)
        for shell in ("bash", "zsh", "fish"):
            script = self.run_program("completion", shell).stdout
            for option in options:
                self.assertIn(option if shell != "fish" else f"-l {option[2:]}", script)
        self.run_program("completion", "csh", code=2)

    def test_help_is_cut_at_the_end_of_its_first_sentence(self):
        script = self.run_program("completion", "fish").stdout
        for text in ("Override one setting by its YAML path, e.g. --set train.total_iter=200; for more settings repeat --set",
                     "Behave as if the device had only this much, e.g. 4GiB",
                     "Weights (.safetensors, .pth): the file alone decides the network",
                     "Cut images into tiles of at most N x N pixels; without it only when memory runs out"):
            self.assertIn(f"-d '{text}'\n", script)

    def test_scripts_are_in_the_grammar_of_their_shell(self):
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell):
                script = self.run_program("completion", shell).stdout
                subprocess.run([shell, "-n"], input=script, text=True, check=True)


if __name__ == "__main__":
    unittest.main()
