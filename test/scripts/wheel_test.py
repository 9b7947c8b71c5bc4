"""The wheel (scripts/bundle/make_wheel.py) of an archive of stand-ins, installed by pip into an environment of its own."""
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
import venv
import zipfile
from importlib.util import find_spec

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = b"""#!/bin/sh
echo "libraries=$LD_LIBRARY_PATH"
for argument; do echo "argument=$argument"; done
exit 6
"""


def archive_in(folder, version="0.1.0"):
    top = f"sr-train-{version}-linux-x86_64"
    path = folder / f"{top}.tar.gz"
    files = {"README.md": (b"# sr-train\n", 0o644), "docs/export.md": (b"left out", 0o644),
             "sr-train": ((ROOT / "scripts/bundle/launcher.sh").read_bytes(), 0o755),
             "libexec/sr-train": (PROGRAM, 0o755), "libexec/gpu_tests": (b"left out", 0o755), "licenses/a.txt": (b"a", 0o644),
             "LICENSE": (b"the owner's", 0o644)}
    with tarfile.open(path, "w:gz") as tar:
        for name, (content, mode) in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size, member.mode, member.mtime = len(content), mode, 1_700_000_000
            tar.addfile(member, io.BytesIO(content))
    return path


class Wheel(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sr wheel ")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve()

    def make(self, name="wheels", archive=None):
        folder = self.folder / name
        folder.mkdir()
        command = [sys.executable, ROOT / "scripts/bundle/make_wheel.py", archive or archive_in(self.folder), folder]
        return subprocess.run(command, capture_output=True, text=True), folder

    def test_the_same_archive_gives_the_same_bytes_and_only_what_runs(self):
        wheels = []
        for name in ("one", "two"):
            done, folder = self.make(name)
            self.assertEqual(done.returncode, 0, done.stderr)
            wheels.append(folder / "sr_train-0.1.0-py3-none-manylinux_2_35_x86_64.whl")
        self.assertEqual(wheels[0].read_bytes(), wheels[1].read_bytes())
        with zipfile.ZipFile(wheels[0]) as wheel:
            self.assertIsNone(wheel.testzip())
            for name in ("libexec/sr-train", "LICENSE", "licenses/a.txt"):
                self.assertIn(f"sr_train/{name}", wheel.namelist())
            self.assertFalse([name for name in wheel.namelist() if "gpu_tests" in name or "docs/" in name])
            self.assertIn("Requires-Dist: torch ==2.11.*", wheel.read("sr_train-0.1.0.dist-info/METADATA").decode())

    def test_another_archive_is_refused(self):
        other = self.folder / "other.tar.gz"
        with tarfile.open(other, "w:gz") as tar:
            tar.addfile(tarfile.TarInfo("other/README.md"), io.BytesIO(b""))
        done, folder = self.make(archive=other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("other.tar.gz", done.stderr)
        self.assertEqual(list(folder.iterdir()), [])

    @unittest.skipUnless(find_spec("ensurepip"), "this Python makes no environments with pip")
    def test_pip_installs_a_command_that_becomes_the_program_and_takes_it_away_again(self):
        _, wheels = self.make()
        environment = self.folder / "environment"
        venv.create(environment, with_pip=True)
        python = environment / "bin/python"
        pip = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
        subprocess.run([*pip, "install", "--no-index", "--no-deps", next(wheels.glob("*.whl"))], check=True, capture_output=True)
        command = environment / "bin/sr-train"

        def run(*arguments):
            return subprocess.run([command, *arguments], capture_output=True, text=True, cwd=self.folder, env={"PATH": "/usr/bin:/bin"})

        (self.folder / "torch/lib").mkdir(parents=True)  # not taken from the working directory
        (self.folder / "torch/lib/libtorch_cpu.so").touch()
        without = run("--version")
        self.assertEqual(without.returncode, 2)
        self.assertIn("pip install torch==2.11.0", without.stderr)
        packages = pathlib.Path(subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"], check=True,
                                               capture_output=True, text=True).stdout.strip())
        torch = packages / "torch"
        (torch / "lib").mkdir(parents=True)
        (torch / "lib/libtorch_cpu.so").touch()
        (torch / "__init__.py").write_text("raise SystemExit('torch was imported')")
        (torch / "version.py").write_text("__version__ = '2.11.0+cpu'\n")
        done = run("--config", "a b.yml")
        self.assertEqual((done.returncode, done.stderr), (6, ""))
        self.assertEqual(done.stdout.splitlines(), [f"libraries={torch}/lib", "argument=--config", "argument=a b.yml"])
        subprocess.run([*pip, "uninstall", "-y", "sr-train"], check=True, capture_output=True)
        self.assertFalse(command.exists() or (packages / "sr_train").exists())


if __name__ == "__main__":
    unittest.main()
