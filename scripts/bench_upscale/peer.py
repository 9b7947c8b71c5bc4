"""The Python side of scripts/bench_upscale.sh: inputs and weights, spandrel's images per second and peak memory, the report."""
import pathlib
import resource
import statistics
import sys
import time

import cv2
import numpy
import torch

IMAGES, WIDTH, HEIGHT, OVERLAP = 10, 480, 320, 16
SMALL_IMAGES, SMALL_WIDTH, SMALL_HEIGHT = 200, 96, 64


def convolution(weights, name, out, into):
    weights[f"{name}.weight"] = torch.randn(out, into, 3, 3) * (0.5 / (into * 9) ** 0.5)
    weights[f"{name}.bias"] = torch.zeros(out)


def compact(features=24, convolutions=8, scale=2):
    weights = {}
    convolution(weights, "body.0", features, 3)
    for i in range(convolutions + 1):
        weights[f"body.{2 * i + 1}.weight"] = torch.full((features,), 0.25)
        convolution(weights, f"body.{2 * i + 2}", 3 * scale**2 if i == convolutions else features, features)
    return weights


def esrgan(blocks=2, features=64, growth=32):
    weights = {}
    convolution(weights, "model.0", features, 3)
    for block in range(blocks):
        for dense in (1, 2, 3):
            for i in range(5):
                convolution(weights, f"model.1.sub.{block}.RDB{dense}.conv{i + 1}.0", features if i == 4 else growth,
                            features + i * growth)
    for name in (f"1.sub.{blocks}", "3", "6", "8"):
        convolution(weights, f"model.{name}", features, features)
    convolution(weights, "model.10", 3, features)
    return weights


def prepare(folder):
    torch.manual_seed(1)
    torch.save(compact(), folder / "compact.pth")
    torch.save(esrgan(), folder / "esrgan.pth")
    draw_images(folder / "in", IMAGES, WIDTH, HEIGHT)
    draw_images(folder / "small", SMALL_IMAGES, SMALL_WIDTH, SMALL_HEIGHT)
    draw_images(folder / "one", 1, 16, 16)


def draw_images(folder, amount, width, height):
    folder.mkdir()
    drawn = numpy.random.default_rng(1)
    for i in range(amount):
        coarse = drawn.integers(0, 256, (height // 8, width // 8, 3), dtype=numpy.uint8)
        image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        noisy = image + drawn.normal(0, 4, image.shape)
        cv2.imwrite(str(folder / f"{i}.png"), noisy.clip(0, 255).astype(numpy.uint8))


@torch.inference_mode()
def upscale(model, image, tile):
    """Tiles with overlap whose inner part is kept."""
    whole = torch.from_numpy(image[:, :, ::-1].astype(numpy.float32) / 255).permute(2, 0, 1).unsqueeze(0)
    height, width = image.shape[:2]
    result = torch.empty(1, 3, height * model.scale, width * model.scale)
    for y in range(0, height, tile):
        for x in range(0, width, tile):
            y0, x0 = max(0, y - OVERLAP), max(0, x - OVERLAP)
            y1, x1 = min(height, y + tile), min(width, x + tile)
            made = model(whole[:, :, y0:y1 + OVERLAP, x0:x1 + OVERLAP])
            s = model.scale
            result[:, :, y * s:y1 * s, x * s:x1 * s] = made[:, :, (y - y0) * s:(y1 - y0) * s, (x - x0) * s:(x1 - x0) * s]
    pixels = (result[0].permute(1, 2, 0).clamp(0, 1) * 255).round()
    return pixels.numpy().astype(numpy.uint8)[:, :, ::-1]


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def peer(folder, network, tile):
    """Of spandrel: images per second, seconds of processor time an image, MiB of the process and those that images have added."""
    import spandrel
    model = spandrel.ModelLoader("cpu").load_from_file(str(folder / f"{network}.pth")).eval()
    out = folder / f"peer_{network}"
    out.mkdir(exist_ok=True)
    loaded = peak_mib()
    start, busy = time.monotonic(), time.process_time()
    for path in sorted((folder / "in").iterdir()):
        cv2.imwrite(str(out / path.name), upscale(model, cv2.imread(str(path)), tile))
    rate = IMAGES / (time.monotonic() - start)
    peak = peak_mib()
    print(f"{rate:.3f} {(time.process_time() - busy) / IMAGES:.4f} {peak:.0f} {peak - loaded:.0f}")


def report(folder):
    rounds = [line.split() for line in (folder / "rounds").read_text().splitlines()]
    print("| network | | images/s | processor time of an image, s | peak memory, MiB | of that for images |\n|---|---|---|---|---|---|")
    for network in ("compact", "esrgan"):
        sides = {side: numpy.median([[float(cell) for cell in row[2:]] for row in rounds if row[:2] == [network, side]], axis=0)
                 for side in ("ours", "peer")}
        for side, shown in (("ours", "sr-train"), ("peer", "spandrel")):
            rate, busy, peak, added = sides[side]
            print(f"| {network} | {shown} | {rate:.2f} | {busy:.3f} | {peak:.0f} | {added:.0f} |")
        print("| | ratio | " + " | ".join(f"{ratio:.2f}" for ratio in sides["ours"] / sides["peer"]) + " |")
        difference = max(
            int(numpy.abs(cv2.imread(str(path)).astype(int) - cv2.imread(str(folder / f"peer_{network}" / path.name))).max())
            for path in (folder / f"ours_{network}").iterdir())
        shares = [float(row[2]) for row in rounds if row[:2] == [network, "small"]]
        print(f"\n{network}: outputs differ by {difference} levels; computing {statistics.median(shares):.1f} % of the time "
              f"for {SMALL_IMAGES} images of {SMALL_WIDTH}x{SMALL_HEIGHT}\n")


if __name__ == "__main__":
    command, where, arguments = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    if command == "peer":
        peer(where, arguments[0], int(arguments[1]))
    else:
        {"prepare": prepare, "report": report}[command](where)
