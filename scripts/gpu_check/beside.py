"""Training beside another program that takes memory and gives it back."""
import contextlib
import pathlib
import subprocess
import sys
import time

from control_group import ControlGroup
from session import Failed, Row
from sizes import failures_text, in_band, optimizer, size_text

GIB = 2**30
LIMIT = 6 * GIB      # memory_limit on a GPU
MACHINE = 3 * GIB // 2  # all memory there is, on the CPU


@contextlib.contextmanager
def other_program(session, kind, size, group):
    """Another process that holds all of the card but `size` bytes, or on the CPU `size` bytes."""
    process = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("hold_memory.py"), kind, str(size)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if group:
            group.add(process)
        said = process.stdout.readline()
        if not said.startswith("holding "):
            raise Failed(f"no memory could be taken: {process.stderr.read()[-300:]}")
        session.log.add(f"another program is {said}")
        yield int(said.split()[1])
    finally:
        process.stdin.close()
        process.wait()


def made_room(event):
    """A failure or a decision that leaves memory to others."""
    hard = event["event"] == "oom" and event["class"] != "soft"
    return hard or event["event"] == "size_decision" and event["action"].startswith("shrink")


def configuration(session, name):
    if session.on_cpu:
        return session.large_config(
            name, 10**6, 48, 8, network_g={"type": "compact", "num_feat": 16, "num_conv": 4},
            training_automations=optimizer(target_vram_usage=0.4, min_lq_size=16, max_lq_size=96, adjustment_frequency=3))
    return session.large_config(
        name, 10**6, 96, 16, memory_limit="6GiB", fast_matmul=True, network_g={
            "type": "compact", "num_feat": 64, "num_conv": 16}, training_automations=optimizer(adjustment_frequency=6))


def external(session):
    """Another program takes memory: room is made without losing a step, and taken back afterwards."""
    group = ControlGroup.make(MACHINE) if session.on_cpu else None
    if session.on_cpu and group is None:
        yield Row("external", "", "not tried: the CPU's memory is everybody's, and no control group can be made", None)
        return
    try:
        yield run_beside(session, group)
    finally:
        if group:
            group.remove()


def run_beside(session, group):
    name = "external"
    target = 0.4 if session.on_cpu else 0.85
    # On a card: less than the ceiling of 97 % leaves, so that something has to be given back.
    kind, size = ("cpu", MACHINE * 4 // 10) if session.on_cpu else ("cuda", LIMIT // 100)

    def settled(since):
        return lambda events: any(event["event"] == "size_decision" and in_band(event, target) for event in events[since:])

    with session.running(configuration(session, name)) as process:
        if group:
            group.add(process)
        session.wait(process, name, settled(0))
        since = len(session.events(name))
        alone = session.events(name, "size_decision")[-1]["to"]
        with other_program(session, kind, size, group) as held:
            session.wait(process, name, lambda events: any(map(made_room, events[since:])))
            time.sleep(2)  # it goes on in what is left
            during = session.events(name)[since:]
        released = len(session.events(name))
        session.wait(process, name, settled(released))
        end = session.stop(process, name)
    reactions = [event for event in during if made_room(event)]
    kinds = {event.get("class", "shrink") for event in reactions}
    smallest = min((event["to"] for event in reactions), key=lambda to: to["lq_size"] ** 2 * to["batch_size"])
    last = session.events(name, "size_decision")[-1]
    return Row("external", "", f"{held / GIB:.1f} GiB taken: {', '.join(sorted(kinds))}, {size_text(alone)} -> "
               f"{size_text(smallest)} -> {size_text(last['to'])} (usage {last['usage']:.3f}), "
               f"{failures_text(session.events(name))}, steps lost {end['steps_lost']}",
               kinds <= {"external", "shrink", "fragmentation"})
