"""Pairs of generated images, as large and as many as wanted, by the standard library alone."""
import pathlib
import random
import struct
import zlib


def write_png(path, rows):
    """8-bit RGB; `rows` are bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def small_rows(side, seed):
    """A picture of shaded squares with a little noise, as rows."""
    drawn = random.Random(seed)
    squares = [[drawn.randbytes(3) for _ in range(side // 8 + 1)] for _ in range(side // 8 + 1)]
    noise = [drawn.randbytes(3 * side + 251) for _ in range(7)]
    rows = []
    for y in range(side):
        plain = b"".join(square * 8 for square in squares[y // 8])[:3 * side]
        shift = drawn.randrange(251)
        rows.append(bytes((value * 7 >> 3) + (other >> 3)
                          for value, other in zip(plain, noise[y % 7][shift:shift + 3 * side])))
    return rows


def enlarged(rows, scale):
    """Each pixel `scale` times in both directions."""
    for row in rows:
        wide = b"".join(row[x:x + 3] * scale for x in range(0, len(row), 3))
        for _ in range(scale):
            yield wide


def make_pairs(folder, count, lq_side, scale, clip_size=1):
    """`count` pairs below `folder` as a data set for a configuration: LQ of lq_side squared pixels, GT the same enlarged
    by nearest neighbour. With a clip_size of more than 1 they are the frames of one scene."""
    folder = pathlib.Path(folder)
    for part in ("hr", "lr"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        rows = small_rows(lq_side, i)
        name = f"{i:03}.png" if clip_size == 1 else f"scene_{i:03}.png"
        write_png(folder / "lr" / name, rows)
        write_png(folder / "hr" / name, list(enlarged(rows, scale)))
    kind = {"type": "pairedimagedataset"} if clip_size == 1 else {"type": "pairedvideodataset", "clip_size": clip_size}
    return {"name": folder.name, **kind, "dataroot_gt": str(folder / "hr"), "dataroot_lq": str(folder / "lr")}
