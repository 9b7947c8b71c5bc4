#!/usr/bin/env python3
"""Puts one fault at a time into the source, each a line that somebody could have written, and asks whether a C++ test notices.

    scripts/mutation_check.py                # all of them, as a Markdown table; about a minute per fault
    scripts/mutation_check.py cursor window  # those whose description has one of these words
    scripts/mutation_check.py --look         # builds nothing: is each line that a fault replaces still there, once?

A fault has to be caught by a test case that itself takes less than a second: then whoever makes the mistake hears of it from the tests
that one runs while writing. The files are restored whatever happens, and in the end the programs are built without a fault again.
"""

import argparse
import dataclasses
import pathlib
import signal
import subprocess
import sys
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLOWEST = 1.0  # seconds of the case that catches a fault
TRIES = 3  # of one that takes longer: the machine may have other work
LONGEST_RUN = 300  # seconds: a fault may also end in a loop


@dataclasses.dataclass(frozen=True)
class Fault:
    what: str  # is wrong with it
    file: str
    old: str  # a line of the file, without its indentation
    new: str
    test: str  # the program is test_<test>
    cases: str  # a filter of Catch2


FAULTS = [
    # The loop and what stands beside it.
    Fault("the learning rate is that of the next step", "lib/train/trainer.cpp",
          "const LearningRates rates = parts_.rate.of_step(at, batch_size, parts_.automations.rate_factor());",
          "const LearningRates rates = parts_.rate.of_step(next, batch_size, parts_.automations.rate_factor());",
          "train", "a step has the learning rate of its beginning*"),
    Fault("the cursor is not rolled back with an attempt that failed", "lib/train/trainer.cpp",
          "prefetch_after(batch);",
          "prefetch_after(batch); state_.cursor = batch.next_sample;",
          "train", "memory that runs out at step 3*"),
    Fault("a step that ran out of memory is tried again at the same size", "lib/train/trainer.cpp",
          "size = parts_.sizes.now();  // the same step, the same samples",
          "static_cast<void>(size);  // the same step, the same samples",
          "train", "memory that runs out at step 3*"),
    Fault("a step with a validation is saved behind it", "lib/train/trainer.cpp",
          "if (state_.is_due(config.logger.save_checkpoint_freq) || last) {",
          "if (state_.is_due(config.logger.save_checkpoint_freq) && !state_.is_due(config.val.val_freq)) {",
          "train", "a state is saved before the validation of its step*"),
    Fault("half a step is saved", "lib/train/trainer.cpp",
          "committing_ = true;",
          "committing_ = false;",
          "train", "a state with half a step in it is never saved"),
    Fault("a validation does not look for signals", "lib/train/validation_round.cpp",
          "listener.stop_wanted = [this] { return parts_.stop_requested().has_value(); };",
          "listener.stop_wanted = [] { return false; };",
          "train", "a validation that a signal cut off*"),
    Fault("a score that is no number is the best", "lib/train/run_state.cpp",
          "return std::isfinite(score) &&",
          "return !std::isinf(score) &&",
          "train", "a score that is not finite*"),
    # The step and what is saved of it.
    Fault("the optimizer is restored and the averages are not", "lib/train/restored_run.cpp",
          "load_exactly(weights.file, contents, weights.tensors);",
          'if (weights.key == "params") load_exactly(weights.file, contents, weights.tensors);',
          "train", "*averages and the optimizer come back*"),
    Fault("pieces of an accumulated batch count as if each were alone", "lib/train/train_step.cpp",
          "train(first, count, static_cast<double>(count) / static_cast<double>(samples * processes_));",
          "train(first, count, static_cast<double>(count) / static_cast<double>(part * processes_));",
          "train", "parts and micro-batches give the gradients*"),
    Fault("gradients of a step that was undone are left", "lib/train/train_step.cpp",
          "if (begun_) {  // else the buffers that were kept are those of the step before",
          "if (!begun_) {  // else the buffers that were kept are those of the step before",
          "train", "a step that is undone has never been"),
    Fault("a step recorded for another size is launched", "lib/train/step_graphs.cpp",
          "if (shape_ != shape) {",
          "if (shape_ != shape && !recorded()) {",
          "train", "another shape drops the recording*"),
    # Size control.
    Fault("a window is a step too long", "lib/automation/window_meter.h",
          "bool complete() const { return steps_ >= frequency_; }",
          "bool complete() const { return steps_ > frequency_; }",
          "automation", "a window holds the maxima*"),
    Fault("the failing frontier blocks what is smaller", "lib/automation/failing_frontier.cpp",
          "[&](const Entry& entry) { return covers(size, entry.size); }) ||",
          "[&](const Entry& entry) { return covers(entry.size, size); }) ||",
          "automation", "a genuine failure blocks*"),
    Fault("what stays between steps is not a part of a prediction", "lib/automation/memory_model.cpp",
          "return between_steps_ + static_cast<std::int64_t>(std::ceil(std::max(0.0, activations(size))));",
          "return static_cast<std::int64_t>(std::ceil(std::max(0.0, activations(size))));",
          "automation", "one measurement of an affine device*"),
    Fault("micro-batches end when others take more memory", "lib/automation/floor_ladder.cpp",
          "if (started_->external - now.external <= margin && now.total <= started_->total) {",
          "if (now.external - started_->external <= margin && now.total <= started_->total) {",
          "automation", "micro-batches end when memory comes free"),
    Fault("a resumed controller has forgotten what failed", "lib/automation/dynamic_batch_size_optimizer_state.cpp",
          'frontier_.restore(state.at("frontier"));',
          'static_cast<void>(state.at("frontier"));',
          "automation", "a restored optimizer is the saved one"),
    Fault("another program's memory is held against the size", "lib/automation/dynamic_batch_size_optimizer_failure.cpp",
          "if (grown > kExternalGrowth * static_cast<double>(failure.total)) {",
          "if (grown < -kExternalGrowth * static_cast<double>(failure.total)) {",
          "automation", "a proven size that fails after others took memory*,a size smaller than a proven one*"),
]


