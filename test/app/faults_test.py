"""A few of the faults of scripts/fault_injection.sh."""
import errno
import pathlib
import shutil
import sys
import tempfile

from harness import SOURCE, Case, unittest

sys.path.insert(0, str(SOURCE / "scripts/fault_injection"))
from faults import STEPS, Faults, build_shim  # noqa: E402


@unittest.skipUnless(shutil.which("cc"), "no C compiler")
class FaultsTest(Case, Faults):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="sr-shim-")
        cls.addClassCleanup(temporary.cleanup)
        cls.shim = build_shim(pathlib.Path(temporary.name))

    def undisturbed(self):
        self.train(self.settings("whole"))
        return self.result("whole")

    def test_states_that_cannot_be_read_are_no_reason_to_begin_anew(self):
        config = self.settings()
        self.train(config)
        before = sorted(self.experiment().parent.iterdir())
        for call, number in (("open", errno.EACCES), ("open", errno.EMFILE), ("read", errno.EIO), ("read", errno.ESTALE)):
            done = self.faulty(config, "--auto-resume", path=".state", call=call, number=number)
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn(f"{STEPS}.state", done.stderr)
            self.assertEqual(sorted(self.experiment().parent.iterdir()), before)

    def test_reports_and_pictures_on_a_full_disk_cost_nothing(self):
        wanted = self.undisturbed()
        for name, path in (("run-log", "train.log"), ("run-events", "events.jsonl"), ("run-tb", "tb_logger"),
                           ("run-pictures", "visualization/")):
            done = self.faulty(self.settings(name), path=path, first=2)
            self.assertGreater(done.calls, 1, path)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(path, done.stdout)  # in a warning
            self.assertEqual(self.result(name), wanted)

    def test_a_state_that_cannot_be_written_leaves_the_last_good_one(self):
        wanted = self.undisturbed()
        for call in ("write", "fsync", "rename"):
            config = self.settings(call)
            calls = self.faulty(config, path=".state", call=call, first=0).calls
            shutil.rmtree(self.experiment(call))
            done = self.faulty(config, path=".state", call=call, first=calls // 2 + 1)
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertIn(".state", done.stderr)
            self.train(config, "--auto-resume")
            self.assertEqual(self.result(call), wanted)
            self.assertEqual(self.leftovers(call), [])

    def test_best_weights_that_cannot_be_written_are_written_later(self):
        wanted = self.undisturbed()
        for name, last in (("once", 1), ("always", 0)):
            config = self.settings(name)
            done = self.faulty(config, path="net_g_best", last=last)
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertIn("net_g_best", done.stderr)
            self.train(config, "--auto-resume")
            self.assertEqual(self.result(name), wanted)

    def test_weights_that_cannot_be_read_back_are_a_storage_error(self):
        done = self.faulty(self.settings(), path="models/net_g_", call="read", number=errno.EIO)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("cannot be read back", done.stderr)
        self.assertIn("models/net_g_", done.stderr)


if __name__ == "__main__":
    unittest.main()
