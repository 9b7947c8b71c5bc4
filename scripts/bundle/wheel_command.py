"""The command sr-train of the wheel: becomes the program's launcher, so that no Python is in the running process."""
import os
import pathlib
import sys
from importlib.util import find_spec


def main():
    sys.path[:] = [place for place in sys.path if os.path.isabs(place)]  # no torch out of the working directory
    torch = find_spec("torch")
    found = list(torch.submodule_search_locations or [])[:1] if torch else []
    launcher = str(pathlib.Path(__file__).resolve().parent / "sr-train")
    os.execv(launcher, [launcher, *(option for place in found for option in ("--libtorch", place)), *sys.argv[1:]])
