"""gpu_tests on a machine with or without a GPU: what its exit code and output promise.

    gpu_tests_test.py <gpu_tests> <file of it> ...
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = pathlib.Path(sys.argv[1])
FILES = set(sys.argv[2:])


def run(filters, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SR_")}
    return subprocess.run([PROGRAM, filters], capture_output=True, text=True, env={**clean, **environment})


class GpuTests(unittest.TestCase):
    def test_every_file_with_a_gpu_test_is_in_the_program(self):
        tagged = {str(path.relative_to(TESTS)) for path in TESTS.rglob("*.cpp")
                  if re.search(r'TEST_CASE\([^{;]*\[gpu\]', path.read_text())}
        self.assertEqual(tagged, FILES)

    def test_without_a_device_tests_skip_and_fail_where_one_is_required(self):
        usual = run("[gpu]~[any_device]")
        required = run("[gpu]~[any_device]", SR_REQUIRE_GPU="1")
        self.assertEqual(usual.returncode, 0, usual.stdout[-2000:])
        if "[skipped]" in usual.stdout:
            self.assertNotEqual(required.returncode, 0)
            self.assertIn("SR_REQUIRE_GPU=1, but: ", required.stdout)
            self.assertIn("All tests passed", usual.stdout)
        else:
            self.assertEqual(required.returncode, 0, required.stdout[-2000:])

    def test_every_test_obeys_the_requirement(self):
        listed = subprocess.run([PROGRAM, "--list-test-names-only", "[gpu]"], capture_output=True, text=True).stdout
        if "[skipped]" not in run("[gpu]~[any_device]").stdout:
            self.skipTest("this machine has a GPU")
        required = run("[gpu]", SR_REQUIRE_GPU="1").stdout
        names = [name for name in listed.splitlines() if name.strip()]
        # The one that compares two lists needs no device.
        self.assertRegex(required, rf"test cases:\s+{len(names)} \|\s+1 passed \|\s+{len(names) - 1} failed")

    def test_the_tests_themselves_pass_on_the_cpu(self):
        done = run("[any_device]", SR_GPU_TESTS_ON="cpu")
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        self.assertNotIn("[skipped]", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
