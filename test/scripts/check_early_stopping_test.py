#!/usr/bin/env python3
"""Tests of scripts/check_early_stopping.py."""
import pathlib
import sys
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
sys.dont_write_bytecode = True
from check_early_stopping import actual_end, expected_end, student_above  # noqa: E402


def run_of(values, losses=None, growing=(), better="higher", **changed):
    """Events of a run with one validation every 10 steps."""
    settings = {"monitor_metric": "val/psnr", "patience": 30, "min_improvement": 0.1, "min_iterations": 0,
                "warmup_iterations": 0, "convergence_threshold": 0.001, **changed}
    events = [{"event": "start", "step": 0, "config": {
        "training_automations": {"IntelligentEarlyStopping": settings}, "datasets": {"val": {"name": "set"}},
        "val": {"val_freq": 10, "metrics": {"psnr": {"better": better}}}}}]
    for i, value in enumerate(values):
        step = 10 * (i + 1)
        events += [{"event": "progress", "step": step, "lq_size": 16, "batch_size": 4,
                    "losses": {"l_g_l1loss": (losses or [1] * len(values))[i], "d_real": 7}},
                   {"event": "validation", "step": step, "dataset": "set", "metrics": {"psnr": value}},
                   {"event": "stop_decision", "step": step, "growing": step in growing}]
    return events


class CheckEarlyStopping(unittest.TestCase):
    def test_students_t_is_that_of_the_tables(self):
        for t, dof, chance in ((2.896, 8, 0.01), (1.812, 10, 0.05), (31.82, 1, 0.01)):
            self.assertAlmostEqual(student_above(t, dof), chance, places=4)

    def test_patience_needs_steps_and_validations_and_an_improvement_restarts_it(self):
        self.assertEqual(expected_end(run_of([30] * 9)), (40, "no improvement"))
        self.assertEqual(expected_end(run_of([30, 30, 31] + [31] * 9)), (60, "no improvement"))
        self.assertEqual(expected_end(run_of([30] * 9, patience=1)), (40, "no improvement"))
        self.assertIsNone(expected_end(run_of([30, 30.2, 30.4, 30.6, 30.8])))

    def test_nothing_ends_while_sizes_grow_nor_too_early(self):
        self.assertEqual(expected_end(run_of([30] * 9, growing=(10, 20, 30))), (60, "no improvement"))
        self.assertEqual(expected_end(run_of([30] * 9, min_iterations=70)), (70, "no improvement"))
        self.assertEqual(expected_end(run_of([30] * 9, warmup_iterations=40)), (80, "no improvement"))

    def test_a_value_of_the_warm_up_is_not_the_best(self):
        values = [40] * 4 + [30 + i for i in range(5)]
        self.assertIsNone(expected_end(run_of(values, warmup_iterations=40)))
        self.assertEqual(expected_end(run_of(values)), (40, "no improvement"))

    def test_the_direction_follows_from_the_metric(self):
        falling = [30 - i for i in range(9)]
        self.assertIsNone(expected_end(run_of(falling, better="lower")))
        self.assertEqual(expected_end(run_of(falling))[0], 40)

    def test_a_worse_metric_under_a_falling_loss_is_overfitting(self):
        noise = [0.01, -0.02, 0.02, -0.01, 0.0] * 3
        worse = [30 - 0.1 * i + e for i, e in enumerate(noise)]
        falls = [1 - 0.02 * i + e for i, e in enumerate(noise)]
        self.assertEqual(expected_end(run_of(worse, falls, patience=10**6)), (100, "overfitting"))
        self.assertIsNone(expected_end(run_of(worse, [1 + e for e in noise], patience=10**6)))

    def test_the_end_that_happened_is_the_last_one(self):
        end = {"event": "end", "step": 40, "reason": "early_stopping: no improvement by 0.1 for 30 steps"}
        self.assertEqual(actual_end([end]), (40, "no improvement"))
        self.assertIsNone(actual_end([end, {"event": "end", "step": 50, "reason": "total_iter reached"}]))


if __name__ == "__main__":
    unittest.main()
