"""Runs the benchmarks and puts what they print into docs/benchmarks.md: see bench_all.sh."""
import datetime
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/benchmarks.md"
PYTHON = os.environ.get("PEER_PYTHON", "python3")
PROGRAM = os.environ.get("SR_TRAIN", str(ROOT / "build/release/sr-train"))

# What is run; {python} and {program} are not written into the page.
PARTS = {
    "step": "scripts/bench_step.sh --device cpu compact_small compact_small_bf16 compact_lq32_bf16 rrdb_small",
    "load": "scripts/bench_load.sh --rounds 3 --burners '0 2 4 6' {program}",
    "video": "{python} scripts/bench_video.py",
    "files": "scripts/bench_files.py 200000 1000000",
    "upscale": "scripts/bench_upscale.sh --rounds 3 --python {python} --program {program}",
    "ranks": "scripts/check_ranks.sh scaling",
    "control": "scripts/bench_control.sh",
}


def processor():
    names = re.findall(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    amx = ", AMX" if "amx_bf16" in pathlib.Path("/proc/cpuinfo").read_text() else ""
    return f"{names[0] if names else 'unknown processor'}{amx}, {len(os.sched_getaffinity(0))} cores"


def tables(text):
    """The Markdown tables of what a script printed; without one, its lines as they are."""
    text = text.replace(PROGRAM, "sr-train")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return "\n".join(rows) if rows else "```\n" + text.strip() + "\n```"


def run(command):
    load = os.getloadavg()[0]
    words = command.format(python=PYTHON, program=PROGRAM)
    done = subprocess.run(["bash", "-c", words], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PEER_PYTHON": PYTHON, "SR_TRAIN": PROGRAM})
    shown = re.sub(r" *(--\w+ )?\{\w+\}", "", command).strip()
    head = f"`{shown}`: {processor()}, load {load:.1f} at the start, {datetime.date.today()}"
    return done.returncode, f"{head}\n\n{tables(done.stdout)}"


def put(part, text):
    """Into the page, between the marks of the part, which are added where they are missing."""
    begin, end = f"<!-- bench_all: {part} -->", f"<!-- end of {part} -->"
    page = PAGE.read_text()
    block = f"{begin}\n{text}\n{end}"
    found = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    page = found.sub(lambda _: block, page) if found.search(page) else page.rstrip() + f"\n\n{block}\n"
    PAGE.write_text(page)


def main(wanted):
    if wanted == ["--list"]:
        print("\n".join(f"{part:8} {command}" for part, command in PARTS.items()))
        return 0
    if unknown := [part for part in wanted if part not in PARTS]:
        print(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 1
    failed = []
    for part in wanted or PARTS:
        code, text = run(PARTS[part])
        print(f"\n## {part}{'' if code == 0 else f': failed with {code}'}\n\n{text}", flush=True)
        if code == 0:
            put(part, text)
        else:
            failed.append(part)
    if failed:
        print("failed: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
