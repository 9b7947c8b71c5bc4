"""The bundle's launcher (scripts/bundle/launcher.sh) with stand-ins for LibTorch, python3 and the program."""
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

LAUNCHER = pathlib.Path(__file__).resolve().parents[2] / "scripts/bundle/launcher.sh"

# Stands in for the program: shows what it was started with, then does what its first argument says.
PROGRAM = """#!/bin/sh
echo "libraries=$LD_LIBRARY_PATH"
for argument; do echo "argument=$argument"; done
case ${1:-} in
  exit) exit "$2" ;;
  sleep) exec sleep 60 ;;
esac
"""


class LauncherTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sr launcher ")  # every path has blanks in it
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve()
        self.launcher = self.install("sr-train")
        self.tools = self.folder / "tools"  # a PATH without python3
        self.tools.mkdir()
        for tool in ("readlink", "sed", "cat", "paste", "sleep"):
            (self.tools / tool).symlink_to(shutil.which(tool))
        self.environment = {"PATH": str(self.tools), "HOME": str(self.folder)}

    def install(self, name):
        launcher = self.folder / "archive" / name
        program = self.folder / "archive/libexec" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(LAUNCHER, launcher)
        program.write_text(PROGRAM)
        program.chmod(0o755)
        return launcher

    def torch(self, place="site-packages", version="2.11.0+cpu"):
        """A torch package without anything in it but what the launcher looks at."""
        package = self.folder / place / "torch"
        (package / "lib").mkdir(parents=True)
        (package / "lib/libtorch_cpu.so").touch()
        (package / "__init__.py").write_text("raise SystemExit('torch was imported')")
        (package / "version.py").write_text(f"from typing import Optional\n\n__version__ = '{version}'\ncuda = None\n")
        return package

    def python(self, *paths):
        """python3 on PATH, with these folders on its sys.path."""
        real = shutil.which("python3")
        script = self.tools / "python3"
        folders = ":".join(map(str, paths))
        script.write_text(f"#!/bin/sh\nPYTHONPATH='{folders}' exec '{real}' -S \"$@\"\n")
        script.chmod(0o755)

    def run_launcher(self, *arguments, launcher=None, **environment):
        return subprocess.run([launcher or self.launcher, *map(str, arguments)], capture_output=True, text=True,
                              env={**self.environment, **environment}, cwd=self.folder, timeout=60)

    def assert_started(self, result, package, *arguments):
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 0)
        expected = [f"libraries={package}/lib", *(f"argument={argument}" for argument in arguments)]
        self.assertEqual(result.stdout.splitlines(), expected)

    def assert_refused(self, result, *texts):
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        for text in texts:
            self.assertIn(text, result.stderr)

    def test_the_option_takes_the_package_its_parent_its_library_folder_and_its_environment(self):
        package = self.torch("venv/lib/python3.12/site-packages")
        for place in (package, package.parent, package / "lib", f"{package}/", self.folder / "venv"):
            self.assert_started(self.run_launcher("--libtorch", place), package)

    def test_arguments_pass_through_in_their_order_and_the_option_is_taken_out(self):
        package = self.torch()
        arguments = ["--config", "a b.yml", "--set", "name=*", "", "--set=x='$HOME'"]
        self.assert_started(self.run_launcher(*arguments[:2], "--libtorch", package, *arguments[2:]), package, *arguments)
        self.assert_started(self.run_launcher(*arguments, f"--libtorch={package}"), package, *arguments)

    def test_the_option_without_a_folder_is_refused(self):
        self.assert_refused(self.run_launcher("--version", "--libtorch"), "--libtorch", "missing")

    def test_the_environment_variable_counts_and_the_option_wins_over_it(self):
        package = self.torch()
        other = self.torch("other")
        self.assert_started(self.run_launcher("--help", SR_LIBTORCH=str(package)), package, "--help")
        self.assert_started(self.run_launcher("--libtorch", other, SR_LIBTORCH=str(package)), other)

    def test_the_package_of_python3_is_found_without_importing_it(self):
        package = self.torch()
        self.python(package.parent)
        self.assert_started(self.run_launcher("check"), package, "check")

    def test_a_folder_named_torch_in_the_working_directory_is_no_package(self):
        self.torch(".")
        self.python()
        self.assert_refused(self.run_launcher(), "pip install torch==2.11.0")

    def test_without_any_libtorch_it_says_what_to_install(self):
        without_python = self.run_launcher("--help")
        self.python()
        without_package = self.run_launcher("--help")
        for result in without_python, without_package:
            self.assert_refused(result, "pip install torch==2.11.0 ", "--libtorch DIR")
            self.assertEqual([line[:10] for line in result.stderr.splitlines()], ["sr-train: ", "  install ", "  or name "])

    def test_a_named_folder_without_libtorch_is_refused_although_python3_has_one(self):
        self.python(self.torch().parent)
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_refused(self.run_launcher("--libtorch", empty), str(empty), "libtorch_cpu.so")
        self.assert_refused(self.run_launcher(SR_LIBTORCH=str(empty)), f"SR_LIBTORCH={empty}", "libtorch_cpu.so")

    def test_another_version_is_refused_by_name(self):
        for version in ("2.10.0", "2.12.0+cu130", "2.110.0", "2.1", "3.11.0"):
            package = self.torch(version, version)
            self.assert_refused(self.run_launcher("--libtorch", package), f"LibTorch {version}, ", "for LibTorch 2.11")

    def test_builds_and_later_fixes_of_the_version_are_taken(self):
        for version in ("2.11.0", "2.11.1+cu130", "2.11.0+cpu"):
            package = self.torch(version, version)
            self.assert_started(self.run_launcher("--libtorch", package), package)

    def test_a_build_for_another_cuda_version_starts_and_a_line_says_what_it_cannot(self):
        result = self.run_launcher("--libtorch", self.torch(version="2.11.0+cu128"), "exit", 0)
        self.assertEqual(result.returncode, 0)
        self.assertIn("argument=exit", result.stdout)
        self.assertIn("2.11.0+cu128 is not for CUDA 13", result.stderr)

    def test_the_version_of_a_cpp_archive_and_of_bare_headers(self):
        package = self.torch()
        (package / "version.py").unlink()
        self.assert_refused(self.run_launcher("--libtorch", package), "unknown version")
        header = package / "include/torch/headeronly/version.h"
        header.parent.mkdir(parents=True)
        header.write_text("#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 11\n#define TORCH_VERSION_PATCH 0\n")
        self.assert_started(self.run_launcher("--libtorch", package), package)
        (package / "build-version").write_text("2.9.1+cpu\n")
        self.assert_refused(self.run_launcher("--libtorch", package), "LibTorch 2.9.1+cpu, ")

    def test_the_users_own_library_folders_come_after_libtorch(self):
        package = self.torch()
        result = self.run_launcher("--libtorch", package, LD_LIBRARY_PATH="/opt/own")
        self.assertEqual(result.stdout, f"libraries={package}/lib:/opt/own\n")

    def test_nothing_is_searched_for_in_the_working_directory(self):
        package = self.torch()
        for own in ("", ":", "::", ";", ".", "lib", ":lib:./x;../y:", "a b:*"):
            result = self.run_launcher("--libtorch", package, LD_LIBRARY_PATH=own)
            self.assertEqual(result.stdout, f"libraries={package}/lib\n", own)
        for own in (":/opt/a b", "/opt/a b:", "lib;/opt/a b;;.", "*:/opt/a b"):
            result = self.run_launcher("--libtorch", package, LD_LIBRARY_PATH=own)
            self.assertEqual(result.stdout, f"libraries={package}/lib:/opt/a b\n", own)

    def test_a_package_in_the_working_directory_is_not_taken_by_an_empty_python_path(self):
        self.torch(".")
        script = self.tools / "python3"
        script.write_text(f"#!/bin/sh\nexec '{shutil.which('python3')}' -S \"$@\"\n")
        script.chmod(0o755)
        for own in ("", ":", ":/nowhere", "/nowhere:", ".", "./"):
            self.assert_refused(self.run_launcher(PYTHONPATH=own), "pip install torch==2.11.0")
        package = self.torch("packages")
        self.assert_started(self.run_launcher(PYTHONPATH=f":{package.parent}"), package)

    def test_it_starts_in_folders_of_any_name(self):
        package = self.torch()
        for name in ("-n", "a'b\"c", "$HOME", "`x`", "a\nb", "*", "x\x1b[31m"):
            place = self.folder / name
            place.mkdir()
            result = subprocess.run([self.launcher, "--libtorch", package], capture_output=True, text=True, cwd=place,
                                    env=self.environment, timeout=60)
            self.assert_started(result, package)

    def test_a_folder_that_cannot_be_searched_is_refused(self):
        self.assert_refused(self.run_launcher("--libtorch", self.torch("a:b")), "a:b")
        moved = self.folder / "torch\n"
        self.torch("c").rename(moved)
        self.assert_refused(self.run_launcher("--libtorch", moved), "new line")

    def test_exit_codes_pass_through(self):
        package = self.torch()
        for code in (0, 3, 143):
            self.assertEqual(self.run_launcher("--libtorch", package, "exit", code).returncode, code)

    def test_signals_reach_the_program_for_it_takes_the_launchers_place(self):
        process = subprocess.Popen([self.launcher, "--libtorch", self.torch(), "sleep"], env=self.environment,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.assertTrue(process.stdout.readline())  # the program runs
        process.terminate()
        self.assertEqual(process.wait(timeout=30), -signal.SIGTERM)

    def test_a_link_to_the_launcher_and_a_second_program_find_their_place(self):
        package = self.torch()
        link = self.folder / "my-trainer"
        link.symlink_to(self.launcher)
        self.assert_started(self.run_launcher("--libtorch", package, launcher=link), package)
        second = self.install("gpu_tests")
        (self.folder / "archive/libexec/sr-train").unlink()
        self.assert_started(self.run_launcher("--libtorch", package, launcher=second), package)


if __name__ == "__main__":
    unittest.main()
