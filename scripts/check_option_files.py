#!/usr/bin/env python3
"""Option files of other trainers through `sr-train check`, with nothing changed but their paths.

    scripts/check_option_files.py FILE_OR_FOLDER...      e.g. Real-ESRGAN/options BasicSR/options/train/RealESRGAN

Folders are searched for .yml. Data sets are pointed at images that are made for each file's scale; lists of files and weights, which
nobody has here, are taken out. Prints an exit code a file, and why one is refused; exit code 1 when one is. Needs Python 3 and
build/release/sr-train (or SR_TRAIN)."""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/app"))
import pictures  # noqa: E402
from workspace import Workspace  # noqa: E402

LQ_SIDE = 128  # of an image: large enough for the crops of all files
WEIGHTS = ("pretrain_network_g", "pretrain_network_d", "resume_state")


def section_of(text, name, indent=0):
    """The lines below a key; enough for files that are written a key a line."""
    found = re.search(rf"(?ms)^ {{{indent}}}{name}:[^\n]*\n(.*?)(?=^ {{0,{indent}}}[^\s#]|\Z)", text)
    return found[1] if found else ""


def keys(section, indent):
    return re.findall(rf"(?m)^ {{{indent}}}(\w+):", section)


def other_paths(text, images):
    """What --set changes."""
    sets = section_of(text, "datasets")
    for part in keys(sets, 2):
        settings = keys(section_of(sets, part, 2), 4)
        for root in ("dataroot_gt", "dataroot_lq"):
            if root in settings:
                yield f"datasets.{part}.{root}={images[root]}"
        for name in ("meta_info", "meta_info_file"):
            if name in settings:
                yield f"datasets.{part}.{name}=~"
    for name in keys(section_of(text, "path"), 2):
        if name in WEIGHTS:
            yield f"path.{name}=~"


def files_of(arguments):
    for path in map(pathlib.Path, arguments):
        yield from sorted(path.rglob("*.yml")) if path.is_dir() else [path]


def main():
    files = list(files_of(sys.argv[1:]))
    if not files:
        sys.exit(__doc__)
    refused = 0
    with tempfile.TemporaryDirectory(prefix="sr-options-") as folder:
        space = Workspace()
        space.use_folder(folder)
        images = {}
        for file in files:
            text = file.read_text()
            scale = int(re.search(r"(?m)^scale: *(\d+)", text)[1])
            if scale not in images:
                images[scale] = pictures.make_pairs(space.folder / f"x{scale}", 2, LQ_SIDE, scale)
            arguments = [word for path in other_paths(text, images[scale]) for word in ("--set", path)]
            done = space.run_program("check", "--config", file.resolve(), *arguments, code=tuple(range(256)))
            refused += done.returncode != 0
            print(f"{done.returncode} {file}")
            for line in done.stderr.splitlines() if done.returncode else []:
                print(f"    {line}")
    print(f"{len(files)} files, {refused} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
