#!/usr/bin/env python3
"""Draws what the automations of a run did, from its events.jsonl alone, as SVG.

    scripts/plot_automations.py experiments/automations_cpu/events.jsonl docs/images/automations.svg

Panels from the top: sizes, learning rate, loss, gradient norms with their limit, validation metric. Steps that a killed
process took beyond its last state are left out.
"""
import argparse
import math
import pathlib
import sys

from events_to_schedule import read_events

WIDTH, LEFT, RIGHT, TOP, PANEL, GAP, BOTTOM = 860, 70, 20, 34, 96, 26, 40


def of_kind(events, kind):
    return [event for event in events if event["event"] == kind]


class Panel:
    """One diagram: lines over the step, scaled to their own values."""

    def __init__(self, title, lines, marks=(), logarithmic=False):
        self.title, self.marks, self.logarithmic = title, marks, logarithmic
        self.lines = [(colour, [(x, y) for x, y in points if y is not None and (y > 0 or not logarithmic)])
                      for colour, points in lines]

    def draw(self, top, x_of):
        values = [y for _, points in self.lines for _, y in points]
        parts = [f'<text x="{LEFT}" y="{top - 6}">{self.title}</text>',
                 f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - RIGHT}" height="{PANEL}" fill="none" stroke="#ccc"/>']
        if not values:
            return parts
        scale = math.log10 if self.logarithmic else float
        low, high = scale(min(values)), scale(max(values))
        low, high = (low, high) if high > low else (low - 0.5, high + 0.5)

        def y_of(value):
            return top + PANEL - 4 - (PANEL - 8) * (scale(value) - low) / (high - low)

        for value in (min(values), max(values)):
            parts.append(f'<text x="{LEFT - 6}" y="{y_of(value) + 4:.1f}" text-anchor="end">{value:.4g}</text>')
        for step, label, colour in self.marks:
            parts.append(f'<path d="M{x_of(step):.1f} {top}V{top + PANEL}" stroke="{colour}" stroke-dasharray="2 3"/>'
                         f'<text x="{x_of(step) + 3:.1f}" y="{top + 11}" fill="{colour}" font-size="10">{label}</text>')
        for colour, points in self.lines:
            text = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
            parts.append(f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="1.3"/>')
        return parts


def panels(events):
    progress, rates = of_kind(events, "progress"), of_kind(events, "lr_decision")
    clips = [e for e in of_kind(events, "clip_decision") if e["network"] == "g"]
    stops, validations = of_kind(events, "stop_decision"), of_kind(events, "validation")
    first = validations[0]["dataset"] if validations else ""
    metric = next(iter(validations[0]["metrics"]), "") if validations else ""
    marks = [(e["step"], f'{e["cause"]} {e["factor"]:.3g}', "#c40") for e in rates]
    ends = [(e["step"], e["action"], "#c40") for e in stops if e["action"] == "stop"]
    growing = [e["step"] for e in stops if e["growing"]]
    settled = [(growing[-1], "sizes settled", "#888")] if growing and len(growing) < len(stops) else []

    def over_steps(source, value):
        return [(e["step"], value(e)) for e in source]

    return [
        Panel("lq_size (blue), batch_size (orange)", [("#06c", over_steps(progress, lambda e: e["lq_size"])),
                                                      ("#c80", over_steps(progress, lambda e: e["batch_size"]))]),
        Panel("learning rate", [("#06c", over_steps(progress, lambda e: e["lr"]))], marks),
        Panel("loss (sum)", [("#06c", over_steps(progress, lambda e: sum(v for v in e["losses"].values()
                                                                        if v is not None)))], logarithmic=True),
        Panel("gradient norm: median (blue), 90 % (grey), limit (orange)",
              [("#aaa", over_steps(clips, lambda e: e["norms"]["p90"])),
               ("#06c", over_steps(clips, lambda e: e["norms"]["p50"])),
               ("#c80", [p for p in over_steps(clips, lambda e: e["threshold"])
                         if clips and p[1] <= 4 * max(e["norms"]["p90"] for e in clips)])], logarithmic=True),
        Panel(metric, [("#080", [(e["step"], e["metrics"][metric]) for e in validations if e["dataset"] == first])],
              settled + ends),
    ]


def picture(events, title):
    steps = max(1, max(e["step"] for e in events))
    shown = [panel for panel in panels(events) if any(points for _, points in panel.lines)]
    height = TOP + 20 + len(shown) * (PANEL + GAP) + BOTTOM - GAP

    def x_of(step):
        return LEFT + (WIDTH - LEFT - RIGHT) * step / steps

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
             f'font-size="11">', f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             f'<text x="{LEFT}" y="20" font-size="14">{title}</text>']
    for number, panel in enumerate(shown):
        parts += panel.draw(TOP + 20 + number * (PANEL + GAP), x_of)
    for eighth in range(0, 9, 2):
        step = steps * eighth // 8
        parts.append(f'<text x="{x_of(step):.1f}" y="{height - 22}" text-anchor="middle">{step:,}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{height - 6}" text-anchor="middle">step</text></svg>')
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", type=pathlib.Path)
    parser.add_argument("svg", type=pathlib.Path)
    options = parser.parse_args()
    events = read_events(options.events.read_text().splitlines())
    if not events:
        sys.exit(f"{options.events}: no events")
    name = of_kind(events, "start")[0]["config"]["name"]
    options.svg.parent.mkdir(parents=True, exist_ok=True)
    options.svg.write_text(picture(events, name))


if __name__ == "__main__":
    main()
