"""scripts/bench_step.sh with stand-ins for sr-train and PyTorch: turns, medians, ratios, and peers that fail or hang."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/bench_step.sh"

# Steps of 30 ms, after two rows of 900 ms that are warm-up; each takes 10 ms of a processor.
TRAIN = """#!/usr/bin/env python3
import json, pathlib, sys, time
config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
folder = pathlib.Path(config["path"]["experiments_root"]) / config["name"]
folder.mkdir(parents=True)
assert config["train"]["ema_decay"] == 0 and "val" not in config["datasets"]
rows = config["train"]["total_iter"] // config["logger"]["print_freq"]
with open(folder / "events.jsonl", "w") as file:
    print(json.dumps({"event": "start", "step": 0, "version": "0.1.0+stub"}), file=file)
    for i in range(rows):
        print(json.dumps({"event": "progress", "step": i, "step_ms": 900 if i < 2 else 30, "data_wait_ms": 0.3}), file=file)
end = time.process_time() + 0.01 * config["train"]["total_iter"]
while time.process_time() < end:
    pass
"""
# Blocks of 60 ms; one compiled variant fails, the other never gets ready.
PEER = """#!/usr/bin/env python3
import json, sys, time
variants = [word for word in sys.argv[5:] if not word.startswith("--")]
if "compile float32" in variants:
    sys.exit("no compiler here")
if "compile float32 channels_last" in variants:
    time.sleep(60)
for variant in variants:
    print(json.dumps({"ready": variant, "seconds": 1}), flush=True)
print("a line that is no answer")
print(json.dumps({"torch": "2.11.0", "cuda": "", "cudnn": 0}), flush=True)
for line in sys.stdin:
    print(json.dumps({"ms": {variant: [59, 60, 61] for variant in variants}}), flush=True)
"""


class BenchStep(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="bench-step-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        for name, text in (("train", TRAIN), ("peer", PEER)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)

    def bench(self, *arguments, **environment):
        return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True,
                              env={**os.environ, "SR_TRAIN": str(self.folder / "train"),
                                   "PEER_PYTHON": str(self.folder / "peer"), **environment})

    def test_the_table_has_medians_ratios_and_what_did_not_work(self):
        done = self.bench("--device", "cpu", "--ready-limit", "3", "--out", self.folder / "out", "compact_small")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("| sr-train | 30.00 | 30.00 - 30.00 | |", done.stdout)
        self.assertIn("| PyTorch eager float32 channels_last | 60.00 | 59.00 - 61.00 | 0.50 |", done.stdout)
        self.assertIn("| PyTorch compile float32 | failed: no compiler here | | |", done.stdout)
        self.assertIn("| PyTorch compile float32 channels_last | timed out | | |", done.stdout)
        self.assertIn("sr-train 0.1.0+stub; PyTorch 2.11.0", done.stdout)
        self.assertEqual((self.folder / "out/bench_step.md").read_text().strip(), done.stdout.strip())

    def test_processor_time_is_that_of_steps_without_the_start(self):
        done = self.bench("--device", "cpu", "--processor-time", "--variant", "eager float32 channels_last", "span_small")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("| PyTorch"), 1)
        ms = float(re.search(r"\| sr-train \| ([\d.]+) ", done.stdout)[1])
        self.assertAlmostEqual(ms, 10, delta=4)
        self.assertIn("processor time of one thread", done.stdout)

    def test_unknown_presets_and_a_missing_program_are_refused(self):
        self.assertIn("no such preset: huge", self.bench("huge").stderr)
        self.assertIn("there is no /nowhere", self.bench("compact", SR_TRAIN="/nowhere").stderr)


if __name__ == "__main__":
    unittest.main()
