"""Files that metrics read, small enough to be made up: a real network of random weights."""
import array
import json
import pathlib
import random
import struct

SOURCE = pathlib.Path(__file__).resolve().parents[2]
NIQE = SOURCE / "test/metric/niqe_parameters.safetensors"
SQUEEZE_FIRES = ((3, 64, 16, 64), (4, 128, 16, 64), (6, 128, 32, 128), (7, 256, 32, 128), (9, 256, 48, 192), (10, 384, 48, 192),
                 (11, 384, 64, 256), (12, 512, 64, 256))
SQUEEZE_LINES = (64, 128, 256, 384, 384, 512, 512)


def write_random(path, shapes, seed=1):
    """float32 of a spread that keeps features alive from layer to layer; of `lin` not below 0."""
    draw = random.Random(seed).uniform
    header, data = {}, array.array("f")
    for name, shape in shapes.items():
        inputs = 1
        for side in shape[1:]:
            inputs *= side
        spread = (6 / inputs) ** 0.5 if len(shape) > 1 else 0.1
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [4 * len(data), 4 * (len(data) + shape[0] * inputs)]}
        data.extend(draw(0 if name.startswith("lin") else -spread, spread) for _ in range(shape[0] * inputs))
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data.tobytes())
    return path


def lpips_squeeze(path, seed=1):
    """LPIPS through squeezenet1_1, by the names that scripts/fetch_weights.py gives."""
    shapes = {"features.0.weight": (64, 3, 3, 3), "features.0.bias": (64,)}
    for number, inputs, squeezed, expanded in SQUEEZE_FIRES:
        for part, shape in (("squeeze", (squeezed, inputs, 1, 1)), ("expand1x1", (expanded, squeezed, 1, 1)),
                            ("expand3x3", (expanded, squeezed, 3, 3))):
            shapes[f"features.{number}.{part}.weight"] = shape
            shapes[f"features.{number}.{part}.bias"] = shape[:1]
    for number, channels in enumerate(SQUEEZE_LINES):
        shapes[f"lin{number}.model.1.weight"] = (1, channels, 1, 1)
    return write_random(path, shapes, seed)
