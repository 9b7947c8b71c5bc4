"""Binaries search for libraries in folders that are named from the root or beside them, never in the working directory:
runpath_test.py <build folder> <program> [library...]

An empty element of a search path is the working directory: who unpacks a data set that holds a libzip.so.4 and starts the
program there would run it. And what an attacker finds in them is where he cannot know, and what he writes is not run:
position-independent, no stack or segment that is both written and executed, tables of calls read-only."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD, *BINARIES = map(pathlib.Path, sys.argv[1:])


def dynamic_section(file):
    return subprocess.run(["readelf", "-W", "--dynamic", file], check=True, capture_output=True, text=True).stdout


def search_paths(file):
    return re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic_section(file))


def elf(option, file):
    return subprocess.run(["readelf", "-W", option, file], check=True, capture_output=True, text=True).stdout


class Hardening(unittest.TestCase):
    def test_nothing_lies_at_a_known_place_and_nothing_is_both_written_and_run(self):
        for file in BINARIES:
            self.assertRegex(elf("--file-header", file), r"Type:\s+DYN", file)
            segments = elf("--segments", file)
            self.assertIn("GNU_RELRO", segments, file)
            self.assertRegex(segments, r"GNU_STACK(\s+0x\w+){5}\s+RW\s", file)
            self.assertNotIn("RWE", segments, file)

    def test_programs_that_are_handed_out_bind_their_calls_at_the_start(self):
        for file in (BINARIES[0], BUILD / "test/gpu_tests"):
            self.assertRegex(dynamic_section(file), r"\(FLAGS_1\).*NOW", file)

    def test_what_reads_from_outside_checks_its_stack_and_its_buffers(self):
        symbols = elf("--dyn-syms", BINARIES[0])
        if re.search(r"__(a|t)san_init", symbols):
            self.skipTest("built with a sanitizer, which checks more")
        self.assertIn("__stack_chk_fail@", symbols)
        if "CMAKE_BUILD_TYPE:STRING=Debug" not in (BUILD / "CMakeCache.txt").read_text():
            self.assertRegex(symbols, r"__(mem|str|vsn|sn)\w+_chk@")


class SearchPaths(unittest.TestCase):
    def assert_safe(self, file):
        for path in search_paths(file):
            for element in path.split(":"):
                self.assertRegex(element, r"^(/|\$ORIGIN(/|$))", f"{file} searches '{path}'")

    def test_of_what_was_built(self):
        for file in BINARIES:
            self.assert_safe(file)

    def test_of_what_is_installed(self):
        with tempfile.TemporaryDirectory() as prefix:
            subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, capture_output=True)
            files = [f for f in pathlib.Path(prefix).rglob("*") if f.is_file() and f.read_bytes()[:4] == b"\x7fELF"]
            self.assertEqual({f.name for f in files}, {f.name for f in BINARIES})
            for file in files:
                self.assert_safe(file)

    def test_a_library_in_the_working_directory_is_not_loaded(self):
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic_section(BINARIES[0]))
        self.assertIn("libc.so.6", needed)
        environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        with tempfile.TemporaryDirectory() as folder:
            for name in needed:
                (pathlib.Path(folder) / name).write_text("no library")  # loading it ends the program
            done = subprocess.run([BINARIES[0].resolve(), "--version"], cwd=folder, env=environment, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
