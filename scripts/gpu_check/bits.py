"""Runs that must end with the same bits: replayed, killed and resumed, repeated."""
import random
import time

from session import Failed
from sizes import failures_text, optimizer
from workspace import kill_group


# The backward of dunet's grid sampling is the one that does not repeat its bits on CUDA.
DISCRIMINATOR = {"type": "unetdiscriminatorsn", "num_feat": 16}
GAN_LOSSES = [{"type": "l1loss", "loss_weight": 1.0}, {"type": "ganloss", "loss_weight": 0.1}]
BF16 = {"use_amp": True, "amp_bf16": True}


def gan(train=None):
    return {"network_d": DISCRIMINATOR,
            "train": {**(train or {}), "losses": GAN_LOSSES, "optim_d": {"type": "AdamW", "lr": 1e-3}}}


def same_weights(session, one, other, step):
    """Whether two runs wrote the same bits: network, average and discriminator."""
    files = sorted(path.name for path in (session.experiment(one) / "models").glob(f"net_*_{step}.safetensors"))
    others = sorted(path.name for path in (session.experiment(other) / "models").glob(f"net_*_{step}.safetensors"))
    if not files or files != others:
        raise Failed(f"weights of step {step}: {files} of {one}, {others} of {other}")
    return all(session.weights_of(one, name) == session.weights_of(other, name) for name in files)


def verdict(same):
    return "weights identical" if same else "weights DIFFER"


def replay(session):
    """A run that runs out of memory equals one that follows its sizes without limit and optimizer."""
    def repeat(kind, sections):
        large = {"lq_size": 64, "batch_size": 48} if session.on_cpu else {"lq_size": 128, "batch_size": 64}
        network = {"type": "compact", "num_feat": 8, "num_conv": 2} if session.on_cpu else {
            "type": "compact", "num_feat": 64, "num_conv": 16}
        steps = 20 if session.on_cpu else 40
        sections = {**sections, "network_g": network, "deterministic": True}
        settings = {"min_lq_size": 16, "max_lq_size": 96, "adjustment_frequency": 5} if session.on_cpu else {
            "adjustment_frequency": 8}
        session.train(session.large_config(kind, steps, **large, **sections, training_automations=optimizer(**settings),
                                           memory_limit="48MiB" if session.on_cpu else "1GiB"))
        session.end_of(kind)
        again = f"{kind}_again"
        session.train(session.large_config(again, steps, **large, **sections),
                      "--set", f"datasets.train.size_schedule={session.replay(kind)}")
        session.end_of(again)
        events = session.events(kind)
        ooms = sum(event["event"] == "oom" for event in events)
        changes = len({(event["lq_size"], event["batch_size"]) for event in events if event["event"] == "progress"})
        same = same_weights(session, kind, again, steps)
        return f"{failures_text(events)}, {changes} sizes in {steps} steps, {verdict(same)}", same and ooms > 0

    yield from session.variants(plain=lambda: repeat("plain", {}), gan_bf16=lambda: repeat("gan", {**gan(), **BF16}))


def resume(session):
    """Killed with SIGKILL at random moments and continued: the weights of an uninterrupted run."""
    steps, moments = (60, (12, 28, 44)) if session.on_cpu else (600, (100, 220, 340))
    network = {"type": "compact", "num_feat": 8, "num_conv": 2} if session.on_cpu else {
        "type": "compact", "num_feat": 32, "num_conv": 6}
    drawn = random.Random(time.time_ns())

    def survive(kind, sections):
        sections = {**sections, "network_g": network, "deterministic": True, "val": {"val_enabled": False},
                    "logger": {"print_freq": 4}}
        save = 5 if session.on_cpu else 40
        whole = session.config(f"{kind}_whole", steps, save, **sections)
        killed = session.config(f"{kind}_killed", 10**6, save, **sections)
        session.train(whole)
        at = []
        for number, moment in enumerate(moments):
            with session.running(killed, *(["--auto-resume"] if number else [])) as process:
                session.wait(process, killed.stem, lambda events: in_force(events) >= moment)
                time.sleep(drawn.uniform(0, 0.15))
                kill_group(process)
            at.append(in_force(session.events(killed.stem)))
        session.train(killed, "--auto-resume", "--set", f"train.total_iter={steps}")
        starts = [event["step"] for event in session.events(killed.stem, "start")]
        session.end_of(killed.stem)
        same = same_weights(session, whole.stem, killed.stem, steps)
        return (f"killed at steps {', '.join(map(str, at))}, went on from {', '.join(map(str, starts[1:]))}: "
                f"{verdict(same)}", same and starts[-1] > 0)

    yield from session.variants(plain=lambda: survive("plain", {}),
                                gan_ema_bf16=lambda: survive("gan", {**gan(), **BF16}))


def in_force(events):
    """The last reported step of the latest start; earlier starts may have got further than it resumed from."""
    starts = [number for number, event in enumerate(events) if event["event"] == "start"]
    return max((event["step"] for event in events[starts[-1]:]), default=0) if starts else 0


def determinism(session):
    """The same run three times, the third without CUDA graphs: the same bits."""
    steps = 16 if session.on_cpu else 60
    network = {"type": "compact", "num_feat": 8, "num_conv": 2} if session.on_cpu else {
        "type": "compact", "num_feat": 64, "num_conv": 16}

    def run(name, sections):
        session.train(session.config(name, steps, 0, **sections, network_g=network, deterministic=True,
                                     val={"val_enabled": False}))
        return name

    def compare(kind, sections):
        first, second, without = (run(f"{kind}_{number}", {**sections, "cuda_graph": graph})
                                  for number, graph in enumerate(("auto", "auto", "off")))
        repeated = same_weights(session, first, second, steps)
        graphs = same_weights(session, first, without, steps)
        return (f"{steps} steps, again: {verdict(repeated)}; cuda_graph auto and off: {verdict(graphs)}",
                repeated and graphs)

    yield from session.variants(float32=lambda: compare("float32", {}), bf16=lambda: compare("bf16", BF16),
                                gan_bf16=lambda: compare("gan", {**gan(), **BF16}))
