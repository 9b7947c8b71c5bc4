#!/usr/bin/env python3
"""Patches per second of processor time out of 4K H.264 (x2, batch 8, lq 64), ours beside PyAV and, where it is installed, decord:
    bench_video.py [--rounds N] [--frames N] [--photos DIR]

Makes a GT clip of 3840x2160 that moves over the photographs of a folder (PNG; default: over made-up noise) and its half as LQ, a key frame
every 30, and takes turns. Ours is the whole loader (test_train "[loader_benchmark]"), shuffled. "random" seeks for every sample, as a
Python data set with an index does; "in file order" decodes each frame once and takes one crop of it, the most that a loader can do which
does not shuffle. Needs a Python with av, numpy and opencv-python-headless, and build/release/test/test_train (or TEST_TRAIN)."""
import argparse
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import av
import cv2
import numpy as np

cv2.setNumThreads(1)
SIDES = (3840, 2160)
KEY_FRAMES = 30
PATCH = 64
ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = os.environ.get("TEST_TRAIN", str(ROOT / "build/release/test/test_train"))


def canvas(photos):
    """A picture of twice the frame's sides to move over."""
    files = sorted(pathlib.Path(photos).glob("*.png")) if photos else []
    noise = np.random.default_rng(1).integers(0, 256, (270, 480, 3), dtype=np.uint8)
    tiles = [cv2.resize(cv2.imread(str(file)), SIDES, interpolation=cv2.INTER_CUBIC) for file in files[:4]]
    tiles += [cv2.resize(noise, SIDES, interpolation=cv2.INTER_CUBIC)] * (4 - len(tiles))
    return np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])])


def write_clip(file, frames):
    with av.open(str(file), "w") as container:
        first = next(frames)
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "20", "g": str(KEY_FRAMES)})
        stream.height, stream.width, stream.pix_fmt = first.shape[0], first.shape[1], "yuv420p"
        for frame in [first, *frames]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
        container.mux(stream.encode())


def make_clips(folder, count, photos):
    picture = canvas(photos)
    width, height = SIDES
    gt = lambda: (picture[2 * i:2 * i + height, 3 * i:3 * i + width] for i in range(count))
    for part, frames in (("gt", gt()), ("lq", (cv2.resize(f, (width // 2, height // 2), interpolation=cv2.INTER_AREA) for f in gt()))):
        (folder / part).mkdir()
        write_clip(folder / part / "clip.mp4", frames)


def pairs_in_order(folder):
    with av.open(str(folder / "gt/clip.mp4")) as gt, av.open(str(folder / "lq/clip.mp4")) as lq:
        for container in (gt, lq):
            container.streams.video[0].thread_count = 1
        for a, b in zip(gt.decode(video=0), lq.decode(video=0)):
            yield a.to_ndarray(format="rgb24"), b.to_ndarray(format="rgb24")


class Seeking:
    """Frame by number, as PyAV finds it."""

    def __init__(self, file):
        self.container = av.open(str(file))
        self.stream = self.container.streams.video[0]
        self.stream.thread_count = 1
        self.ticks = 1 / (self.stream.average_rate * self.stream.time_base)

    def __getitem__(self, index):
        wanted = int(index * self.ticks)
        self.container.seek(wanted, stream=self.stream)
        for frame in self.container.decode(self.stream):
            if frame.pts >= wanted:
                return frame.to_ndarray(format="rgb24")
        raise IndexError(index)


def crop(gt, lq):
    x, y = random.randrange(lq.shape[1] - PATCH), random.randrange(lq.shape[0] - PATCH)
    small = lq[y:y + PATCH, x:x + PATCH].astype(np.float32) / 255
    large = gt[2 * y:2 * (y + PATCH), 2 * x:2 * (x + PATCH)].astype(np.float32) / 255
    return large, small


def rate(patches):
    """Of an iterable of patches."""
    began = time.process_time()
    count = sum(1 for _ in patches)
    return count / (time.process_time() - began)


def in_order(folder):
    return rate(crop(*pair) for pair in pairs_in_order(folder))


def seeking(readers, count, samples):
    return rate(crop(*(reader[index] for reader in readers)) for index in (random.randrange(count) for _ in range(samples)))


def with_pyav(folder, count):
    return seeking([Seeking(folder / part / "clip.mp4") for part in ("gt", "lq")], count, 16)


def with_decord(folder, count):
    import decord
    readers = [decord.VideoReader(str(folder / part / "clip.mp4"), num_threads=1) for part in ("gt", "lq")]
    return seeking([type("Reader", (), {"__getitem__": lambda self, i, r=r: r[i].asnumpy()})() for r in readers], count, 16)


def ours(folder, crops, patches):
    environment = {**os.environ, "SR_BENCH_GT": str(folder / "gt"), "SR_BENCH_LQ": str(folder / "lq"), "SR_BENCH_MODE": "decode",
                   "SR_BENCH_TYPE": "pairedvideodataset", "SR_BENCH_CROPS": str(crops), "SR_BENCH_PATCHES": str(patches)}
    done = subprocess.run([PROGRAM, "[loader_benchmark]"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("patches_per_core_second")))


def has_decord():
    return subprocess.run([sys.executable, "-c", "import decord"], capture_output=True, check=False).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--photos")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_clips(folder, wanted.frames, wanted.photos)
        loaders = {"ours, one crop per decode": lambda: ours(folder, 1, wanted.frames),
                   "ours, `crops_per_decode: 8`": lambda: ours(folder, 8, wanted.frames),
                   "PyAV, in file order": lambda: in_order(folder),
                   "PyAV, random": lambda: with_pyav(folder, wanted.frames)}
        if has_decord():
            loaders["decord, random"] = lambda: with_decord(folder, wanted.frames)
        rates = {title: [] for title in loaders}
        for _ in range(wanted.rounds):
            for title, measure in loaders.items():
                rates[title].append(measure())
        print("| 4K H.264 and its half, x2 | patches per core-second | range |\n|---|---|---|")
        for title, values in rates.items():
            print(f"| {title} | {statistics.median(values):.1f} | {min(values):.1f} - {max(values):.1f} |")


if __name__ == "__main__":
    main()
