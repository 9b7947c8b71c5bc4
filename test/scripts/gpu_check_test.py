"""scripts/gpu_check.sh: a few checks on the CPU in place of a GPU, and what it does when checks fail."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/gpu_check.sh"


def check(folder, *checks, **environment):
    return subprocess.run([SCRIPT, "--out", folder, *checks], capture_output=True, text=True,
                          env={**os.environ, "SR_CHECK_DEVICE": "cpu", **environment})


class GpuCheck(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="gpu-check-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def test_checks_pass_on_the_cpu_and_are_written_down(self):
        done = check(self.folder, "band", "external")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = [line.split()[:2] for line in done.stdout.splitlines()[:-1]]
        self.assertEqual(results, 3 * [["PASS", "band"]] + [["SKIP", "external"]])
        table = (self.folder / "gpu_check.md").read_text()
        self.assertIn("CPU in place of a GPU", table)
        self.assertEqual(table.count("| PASS |"), 3)
        self.assertIn('"event": "size_decision"', (self.folder / "events.jsonl").read_text())

    def test_it_goes_on_after_a_failure_and_says_it_with_its_exit_code(self):
        done = check(self.folder, "tests", "band", SR_TRAIN="/bin/false", GPU_TESTS="/bin/false")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([line.split()[:2] for line in done.stdout.splitlines()[:-1]],
                         [["FAIL", "tests"]] + 3 * [["FAIL", "band"]])
        self.assertEqual((self.folder / "gpu_check.md").read_text().count("**FAIL**"), 4)

    def test_an_unknown_check_is_refused(self):
        done = check(self.folder, "bands")
        self.assertEqual(done.returncode, 2)
        self.assertIn("bands", done.stderr)


if __name__ == "__main__":
    unittest.main()
