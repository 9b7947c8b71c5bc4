"""Sizes that follow the memory of the card: into the band under limits, and on the whole card."""
import time

from session import Row

TARGET, MARGIN = 0.85, 0.05
MOST_WINDOWS = 6


def optimizer(**settings):
    return {"enabled": True, "DynamicBatchSizeOptimizer": {
        "enabled": True, "target_vram_usage": TARGET, "safety_margin": MARGIN, **settings}}


def in_band(decision):
    return TARGET - MARGIN <= decision["usage"] <= TARGET + MARGIN


def size_text(size):
    return f"lq {size['lq_size']}, batch {size['batch_size']}"


def failures_text(events):
    """Out-of-memory events by class. A soft one is cuDNN's: it tried for a larger workspace than there was."""
    kinds = [event["class"] for event in events if event["event"] == "oom"]
    counts = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
    return "ooms " + (", ".join(counts) if counts else "0")


def growth(events):
    """(figures, whether the band was reached in time and kept, without running out of memory)."""
    decisions = [event for event in events if event["event"] == "size_decision"]
    inside = [number for number, decision in enumerate(decisions, 1) if in_band(decision)]
    if not decisions:
        return "no decision was taken", False
    adjustments = sum(decision["action"] != "hold" for decision in decisions)
    hard = [event for event in events if event["event"] == "oom" and event["class"] != "soft"]
    last = decisions[-1]
    figures = (f"band from window {inside[0] if inside else '-'}, {adjustments} adjustments, {failures_text(events)}, "
               f"usage {last['usage']:.3f} at {size_text(last['to'])}, device {last['device_usage']:.3f}")
    return figures, bool(inside) and inside[0] <= MOST_WINDOWS and in_band(last) and not hard


def band(session):
    """Growth into the band under several memory limits."""
    def grow(limit):
        name = f"band_{limit}"
        if session.on_cpu:
            config = session.large_config(name, 35, 24, 2, memory_limit=limit, network_g={
                "type": "compact", "num_feat": 8, "num_conv": 2}, training_automations=optimizer(
                    min_lq_size=16, max_lq_size=96, adjustment_frequency=5))
        else:
            config = session.large_config(name, 96, 48, 8, memory_limit=limit, fast_matmul=True, network_g={
                "type": "compact", "num_feat": 64, "num_conv": 16}, training_automations=optimizer(
                    adjustment_frequency=12))
        session.train(config)
        session.end_of(name)
        return growth(session.events(name))

    limits = ("12MiB", "24MiB", "48MiB") if session.on_cpu else ("2GiB", "6GiB", "16GiB")
    yield from session.variants(**{limit: lambda limit=limit: grow(limit) for limit in limits})


# The settings that docs/memory_control.md shows, but for the time between decisions.
USUAL = {"min_batch_size": 2, "max_batch_size": 64, "min_lq_size": 32, "max_lq_size": 256, "adjustment_frequency": 8}


def full_card(session):
    """The usual settings on the whole card: RRDB with 23 blocks in bf16, without a limit."""
    # About 40 KB an LQ pixel: 80 GB are in the band at lq 256, batch 28, and 140 GB at batch 47.
    name = "full_card"
    if session.on_cpu:
        config = session.large_config(name, 10**6, 24, 2, memory_limit="160MiB", network_g={
            "type": "esrgan", "num_block": 1, "num_feat": 16, "num_grow_ch": 8}, use_amp=True,
            training_automations=optimizer(**{**USUAL, "min_lq_size": 16, "adjustment_frequency": 4}))
    else:
        config = session.large_config(name, 10**6, 96, 16, network_g={"type": "esrgan"}, use_amp=True, amp_bf16=True,
                                      training_automations=optimizer(**USUAL))
    began = time.monotonic()

    def settled(events):
        decisions = [event for event in events if event["event"] == "size_decision"]
        return len(decisions) >= MOST_WINDOWS or any(in_band(decision) for decision in decisions)

    with session.running(config) as process:
        session.wait(process, name, settled)
        session.stop(process, name)
    figures, passed = growth(session.events(name))
    step_ms = session.events(name, "progress")[-1]["step_ms"]
    yield Row("full_card", "", f"{figures}; step {step_ms:.0f} ms, {time.monotonic() - began:.0f} s", passed)