def path_of(fault):
    return ROOT / fault.file


def with_fault(fault, text):
    """The text with that one line replaced; raises ValueError where it is not there exactly once."""
    lines = text.split("\n")
    places = [i for i, line in enumerate(lines) if line.strip() == fault.old]
    if len(places) != 1:
        raise ValueError(f"{fault.file} has this line {len(places)} times, not once: {fault.old}")
    place = places[0]
    indent = lines[place][:len(lines[place]) - len(lines[place].lstrip())]
    lines[place] = indent + fault.new
    return "\n".join(lines)


def build(folder, programs):
    command = ["cmake", "--build", str(folder), "--target", *programs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(programs)} cannot be built:\n{(done.stdout + done.stderr)[-2000:]}")


def run(folder, fault):
    """The cases that failed as (seconds, name), the quickest first. A program that ended in another way is a case without a name."""
    command = [str(folder / "test" / f"test_{fault.test}"), "-r", "xml", "-d", "yes", fault.cases]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_RUN)
        cases = list(xml.fromstring(done.stdout).iter("TestCase"))
    except subprocess.TimeoutExpired:
        return [(float(LONGEST_RUN), "(the program did not end)")]
    except xml.ParseError:
        return [(0.0, f"(the program ended with {done.returncode})")]
    if not cases:
        raise RuntimeError(f"no case of test_{fault.test} is called {fault.cases}")
    results = [(case.get("name"), case.find("OverallResult")) for case in cases]
    return sorted((float(result.get("durationInSeconds", "0")), name) for name, result in results if result.get("success") != "true")


def try_fault(folder, fault):
    """What run() gives with the fault in place."""
    original = path_of(fault).read_text()
    try:
        path_of(fault).write_text(with_fault(fault, original))
        build(folder, [f"test_{fault.test}"])
        results = []
        while len(results) < TRIES and not any(failed[0][0] < SLOWEST for failed in results if failed):
            results.append(run(folder, fault))
            if not results[-1]:
                break
        return min(results, key=lambda failed: failed[0] if failed else ())
    finally:
        path_of(fault).write_text(original)


def look(faults):
    problems = []
    for fault in faults:
        try:
            with_fault(fault, path_of(fault).read_text())
        except (OSError, ValueError) as problem:
            problems.append(f"{fault.what}: {problem}")
    return problems


def check(folder, faults):
    """True when a quick case caught every fault."""
    programs = sorted({f"test_{fault.test}" for fault in faults})
    build(folder, programs)
    for fault in faults:
        if failed := run(folder, fault):
            raise RuntimeError(f"fails without a fault: {failed[0][1]}")
    print("| fault | file | caught by | s |\n|---|---|---|---|", flush=True)
    all_caught = True
    try:
        for fault in faults:
            failed = try_fault(folder, fault)
            seconds, name = failed[0] if failed else (0.0, "**nothing**")
            all_caught = all_caught and bool(failed) and seconds < SLOWEST
            print(f"| {fault.what} | `{fault.file}` | {name} | {f'{seconds:.3f}' if failed else ''} |", flush=True)
    finally:
        build(folder, programs)
    return all_caught


def stop(number, _frame):
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("words", nargs="*", help="only faults whose description has one of them")
    parser.add_argument("--build", default="build/release", help="the build folder (default: %(default)s)")
    parser.add_argument("--look", action="store_true", help="build nothing, only look whether the lines are there")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)  # so that files are restored
    signal.signal(signal.SIGHUP, stop)
    faults = [fault for fault in FAULTS if not arguments.words or any(word in fault.what for word in arguments.words)]
    if problems := look(faults):
        print("\n".join(problems), file=sys.stderr)
        return 1
    if arguments.look:
        return 0
    try:
        return 0 if check((ROOT / arguments.build).absolute(), faults) else 1
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
