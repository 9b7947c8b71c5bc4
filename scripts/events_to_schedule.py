#!/usr/bin/env python3
"""Prints the size_schedule that reproduces a run: its lq_size and batch_size, step by step, out of events.jsonl; and
the clock_schedule of a run whose learning rate went by the clock (schedule_by: hours).

    scripts/events_to_schedule.py experiments/<name>            (or .../events.jsonl)

Paste the result into datasets.train (clock_schedule and total_iter into train), switch the optimizer off and remove
memory_limit: the same sizes and learning rates at the same steps, and so the same weights; a manual_seed that was drawn
stands in the run's config.yml. A run that was killed and resumed is followed as it finally went.
"""
import argparse
import json
import pathlib
import sys

KEYS = ("lq_size", "batch_size", "micro_batch", "recompute")


def read_events(lines):
    """Events in force. Torn lines (a crash while writing) are dropped; a `start` that resumes takes back the
    events of steps beyond the state it goes on from."""
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if not isinstance(event, dict) or "event" not in event or "step" not in event:
            continue
        if event["event"] == "start" and event.get("resumed_from"):
            events = [earlier for earlier in events if earlier["step"] <= event["step"]]
        events.append(event)
    return events


def change_of(event):
    """The sizes that an event puts in force, or None: decisions that keep the sizes and out-of-memory outside of the
    training step (validation, checkpoint) change nothing."""
    if event["event"] == "size_decision":
        changes = event.get("to") != event.get("from")
    else:
        changes = event["event"] == "oom" and event.get("where", "train") in ("train", "upload")
    to = event.get("to")
    return {key: to[key] for key in KEYS if to.get(key)} if changes and to else None


def schedule_of(events):
    """Entries {step, lq_size, batch_size[, micro_batch, recompute]}, each in force from the step after `step`. Of several at
    one step the last wins; an entry that repeats the one before it is left out."""
    by_step = {}
    for event in events:
        size = change_of(event)
        if size:
            by_step[event["step"]] = size
    schedule, current = [], None
    for step in sorted(by_step):
        if by_step[step] != current:
            schedule.append({"step": step, **by_step[step]})
            current = by_step[step]
    return schedule


def clock_of(events):
    """Entries {step, permille} of a clock_schedule; of several at one step the last wins."""
    by_step = {event["step"]: event["permille"] for event in events if event["event"] == "clock"}
    return [{"step": step, "permille": by_step[step]} for step in sorted(by_step)]


def listed(name, entries):
    lines = ("{" + ", ".join(f"{key}: {json.dumps(value)}" for key, value in entry.items()) + "}" for entry in entries)
    return f"{name}:\n" + "".join(f"  - {line}\n" for line in lines)


def to_yaml(schedule):
    return listed("size_schedule", schedule) if schedule else "size_schedule: ~  # the sizes never changed\n"


def clock_yaml(events):
    """Empty for a run whose schedule does not count in hours."""
    clock = clock_of(events)
    steps = max(event["step"] for event in events)
    return listed("clock_schedule", clock) + f"total_iter: {steps}\n" if clock else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path, help="a run's folder or its events.jsonl")
    path = parser.parse_args().run
    path = path / "events.jsonl" if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        sys.exit(f"cannot read {path}: {error.strerror}")
    events = read_events(text.splitlines())
    if not events:
        sys.exit(f"{path}: no events in it")
    sys.stdout.write(to_yaml(schedule_of(events)) + clock_yaml(events))


if __name__ == "__main__":
    main()
