#!/usr/bin/env python3
"""Says where a run should have ended by IntelligentEarlyStopping, out of the validations and losses in its events.jsonl,
and compares that with where it ended. Exit code 1 when the two differ.

    scripts/check_early_stopping.py experiments/<name>            (or .../events.jsonl)

The rules are written down here a second time, from docs/automations.md. Only whether sizes were still growing is
believed as it was reported. Overfitting is judged from the losses of the progress lines, so print_freq must divide
val_freq for it.
"""
import argparse
import math
import pathlib
import sys

from events_to_schedule import read_events

VALIDATIONS = 10
FEWEST_VALIDATIONS = 3
ONE_IN_HUNDRED = 0.01


def settings_of(config):
    """(settings of early stopping, name of the set, name of the metric, 1 or -1 for its direction)."""
    settings = config["training_automations"]["IntelligentEarlyStopping"]
    sets = {key: values["name"] for key, values in config["datasets"].items() if key.startswith("val")}
    place, _, metric = settings["monitor_metric"].rpartition("/")
    name = place if place in sets.values() else next(iter(sets.values()))
    higher = config["val"]["metrics"][metric]["better"] == "higher"
    return settings, name, metric, 1 if higher else -1


def slope_over_error(values):
    """(t of the straight line through the values, its change over them as a share of their mean)."""
    count = len(values)
    mean, middle = sum(values) / count, (count - 1) / 2
    spread = sum((i - middle) ** 2 for i in range(count))
    slope = sum((i - middle) * (value - mean) for i, value in enumerate(values)) / spread
    squares = sum((value - mean - slope * (i - middle)) ** 2 for i, value in enumerate(values))
    error = math.sqrt(squares / (count - 2) / spread)
    t = slope / error if error > 0 else math.copysign(math.inf, slope) if slope else 0
    return t, slope * count / abs(mean) if mean else 0


def student_above(t, dof, parts=20000):
    """Chance of a value above t > 0, by the trapezium rule in the angle atan(t / sqrt(dof))."""
    angle = math.atan(t / math.sqrt(dof))
    step = angle / parts
    area = step * (0.5 + sum(math.cos(step * i) ** (dof - 1) for i in range(1, parts))
                   + 0.5 * math.cos(angle) ** (dof - 1))
    return 0.5 - area * math.gamma((dof + 1) / 2) / (math.sqrt(math.pi) * math.gamma(dof / 2))


def surely_falls(t, dof):
    return t < 0 and student_above(-t, dof) < ONE_IN_HUNDRED


class Rules:
    """What a run's validations say, one after the other."""

    def __init__(self, settings):
        self.settings, self.best, self.since, self.waited = settings, None, 0, 0
        self.points, self.size = [], None

    def reason(self, step, value, loss, size, growing):
        """Why the run is to end here, or None. `value`: larger is better; `loss`: mean since the last validation."""
        self._wait(step, value, growing)
        self._remember(step, value, loss, size)
        if growing or step < self.settings["min_iterations"]:
            return None
        if step - self.since >= self.settings["patience"] and self.waited >= FEWEST_VALIDATIONS:
            return "no improvement"
        return "overfitting" if self._overfits() else None

    def _wait(self, step, value, growing):
        warm = step > self.settings["warmup_iterations"]
        improved = warm and (self.best is None or (value > self.best and value >= self.best + self.settings["min_improvement"]))
        if improved:
            self.best = value
        if improved or growing or not warm:
            self.since, self.waited = step, 0
        else:
            self.waited += 1

    def _remember(self, step, value, loss, size):
        if (self.size is not None and size != self.size) or step <= self.settings["warmup_iterations"]:
            self.points = []
        elif loss is not None:
            self.points = (self.points + [(value, loss)])[-VALIDATIONS:]
        self.size = size

    def _overfits(self):
        if len(self.points) < VALIDATIONS:
            return False
        metric_t, _ = slope_over_error([value for value, _ in self.points])
        loss_t, change = slope_over_error([loss for _, loss in self.points])
        return (surely_falls(metric_t, VALIDATIONS - 2) and surely_falls(loss_t, VALIDATIONS - 2)
                and -change >= self.settings["convergence_threshold"])


def total_loss(progress):
    """The generator's whole loss, without what is said of the discriminator."""
    values = [value for name, value in progress["losses"].items() if name.startswith("l_")]
    return sum(values) if values and None not in values else None


def expected_end(events):
    """(step, reason) of the first validation at which the run should have ended, or None."""
    config = next(event for event in events if event["event"] == "start")["config"]
    settings, dataset, metric, sign = settings_of(config)
    growing = {event["step"]: event["growing"] for event in events if event["event"] == "stop_decision"}
    rules, losses, size = Rules(settings), [], None
    for event in events:
        if event["event"] == "progress":
            size = (event["lq_size"], event["batch_size"])
            losses += [loss for loss in [total_loss(event)] if loss is not None]
        due = event["event"] == "validation" and event["step"] % config["val"]["val_freq"] == 0
        if due and event["dataset"] == dataset:
            step, loss = event["step"], sum(losses) / len(losses) if losses else None
            reason = rules.reason(step, sign * event["metrics"][metric], loss, size, growing.get(step, False))
            losses = []
            if reason:
                return step, reason
    return None


def actual_end(events):
    """(step, reason) as reported, or None when early stopping did not end the run."""
    ends = [event for event in events if event["event"] == "end"]
    text = ends[-1]["reason"] if ends else ""
    if not text.startswith("early_stopping: "):
        return None
    return ends[-1]["step"], "no improvement" if "no improvement" in text else "overfitting"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path, help="a run's folder or its events.jsonl")
    path = parser.parse_args().run
    path = path / "events.jsonl" if path.is_dir() else path
    events = read_events(path.read_text(encoding="utf-8", errors="replace").splitlines())
    expected, actual = expected_end(events), actual_end(events)
    for name, end in (("expected", expected), ("happened", actual)):
        print(f"{name}: " + (f"ends at step {end[0]:,}, {end[1]}" if end else "is not ended early"))
    return 0 if expected == actual else 1


if __name__ == "__main__":
    sys.exit(main())
