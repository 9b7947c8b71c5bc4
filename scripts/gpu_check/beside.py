"""Training beside another program that takes the card's memory and gives it back."""
import contextlib
import pathlib
import subprocess
import sys
import time

from session import Failed, Row
from sizes import failures_text, in_band, optimizer, size_text

GIB = 2**30
LIMIT = 6 * GIB
TAKEN = 2 * GIB  # of what the run has, as soon as it gives it back


@contextlib.contextmanager
def other_program(session, spare, later):
    """Another process that holds all of the card but `spare` bytes, and `later` more when they come free; gives how many
    it has at first."""
    tool = pathlib.Path(__file__).with_name("hold_memory.py")
    process = subprocess.Popen([sys.executable, tool, str(spare), str(later)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
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


def external(session):
    """Another program takes memory: room is made without losing a step, and taken back afterwards."""
    if session.on_cpu:
        yield Row("external", "", "not tried: the CPU's memory is everybody's", None)
        return
    name = "external"
    config = session.large_config(
        name, 10**6, 96, 16, memory_limit=f"{LIMIT // GIB}GiB", fast_matmul=True, network_g={
            "type": "compact", "num_feat": 64, "num_conv": 16}, training_automations=optimizer(adjustment_frequency=6))

    def settled(since):
        return lambda events: any(event["event"] == "size_decision" and in_band(event) for event in events[since:])

    with session.running(config) as process:
        session.wait(process, name, settled(0))
        since = len(session.events(name))
        alone = session.events(name, "size_decision")[-1]["to"]
        # Less than the ceiling of 97 % leaves, so that something has to be given back, and is taken away.
        with other_program(session, LIMIT // 100, TAKEN) as held:
            session.wait(process, name, lambda events: any(map(made_room, events[since:])))
            time.sleep(4)  # it goes on in what is left
            during = session.events(name)[since:]
        released = len(session.events(name))
        session.wait(process, name, settled(released))
        end = session.stop(process, name)
    yield outcome(session.events(name), during, alone, held, end)


def pixels(size):
    return size["lq_size"] ** 2 * size["batch_size"]


def outcome(events, during, alone, held, end):
    reactions = [event for event in during if made_room(event)]
    kinds = {event.get("class", "shrink") for event in reactions}
    smallest = min((event["to"] for event in reactions), key=pixels)
    last = [event for event in events if event["event"] == "size_decision"][-1]
    steps = [event for event in during if event["event"] == "progress"]
    return Row("external", "", f"{held / GIB:.1f} GiB taken: {', '.join(sorted(kinds))}, {size_text(alone)} -> "
               f"{size_text(smallest)} -> {size_text(last['to'])} (usage {last['usage']:.3f}), {len(steps)} steps "
               f"meanwhile, {failures_text(events)}, steps lost {end['steps_lost']}",
               bool(steps) and kinds <= {"external", "shrink", "fragmentation"} and
               # Two thirds are left to it, and a failure may cost it more for a while, not everything.
               pixels(smallest) * 16 >= pixels(alone))
