"""Binaries search for libraries in folders that are named from the root or beside them, never in the working directory:
runpath_test.py <build folder> <program> [library...]

An empty element of a search path is the working directory: who unpacks a data set that holds a libzip.so.4 and starts the
program there would run it."""
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
