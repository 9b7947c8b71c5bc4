"""The GPU's own tests, the quick start, and how busy the card is."""
import statistics
import subprocess
import threading
import time
import xml.etree.ElementTree

from session import Failed, Row
from workspace import ROOT, find_program

BICUBIC_PSNR = 27.70  # of data/tiny's validation images, dB (README.md)
STEADY_BUSY = 0.95


def gpu_tests(session):
    """Every C++ test that needs a GPU."""
    program = find_program("GPU_TESTS", "gpu_tests", "build/release/test/gpu_tests")
    filters = "[any_device]" if session.on_cpu else "[gpu]"
    environment = {"SR_GPU_TESTS_ON": "cpu"} if session.on_cpu else {"SR_REQUIRE_GPU": "1"}
    report = session.log.folder / "gpu_tests.xml"
    done = subprocess.run([program, filters, "-r", "junit", "-o", report], capture_output=True, text=True,
                          timeout=session.timeout_s, env={**session.environment, **environment})
    session.log.add(f"--- {program} {filters}\n{done.stdout}{done.stderr}exit code {done.returncode}")
    if not report.exists():
        raise Failed(f"{program} ended with {done.returncode} and wrote no report\n{done.stderr}")
    suite = xml.etree.ElementTree.parse(report).getroot()
    cases = [case for case in suite.iter("testcase")]
    bad = [case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None]
    named = f": {'; '.join(sorted(set(bad)))}" if bad else ""
    yield Row("tests", "", f"{len(cases)} cases, {len(bad)} failed{named}",
              done.returncode == 0 and not bad and len(cases) > 0)


def quickstart(session):
    """configs/quickstart.yml in every precision: exit code 0 and better than bicubic."""
    precisions = {"float32": (), "bf16": ("use_amp=true", "amp_bf16=true"), "fp16": ("use_amp=true",)}
    if session.on_cpu:
        precisions.pop("fp16")  # mixed precision on the CPU is always bf16
    steps = 400 if session.on_cpu else 1000

    def train(name, settings):
        settings = (*settings, f"name={name}", f"path.experiments_root={session.folder / 'experiments'}",
                    f"train.total_iter={steps}", "val.save_img=false", "logger.use_tb_logger=false")
        session.train(ROOT / "configs/quickstart.yml", *[word for one in settings for word in ("--set", one)], cwd=ROOT)
        end = session.end_of(name)
        psnr = session.events(name, "validation")[-1]["metrics"]["psnr"]
        return (f"PSNR {psnr:.2f} dB after {steps} steps, bicubic {BICUBIC_PSNR:.2f}; {end['elapsed_s']:.1f} s, "
                f"{end['skipped']} steps skipped", psnr > BICUBIC_PSNR)

    yield from session.variants(**{name: lambda name=name: train(name, precisions[name]) for name in precisions})


class Utilization:
    """The share of time in which the first GPU computed, sampled by nvidia-smi."""

    def __init__(self):
        self.samples = []
        self.process = subprocess.Popen(
            ["nvidia-smi", "-i", "0", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "100"],
            stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.samples.append((time.monotonic(), int(line) / 100))

    def take(self, since):
        self.process.terminate()
        self.process.wait()
        return [share for moment, share in self.samples if moment >= since]


def busy(session):
    """How busy the card is with images in memory: at least 95 % of the time."""
    plans = {"Compact_64x16_batch_16": ({"type": "compact", "num_feat": 64, "num_conv": 16}, 16, 64),
             "RRDB_23_blocks_batch_8": ({"type": "esrgan"}, 8, 64)}
    if session.on_cpu:
        plans = {"Compact_12x4_batch_4": ({"type": "compact", "num_feat": 12, "num_conv": 4}, 4, 32)}
    for name, (network, batch_size, lq_size) in plans.items():
        yield from session.variants(**{name: lambda: measure(session, name, network, batch_size, lq_size)})


def measure(session, name, network, batch_size, lq_size):
    """Samples a few seconds of a run that is warm: kernels chosen, images in memory."""
    config = session.large_config(name, 10**6, lq_size, batch_size, network_g=network, use_amp=True, amp_bf16=True,
                                  logger={"print_freq": 10})
    warm_s, measured_s = (1, 2) if session.on_cpu else (2, 6)
    with session.running(config) as process:
        session.wait(process, name, lambda events: any(event["step"] >= 50 for event in events))
        utilization = None if session.on_cpu else Utilization()
        time.sleep(warm_s)  # the tool shows the mean of up to its last second
        since, from_step = time.monotonic(), session.events(name)[-1]["step"]
        time.sleep(measured_s)
        samples = utilization.take(since) if utilization else []
        to_step = session.events(name)[-1]["step"]
        session.stop(process, name)
    rows = [event for event in session.events(name, "progress") if from_step < event["step"] <= to_step]
    if not rows:
        raise Failed("no step was reported while it was measured")
    step_ms = statistics.median(event["step_ms"] for event in rows)
    wait_ms = statistics.median(event["data_wait_ms"] for event in rows)
    if session.on_cpu:  # nothing counts there; what does not wait for data computes
        share, what = 1 - wait_ms / step_ms, "of the step is no wait for data"
    elif samples:
        share, what = statistics.mean(samples), f"busy (mean of {len(samples)} samples, lowest {min(samples):.0%})"
    else:
        raise Failed("nvidia-smi gave no samples")
    return (f"{share:.1%} {what}; step {step_ms:.2f} ms, data wait {wait_ms:.3f} ms, "
            f"memory {rows[-1]['memory_usage']:.1%}", share >= STEADY_BUSY)
