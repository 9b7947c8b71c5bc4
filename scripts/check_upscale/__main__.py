"""Pictures that `upscale` makes, whole and in tiles, beside spandrel's."""
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[0] / "check_export"), str(HERE.parents[1] / "test/app")]
sys.dont_write_bytecode = True

import cv2  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402
from rows import rows  # noqa: E402
from spandrel import MAIN_REGISTRY, ModelLoader, UnsupportedModelError  # noqa: E402
from spandrel_extra_arches import EXTRA_REGISTRY  # noqa: E402
from weights import frames_of, trained  # noqa: E402

HEIGHT, WIDTH = 144, 208  # multiples of 16: spandrel pads what is none, ESRGAN of scale 2 to 4 where 2 is enough
TILES = (32, 64, 128)
# Of a seam: how much more the tiled picture changes than the whole one from one side of the line between two tiles to the other, in
# levels, the mean along the line.
SEAM = 1.0

torch.manual_seed(0)
MAIN_REGISTRY.add(*EXTRA_REGISTRY, ignore_duplicates=True)


def picture():
    """Soft areas, edges and noise."""
    drawn = numpy.random.default_rng(1)
    coarse = drawn.integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), dtype=numpy.uint8)
    soft = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(float)
    soft[40:100, 60:150] = 255 - soft[40:100, 60:150]
    return (soft + drawn.normal(0, 4, soft.shape)).clip(0, 255).astype(numpy.uint8)


@torch.inference_mode()
def of_spandrel(weights, image):
    try:
        model = ModelLoader("cpu").load_from_file(str(weights)).eval()
    except UnsupportedModelError:
        return None
    except RuntimeError as problem:
        if "loading state_dict" not in str(problem):
            raise
        return None  # it takes the network for one that has a part of these names
    made = model(torch.from_numpy(image[:, :, ::-1].astype(numpy.float32) / 255).permute(2, 0, 1).unsqueeze(0))
    return (made[0].permute(1, 2, 0).clamp(0, 1) * 255).round().numpy().astype(numpy.uint8)[:, :, ::-1]


def largest(one, other):
    return int(numpy.abs(one.astype(int) - other).max()) if one.shape == other.shape else 255


def seam(tiled, whole, step):
    """The largest over the lines between tiles of so many pixels."""
    change = tiled.astype(float) - whole
    worst = 0.0
    for axis in (0, 1):
        jumps = numpy.abs(numpy.diff(change, axis=axis)).mean(axis=(1 - axis, 2))
        usual = numpy.median(jumps)
        worst = max([worst, *(jumps[line - 1] - usual for line in range(step, len(jumps), step))])
    return worst


def check(work, weights, image_file, scale):
    def upscaled(*options):
        out = work.folder / "out.png"
        work.run_program("upscale", "--model", weights, "--input", image_file, "--output", out, "--overwrite", "--device", "cpu", *options)
        return cv2.imread(str(out))

    whole = upscaled()
    peer = of_spandrel(weights, cv2.imread(str(image_file)))
    beside = None if peer is None else largest(whole, peer)
    tiles = []
    for tile in TILES:
        made = upscaled("--tile", str(tile))
        tiles.append((largest(made, whole), seam(made, whole, tile * scale)))
    return beside, tiles


def main():
    full = "--full" in sys.argv[1:]
    wanted = [name for name in sys.argv[1:] if name != "--full"]
    failures = count = 0
    print("| network | scale | spandrel | " + " | ".join(f"tiles of {tile}" for tile in TILES) + " | seam | |")
    print("|---|---|---|" + "---|" * len(TILES) + "---|---|")
    with tempfile.TemporaryDirectory(prefix="check_upscale-") as folder:
        image_file = pathlib.Path(folder) / "in.png"
        cv2.imwrite(str(image_file), picture())
        for i, (shown, kind, scale, options) in enumerate(rows(wanted, full)):
            if frames_of(kind, options) > 1:
                continue
            count += 1
            try:
                work, weights = trained(kind, scale, options, pathlib.Path(folder) / str(i))
                beside, tiles = check(work, weights, image_file, scale)
            except Exception as problem:  # told in its row; the others are checked all the same
                told = f"**{type(problem).__name__}: {str(problem).strip().splitlines()[0]}**"
                print(f"| {shown} | {scale} | | {'| ' * len(TILES)}| {told} |", flush=True)
                failures += 1
                continue
            worst = max(jump for _, jump in tiles)
            fails = (beside is not None and beside > 1) or (max(level for level, _ in tiles) > 1 and worst > SEAM)
            failures += fails
            cells = [shown, scale, "-" if beside is None else beside, *(level for level, _ in tiles), f"{worst:.2f}",
                     "**fails**" if fails else "ok"]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    print(f"\n{count} networks, {failures} failures")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
