"""Runs sr-train as a user would, on data/tiny, in a temporary folder. Used by the *_test.py files beside it."""
import signal
import tempfile
import unittest

from workspace import NEVER, PROGRAM, ROOT, Workspace, metadata, tensors, wait_for_step

SOURCE = ROOT


class Case(Workspace, unittest.TestCase):
    """One temporary folder a test; `self.config()` writes a small configuration into it."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sr-app-")
        self.addCleanup(temporary.cleanup)
        self.use_folder(temporary.name)


__all__ = ["Case", "NEVER", "PROGRAM", "SOURCE", "metadata", "signal", "tensors", "unittest", "wait_for_step"]
