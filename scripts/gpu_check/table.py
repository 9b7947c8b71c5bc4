"""gpu_check.md: where the checks ran, and what they gave."""
import datetime
import platform

import machine


def surroundings(device, log):
    """[(what, value)] of the machine and the program."""
    start = log.first_start or {}
    facts = [("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
             ("sr-train", start.get("version", "did not start"))]
    described = machine.card()
    if device == "cpu":
        facts.append(("device", f"CPU in place of a GPU: {start.get('device', machine.processor())}"))
    elif described:
        facts += list(zip(("card", "driver", "card's memory"), described))
    else:
        facts.append(("device", start.get("device", "unknown: nvidia-smi does not answer")))
    if "device_memory_bytes" in start and device != "cpu":
        facts.append(("memory that sr-train sees", f"{start['device_memory_bytes'] / 2**30:.1f} GiB"))
    return facts + [("processor", machine.processor()), ("system", platform.platform())]


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def markdown(rows, facts, seconds):
    lines = ["# GPU checks", "", "| | |", "|---|---|"]
    lines += [f"| {what} | {cell(value)} |" for what, value in facts]
    lines += ["", "| check | variant | figures | result |", "|---|---|---|---|"]
    for row in rows:
        result = "**FAIL**" if row.passed is False else row.result
        lines.append(f"| {row.check} | {cell(row.variant)} | {cell(row.figures)} | {result} |")
    return "\n".join([*lines, "", f"{sum(bool(row.passed) for row in rows)} of {len(rows)} passed, {seconds:.0f} s.", ""])
