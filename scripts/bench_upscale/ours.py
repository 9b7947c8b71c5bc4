"""Images per second and peak memory of `sr-train upscale`. A small process, because a new program's peak memory counts that of the
process which started it."""
import os
import pathlib
import re
import subprocess
import sys


def upscaled(program, folder, network, source, out):
    """What `sr-train upscale` prints, and its own resources: processor time in seconds, MiB."""
    command = [program, "upscale", "--model", folder / f"{network}.pth", "--input", source, "--output", out, "--overwrite", "--device", "cpu"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command}: {told}")
    return told, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def done(told, pattern):
    return float(re.search(r"^done: .*?" + pattern, told, re.MULTILINE).group(1))


def ours(folder, network, program):
    """Images per second, seconds of processor time an image, MiB of the process and those that images have added. Start and loading are
    what an image of 16x16 pixels takes."""
    images = len(list((folder / "in").iterdir()))
    told, busy, peak = upscaled(program, folder, network, folder / "in", folder / f"ours_{network}")
    _, start, loaded = upscaled(program, folder, network, folder / "one", folder / "ours_one")
    print(f"{done(told, r' ([0-9.]+)/s'):.3f} {(busy - start) / images:.4f} {peak:.0f} {peak - loaded:.0f}")


def small(folder, network, program):
    """The share of time in which the network computes, for a folder of small images."""
    told, _, _ = upscaled(program, folder, network, folder / "small", folder / f"small_{network}")
    print(f"{done(told, r'computing ([0-9.]+) ?%'):.1f}")


if __name__ == "__main__":
    {"ours": ours, "small": small}[sys.argv[1]](pathlib.Path(sys.argv[2]), *sys.argv[3:])
