"""Gives option files of the other trainers made-up data and asks sr-train check about them."""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/app"))
from pictures import enlarged, small_rows, write_png  # noqa: E402

PROGRAM = os.environ.get("SR_TRAIN", str(ROOT / "build/release/sr-train"))
SCALES = (1, 2, 3, 4, 8)
SIDE = 40  # of LQ, pixels; crops that are larger are padded
FRAMES = 8
ROOTS = ("dataroot_gt", "dataroot_lq")
FILES = ("meta_info", "meta_info_file", "gt_path")


class Loader(yaml.SafeLoader):
    """Reads 1e-4 as a number, as the other trainers' files mean it."""


Loader.add_implicit_resolver("tag:yaml.org,2002:float",
                             re.compile(r"^[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][-+]?\d+)?$|^[-+]?\.(inf|nan)$"), list("-+0123456789."))


def make_data(folder):
    """folder/images/{lq,gt1,gt2 ...} and folder/scenes/... of one scene."""
    for kind, names in (("images", ("a", "b")), ("scenes", [f"scene/{i:08d}" for i in range(FRAMES)])):
        for number, name in enumerate(names):
            rows = small_rows(SIDE, number)
            for part, scale in (("lq", 1), *((f"gt{scale}", scale) for scale in SCALES)):
                path = folder / kind / part / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                write_png(path, list(enlarged(rows, scale)))


def with_made_up_data(document, folder):
    scale = document.get("scale", 1)
    clips = any((holder.get("clip_size") or 1) > 1 for holder in [document, *document["datasets"].values()] if isinstance(holder, dict))
    for key, data_set in document["datasets"].items():
        if not isinstance(data_set, dict):
            continue
        kind = "scenes" if clips or "video" in str(data_set.get("type", "")).lower() else "images"
        for root in ROOTS:
            value = data_set.get(root)
            if value is not None:
                made = str(folder / kind / (f"gt{scale}" if root == "dataroot_gt" else "lq"))
                data_set[root] = [made] if isinstance(value, list) else made
        for name in FILES:
            data_set.pop(name, None)
        data_set["filename_tmpl"] = "{}"
    path = document.get("path") or {}
    document["path"] = {key: None if "pretrain" in key or key == "resume_state" else value for key, value in path.items()}
    return document


def reason(text):
    """The problems of a refusal without places and file names."""
    problems = []
    for line in text.splitlines():
        found = re.search(r"\.yml:\d+: (.*)", line)
        if found:
            problems.append(re.sub(r"\s+", " ", found[1]))
    return problems or [text.strip().splitlines()[-1] if text.strip() else "nothing said"]


def check(file, folder):
    document = yaml.load(file.read_text(), Loader)
    if not isinstance(document, dict) or not (document.get("datasets") or {}).get("train"):
        return None
    made = folder / (re.sub(r"\W", "_", str(file)) + ".yml")
    made.write_text(json.dumps(with_made_up_data(document, folder)))
    done = subprocess.run([PROGRAM, "check", "--config", made, "--quiet"], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")})
    return done.returncode, reason(done.stdout + done.stderr) if done.returncode else []


def main():
    parser = argparse.ArgumentParser(prog="check_templates.sh")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    refusals = collections.defaultdict(list)
    print("| files | counted | pass | refused |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_data(folder)
        for source in options.folders:
            files = [source] if source.is_file() else sorted(source.rglob("*.yml"))
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                results = [(file, result) for file, result in zip(files, pool.map(lambda file: check(file, folder), files)) if result]
            refused = [(file, problems) for file, (code, problems) in results if code]
            print(f"| {source} | {len(results)} | {len(results) - len(refused)} | {len(refused)} |", flush=True)
            for file, problems in refused:
                for problem in dict.fromkeys(problems):
                    refusals[problem].append(str(file))
    print()
    for problem, files in sorted(refusals.items(), key=lambda entry: -len(entry[1])):
        print(f"* {len(files)}: {problem}")
        for file in files if options.list else ():
            print(f"  {file}")
    return 1 if refusals else 0


if __name__ == "__main__":
    sys.exit(main())
