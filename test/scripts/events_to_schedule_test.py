#!/usr/bin/env python3
"""Tests of scripts/events_to_schedule.py."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
sys.dont_write_bytecode = True
from events_to_schedule import clock_of, clock_yaml, read_events, schedule_of, to_yaml  # noqa: E402


def size(lq, batch, micro=None):
    return {"lq_size": lq, "batch_size": batch, **({} if micro is None else {"micro_batch": micro})}


def decision(step, before, after):
    return {"event": "size_decision", "step": step, "from": before, "to": after}


def oom(step, after, where="train"):
    return {"event": "oom", "step": step, "where": where, "to": after}


def start(step, resumed_from=None):
    return {"event": "start", "step": step, "resumed_from": resumed_from}


def schedule(*events):
    return schedule_of(read_events(json.dumps(event) for event in events))


class Schedule(unittest.TestCase):
    def test_decisions_and_out_of_memory_become_entries(self):
        self.assertEqual(
            schedule(start(0), decision(20, size(32, 4), size(48, 4)), oom(33, size(40, 4, 0))),
            [{"step": 20, "lq_size": 48, "batch_size": 4}, {"step": 33, "lq_size": 40, "batch_size": 4}])

    def test_the_last_entry_of_a_step_wins(self):
        self.assertEqual(schedule(oom(0, size(128, 16, 0)), oom(0, size(64, 16, 0)), oom(0, size(64, 8, 0))),
                         [{"step": 0, "lq_size": 64, "batch_size": 8}])

    def test_micro_batch_is_kept_when_it_is_not_zero(self):
        self.assertEqual(schedule(oom(5, size(32, 2, 1))), [{"step": 5, "lq_size": 32, "batch_size": 2, "micro_batch": 1}])

    def test_holding_the_sizes_makes_no_entry_and_keeps_the_micro_batch(self):
        self.assertEqual(schedule(oom(5, size(32, 2, 1)), decision(20, size(32, 2), size(32, 2))),
                         [{"step": 5, "lq_size": 32, "batch_size": 2, "micro_batch": 1}])

    def test_blocks_computed_twice_are_an_entry_and_so_is_their_end(self):
        twice = {**size(32, 2), "recompute": True}
        entries = schedule(decision(5, size(32, 2), twice), decision(10, twice, size(32, 2)))
        self.assertEqual(entries, [{"step": 5, "lq_size": 32, "batch_size": 2, "recompute": True},
                                   {"step": 10, "lq_size": 32, "batch_size": 2}])
        self.assertIn("  - {step: 5, lq_size: 32, batch_size: 2, recompute: true}\n", to_yaml(entries))
        self.assertEqual(schedule(oom(3, {**size(32, 2, 0), "recompute": True})),
                         [{"step": 3, "lq_size": 32, "batch_size": 2, "recompute": True}])

    def test_whole_batches_after_pieces_are_an_entry(self):
        self.assertEqual(schedule(oom(5, size(32, 2, 1)), decision(20, size(32, 2, 1), size(32, 2))),
                         [{"step": 5, "lq_size": 32, "batch_size": 2, "micro_batch": 1},
                          {"step": 20, "lq_size": 32, "batch_size": 2}])

    def test_the_same_size_again_makes_no_second_entry(self):
        self.assertEqual(len(schedule(oom(5, size(32, 2, 0)), oom(9, size(32, 2, 0)))), 1)

    def test_out_of_memory_in_validation_or_a_checkpoint_changes_nothing(self):
        self.assertEqual(schedule(oom(5, size(32, 2, 0), "validation"), oom(5, size(32, 2, 0), "checkpoint")), [])
        self.assertEqual(len(schedule(oom(5, size(32, 2, 0), "upload"))), 1)

    def test_a_resumed_run_takes_back_what_came_after_the_state(self):
        self.assertEqual(
            schedule(start(0), decision(20, size(32, 4), size(48, 4)), decision(40, size(48, 4), size(64, 4)),
                     start(30, "training_states/30.state"), decision(40, size(48, 4), size(56, 4))),
            [{"step": 20, "lq_size": 48, "batch_size": 4}, {"step": 40, "lq_size": 56, "batch_size": 4}])

    def test_an_event_at_the_step_of_the_state_stays(self):
        self.assertEqual(len(schedule(decision(20, size(32, 4), size(48, 4)), start(20, "20.state"))), 1)

    def test_torn_lines_are_dropped(self):
        whole = json.dumps(oom(5, size(32, 2, 0)))
        for lines in ([whole, whole[:20]], [whole[:20], whole]):
            self.assertEqual(len(schedule_of(read_events(lines))), 1)


class Clock(unittest.TestCase):
    @staticmethod
    def clock(step, permille):
        return {"event": "clock", "step": step, "permille": permille}

    def test_readings_become_entries_and_the_last_event_says_where_the_run_ended(self):
        events = [start(0), self.clock(0, 3), self.clock(7, 4), {"event": "end", "step": 9}]
        self.assertEqual(clock_of(events), [{"step": 0, "permille": 3}, {"step": 7, "permille": 4}])
        self.assertEqual(clock_yaml(events),
                         "clock_schedule:\n  - {step: 0, permille: 3}\n  - {step: 7, permille: 4}\ntotal_iter: 9\n")

    def test_a_resumed_run_reads_its_clock_anew_at_the_step_of_the_state(self):
        events = read_events(json.dumps(event) for event in (
            start(0), self.clock(0, 3), self.clock(5, 9), self.clock(6, 10), start(5, "5.state"), self.clock(5, 4)))
        self.assertEqual(clock_of(events), [{"step": 0, "permille": 3}, {"step": 5, "permille": 4}])

    def test_without_a_clock_there_is_nothing_to_say(self):
        self.assertEqual(clock_yaml([start(0)]), "")


class Output(unittest.TestCase):
    def run_script(self, *arguments):
        return subprocess.run([sys.executable, str(SCRIPTS / "events_to_schedule.py"), *map(str, arguments)],
                              capture_output=True, text=True)

    def test_it_is_yaml_for_the_train_dataset(self):
        self.assertEqual(to_yaml([{"step": 0, "lq_size": 64, "batch_size": 8}]),
                         "size_schedule:\n  - {step: 0, lq_size: 64, batch_size: 8}\n")
        self.assertTrue(to_yaml([]).startswith("size_schedule: ~"))

    def test_a_folder_or_its_file_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "events.jsonl"
            file.write_text(json.dumps(oom(5, size(32, 2, 0))) + "\n")
            for argument in (folder, file):
                result = self.run_script(argument)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("{step: 5, lq_size: 32, batch_size: 2}", result.stdout)

    def test_a_missing_file_is_named(self):
        result = self.run_script("nowhere/events.jsonl")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nowhere/events.jsonl", result.stderr)


if __name__ == "__main__":
    unittest.main()
