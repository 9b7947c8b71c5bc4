"""The README's commands, as they stand there, on a folder that has what they name."""
import os
import pathlib
import re
import shutil
import subprocess

from harness import PROGRAM, SOURCE, Case, unittest

TINY = SOURCE / "data/tiny"
# What a command may take from elsewhere, or needs another machine: each with a test of its own.
ELSEWHERE = ("git clone", "scripts/", "./sr-train", "python", "torchrun")


class Readme(Case):
    timeout_s = 240

    def setUp(self):
        super().setUp()
        self.text = (SOURCE / "README.md").read_text()
        for source, target in (("train/hr", "photos"), ("train/hr", "path/hr"), ("train/lr_x2", "path/lr"),
                               ("val/hr", "path/val_hr"), ("val/lr_x2", "path/val_lr")):
            shutil.copytree(TINY / source, self.folder / target)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/sr-train").symlink_to(PROGRAM)
        self.environment["PATH"] = f"{self.folder}/bin:{self.environment['PATH']}"

    def blocks(self, language):
        fenced = self.text.split("```")[1::2]
        return [block.partition("\n")[2] for block in fenced if block.partition("\n")[0] == language]

    def commands(self):
        """The lines of the blocks without a language, and what stands in the text, that begin with the program's name."""
        lines = [line for block in self.blocks("") for line in block.splitlines()]
        lines += re.findall(r"`(sr-train [^`]*?--[^`]*)`", self.text)
        return [line.split("  #")[0].strip() for line in lines if re.match(r"sr-train [a-z-]", line)]

    def make_what_is_not_in_the_sources(self):
        """Weights of somebody else's 4x network; a film where there is one."""
        somebody = self.config("somebody", steps=1, scale=4, logger={"save_checkpoint_format": "pth"})
        self.train(somebody)
        shutil.copy(self.experiment("somebody") / "models/net_g_1.pth", self.folder / "4x_somebody.pth")
        clips = sorted(pathlib.Path(os.environ.get("SR_SHARED_DATA", SOURCE / "../shared/data")).glob("video/*.mp4"))
        if clips:
            shutil.copy(min(clips, key=lambda clip: clip.stat().st_size), self.folder / "film.mp4")

    def test_every_command_does_what_it_says(self):
        commands = self.commands()
        self.assertGreaterEqual(len(commands), 8)
        [document] = [block for block in self.blocks("yaml") if "name: 2x_mine" in block]
        (self.folder / "my.yml").write_text(document.replace("total_iter: 100000", "total_iter: 4")
                                            .replace("lq_size: 48", "lq_size: 16"))
        self.make_what_is_not_in_the_sources()
        for command in commands:
            with self.subTest(command):
                if "film.mp4" in command and not (self.folder / "film.mp4").exists():
                    self.skipTest("no clip at hand")
                if "init" in command:
                    command = command.replace("my.yml", "made.yml")
                command = command.replace("total_iter=200", "total_iter=6")
                if "2x_mine.safetensors" in command:  # the line before them copies it
                    shutil.copy(self.experiment("2x_mine") / "models/net_g_best.safetensors", self.folder / "2x_mine.safetensors")
                done = subprocess.run(command, shell=True, cwd=self.folder, env=self.environment, capture_output=True,
                                      text=True, timeout=self.timeout_s)
                self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
        for made in ("photos_2x", "sets/photos/hr", "made.yml", "experiments/2x_mine/report.html"):
            self.assertTrue((self.folder / made).exists(), made)

    def test_other_lines_are_known(self):
        for block in self.blocks(""):
            for line in block.splitlines():
                if re.match(r"[a-z./]+ ", line) and not line.startswith("sr-train "):
                    self.assertTrue(line.startswith(ELSEWHERE) or "  " in line or ":" in line, line)

    def test_what_it_links_to_is_there(self):
        pages = [SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]
        for page in pages:
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", page.read_text())):
                if not target.startswith(("http", "#")):
                    path = (page.parent / target.split("#")[0]).resolve()
                    self.assertTrue(path.exists(), f"{page.relative_to(SOURCE)}: {target}")


if __name__ == "__main__":
    unittest.main()
