"""The Python side of scripts/bench_upscale.sh: inputs and weights, spandrel's images per second, the report."""
import pathlib
import statistics
import sys
import time

import cv2
import numpy
import torch

IMAGES, WIDTH, HEIGHT, OVERLAP = 10, 480, 320, 16


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
    (folder / "in").mkdir()
    drawn = numpy.random.default_rng(1)
    for i in range(IMAGES):
        coarse = drawn.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), dtype=numpy.uint8)
        image = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        noisy = image + drawn.normal(0, 4, image.shape)
        cv2.imwrite(str(folder / f"in/{i}.png"), noisy.clip(0, 255).astype(numpy.uint8))


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


def run(folder, network, tile):
    import spandrel
    model = spandrel.ModelLoader("cpu").load_from_file(str(folder / f"{network}.pth")).eval()
    out = folder / f"peer_{network}"
    out.mkdir(exist_ok=True)
    start = time.monotonic()
    for path in sorted((folder / "in").iterdir()):
        cv2.imwrite(str(out / path.name), upscale(model, cv2.imread(str(path)), tile))
    print(f"{IMAGES / (time.monotonic() - start):.3f}")


def report(folder):
    rounds = [line.split() for line in (folder / "rounds").read_text().splitlines()]
    for network in ("compact", "esrgan"):
        ours, peer = ([float(row[i]) for row in rounds if row[0] == network] for i in (1, 2))
        difference = max(
            int(numpy.abs(cv2.imread(str(path)).astype(int) - cv2.imread(str(folder / f"peer_{network}" / path.name))).max())
            for path in (folder / f"ours_{network}").iterdir())
        a, b = statistics.median(ours), statistics.median(peer)
        print(f"{network}: {a:.2f} images/s beside {b:.2f} of spandrel: {a / b:.2f} x; outputs differ by {difference} levels")


if __name__ == "__main__":
    command, where = sys.argv[1], pathlib.Path(sys.argv[2])
    if command == "run":
        run(where, sys.argv[3], int(sys.argv[4]))
    else:
        {"prepare": prepare, "report": report}[command](where)
