"""What scripts/bundle/check_archive.py refuses, on small libraries made by the compiler."""
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "scripts/bundle/check_archive.py"


class CheckArchiveTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sr-archive-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def library(self, name, source, *options):
        file = self.folder / name
        command = ["g++", "-shared", "-fPIC", "-o", file, "-x", "c++", "-", "-x", "none", *options]
        subprocess.run(command, input=source, text=True, check=True)
        return file

    def check(self, *files):
        archive = self.folder / "archive.tar.gz"
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            for file in files:
                tar.add(file, f"top/{file.name}")
        result = subprocess.run([sys.executable, CHECK, archive], capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        return result.returncode, result.stdout

    def test_a_library_of_the_runtime_alone_passes(self):
        code, output = self.check(self.library("plain.so", "int answer() { return 42; }"))
        self.assertEqual(code, 0)
        self.assertIn("nothing unexpected", output)

    def test_another_library_a_search_path_and_a_foreign_symbol_are_named(self):
        other = self.library("libother.so", "int other() { return 1; }", "-Wl,-soname,libother.so")
        file = self.library("bad.so", 'int other(); extern "C" int png_read() { return other(); }', other, "-Wl,-rpath,/somewhere")
        code, output = self.check(file)
        self.assertEqual(code, 1)
        for problem in ("needs libother.so", "searches /somewhere", "exports png_read"):
            self.assertIn(f"top/bad.so: {problem}\n", output)

    def test_the_cuda_runtime_is_for_the_cuda_library_alone(self):
        runtime = self.library("libcudart.so.13", "int start() { return 0; }", "-Wl,-soname,libcudart.so.13")
        source = "int start(); int run() { return start(); }"
        self.assertEqual(self.check(self.library("libsr_cuda.so", source, runtime))[0], 0)
        code, output = self.check(self.library("sr-train", source, runtime))
        self.assertEqual((code, output), (1, "top/sr-train: needs libcudart.so.13\n"))

    def test_a_symbol_newer_than_the_oldest_system_is_named_with_its_version(self):
        versions = self.folder / "versions"
        versions.write_text("GLIBC_2.99 { global: brand_new; };")
        runtime = self.library("libm.so.6", 'extern "C" int brand_new() { return 0; }', "-Wl,-soname,libm.so.6",
                               f"-Wl,--version-script={versions}", "-nostdlib")
        user = self.library("user.so", 'extern "C" int brand_new(); int run() { return brand_new(); }', runtime, "-nostdlib")
        code, output = self.check(user)
        self.assertEqual((code, output), (1, "top/user.so: needs GLIBC_2.99: brand_new@GLIBC_2.99\n"))

    def program(self, name, *options):
        file = self.folder / name
        source = "#include <cstring>\nint main(int n, char** a) { char s[64]; std::strcpy(s, a[n - 1]); return s[0]; }"
        subprocess.run(["g++", "-O2", "-o", file, "-x", "c++", "-", *options], input=source, text=True, check=True)
        return file

    def test_a_program_without_guards_is_named_with_each_that_it_lacks(self):
        guarded = ("-fPIE", "-pie", "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-Wl,-z,relro,-z,now")
        code, output = self.check(self.program("guarded", *guarded))
        self.assertEqual(code, 0, output)
        code, output = self.check(self.program("bare", "-no-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-Wl,-z,norelro,-z,lazy"))
        self.assertEqual(code, 1)
        for problem in ("has a fixed place in memory", "has tables of calls, or code, that can be written", "looks its calls up while it runs",
                        "was compiled without stack protector", "was compiled without checked functions of the C library"):
            self.assertIn(f"top/bare: {problem}\n", output)

    def test_an_archive_that_is_too_large_or_holds_no_program_is_refused(self):
        noise = self.folder / "noise"
        noise.write_bytes(os.urandom(40_100_000))
        code, output = self.check(noise)
        self.assertEqual(code, 1)
        self.assertIn("more than 40,000,000", output)
        self.assertIn("holds no program", output)


if __name__ == "__main__":
    unittest.main()
