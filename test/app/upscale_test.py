"""sr-train upscale and info as a user runs them: from a run's weights, or a file of elsewhere, to pictures and scores."""
import json
import os
import pathlib
import random
import resource
import shutil
import struct
import subprocess
import time
import zlib

from harness import PROGRAM, SOURCE, Case, signal, unittest
from pictures import small_rows, write_png

VAL = SOURCE / "data/tiny/val"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by PNG's colour type


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, rows, extra=b""):
    """A PNG of these rows (bytes), with further chunks before its pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra +
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b""))


def catches(pid, number):
    """Whether the process has a handler of its own for a signal."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("SigCgt:")[1].split()[0], 16) >> (number - 1) & 1


def chunks(data):
    at, found = 8, []
    while at < len(data):
        length = struct.unpack(">I", data[at:at + 4])[0]
        found.append((data[at + 4:at + 8], data[at + 8:at + 8 + length]))
        at += 12 + length
    return found


def pixels(path):
    """(width, height, bits, colour type, rows) of a PNG without interlacing."""
    found = chunks(path.read_bytes())
    width, height, bits, colour = struct.unpack(">IIBB", dict(found)[b"IHDR"][:10])
    raw = zlib.decompress(b"".join(data for kind, data in found if kind == b"IDAT"))
    size = max(1, CHANNELS[colour] * bits // 8)
    stride = width * size
    rows, above = [], bytes(stride)
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - size] if i >= size else 0
            corner = above[i - size] if i >= size else 0
            nearest = min((left, above[i], corner), key=lambda value: abs(left + above[i] - corner - value))
            row[i] = (row[i] + (0, left, above[i], (left + above[i]) // 2, nearest)[kind]) % 256
        above = bytes(row)
        rows.append(above)
    return width, height, bits, colour, rows


def nearest_weights(path, scale=2, features=2, broken=False, channels=3, metadata=None):
    """A Compact whose weights are all zero, so that it repeats pixels; `broken`: gives NaN."""
    shapes = {"body.0.weight": [features, channels, 3, 3], "body.0.bias": [features], "body.1.weight": [features],
              "body.2.weight": [3 * scale * scale, features, 3, 3], "body.2.bias": [3 * scale * scale]}
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, shape in shapes.items():
        count = 1
        for side in shape:
            count *= side
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack("<f", 3e38 if broken else 0) * count
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


class Upscale(Case):
    def setUp(self):
        super().setUp()
        self.model = nearest_weights(self.folder / "nearest.safetensors")
        self.output = self.folder / "out"

    def upscale(self, source, *arguments, code=0, output=None, model=None, **options):
        return self.run_program("upscale", "--model", model or self.model, "--input", source, "--output",
                                output or self.output, *arguments, code=code, **options)

    def upscaled(self, data, *arguments, name="x.png"):
        """The pixels that become of an encoded picture."""
        source = self.folder / name
        source.write_bytes(data)
        self.upscale(source, "--overwrite", *arguments)
        return pixels(self.output / name)

    def test_pixels_of_every_kind_of_png(self):
        self.assertEqual(self.upscaled(png(2, 1, 8, 2, [bytes([1, 2, 3, 250, 251, 252])])),
                         (4, 2, 8, 2, [bytes([1, 2, 3, 1, 2, 3, 250, 251, 252, 250, 251, 252])] * 2))
        self.assertEqual(self.upscaled(png(2, 1, 8, 0, [bytes([7, 200])])), (4, 2, 8, 0, [bytes([7, 7, 200, 200])] * 2))
        deep = struct.pack(">HHH", 1, 30000, 65535)
        self.assertEqual(self.upscaled(png(1, 1, 16, 2, [deep])), (2, 2, 16, 2, [deep * 2] * 2))
        self.assertEqual(self.upscaled(png(1, 1, 16, 2, [deep]), "--bits", "8"), (2, 2, 8, 2, [bytes([0, 117, 255] * 2)] * 2))
        self.assertEqual(self.upscaled(png(1, 1, 16, 0, [struct.pack(">H", 12345)])),
                         (2, 2, 16, 0, [struct.pack(">HH", 12345, 12345)] * 2))
        self.assertEqual(self.upscaled(png(2, 1, 1, 0, [b"\x40"])), (4, 2, 8, 0, [bytes([0, 0, 255, 255])] * 2))
        self.assertEqual(self.upscaled(png(2, 1, 8, 4, [bytes([7, 90, 200, 255])])),
                         (4, 2, 8, 4, [bytes([7, 90] * 2 + [200, 255] * 2)] * 2))
        palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0]))
        self.assertEqual(self.upscaled(png(2, 1, 8, 3, [bytes([1, 0])], palette)),
                         (4, 2, 8, 2, [bytes([0, 255, 0] * 2 + [255, 0, 0] * 2)] * 2))

    def test_a_gray_pnm_stays_gray_and_ends_nothing(self):
        source = self.folder / "in"
        source.mkdir()
        files = {"a.pgm": b"P5 2 1 255\n\x07\xc8", "b.pgm": b"P2 2 1 255\n7 200\n", "c.pbm": b"P1 2 1\n1 0\n",
                 "d.ppm": b"P6 1 1 255\n\x01\x02\x03"}
        for name, data in files.items():
            (source / name).write_bytes(data)
        self.upscale(source)
        gray = b"P5\n4 2\n255\n"
        self.assertEqual({path.name: path.read_bytes() for path in self.output.iterdir()},
                         {"a.pgm": gray + bytes([7, 7, 200, 200] * 2), "b.pgm": gray + bytes([7, 7, 200, 200] * 2),
                          "c.pgm": gray + bytes([0, 0, 255, 255] * 2), "d.ppm": b"P6\n2 2\n255\n" + bytes([1, 2, 3] * 4)})

    def test_alpha_has_no_fringe(self):
        # A black pixel that nobody sees beside one that everybody does.
        data = png(2, 1, 8, 6, [bytes([0, 0, 0, 0, 200, 210, 220, 255])])
        row = bytes([200, 210, 220, 0] * 2 + [200, 210, 220, 255] * 2)
        self.assertEqual(self.upscaled(data), (4, 2, 8, 6, [row] * 2))
        self.assertEqual(self.upscaled(data, "--alpha", "drop"),
                         (4, 2, 8, 2, [bytes([0, 0, 0] * 2 + [200, 210, 220] * 2)] * 2))
        width, _, _, colour, rows = self.upscaled(data, "--alpha", "bicubic")
        self.assertEqual((width, colour), (4, 6))
        self.assertEqual([rows[0][3], rows[0][15]], [0, 255])
        self.assertIn("alpha", self.upscale(self.folder / "x.png", "--format", "jpg").stdout)

    def test_orientation_is_applied_once_and_icc_and_exif_are_kept(self):
        exif = (b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<HHI", 6, 0, 0))
        icc = bytes(range(256)) * 3
        extra = chunk(b"iCCP", b"name\0\0" + zlib.compress(icc)) + chunk(b"eXIf", exif)
        # Stored as two pixels side by side; 6 turns them by a quarter clockwise.
        self.assertEqual(self.upscaled(png(2, 1, 8, 2, [bytes([1, 1, 1, 9, 9, 9])], extra)),
                         (2, 4, 8, 2, [bytes([1] * 6)] * 2 + [bytes([9] * 6)] * 2))
        found = dict(chunks((self.output / "x.png").read_bytes()))
        self.assertEqual(found[b"eXIf"], exif.replace(b"\x06\0\0\0\0\0\0\0", b"\x01\0\0\0\0\0\0\0"))
        self.assertEqual(zlib.decompress(found[b"iCCP"].partition(b"\0")[2][1:]), icc)
        for extension, where in (("jpg", b"Exif\0\0II*\0"), ("webp", b"EXIF\x1a\0\0\0II*\0")):
            self.upscale(self.folder / "x.png", "--format", extension)
            written = (self.output / f"x.{extension}").read_bytes()
            self.assertIn(where, written)
            self.assertIn(icc, written)

    def test_sizes_formats_and_flips(self):
        data = png(3, 2, 8, 2, [bytes([40, 50, 60] * 3)] * 2)
        self.assertEqual(self.upscaled(data, "--outscale", "3")[:2], (9, 6))
        self.assertEqual(self.upscaled(data, "--tta"), (6, 4, 8, 2, [bytes([40, 50, 60] * 6)] * 4))
        self.assertEqual(self.upscaled(data, "--bits", "16")[4][0][:6], struct.pack(">HHH", 40 * 257, 50 * 257, 60 * 257))
        self.upscale(self.folder / "x.png", output=self.folder / "y.webp")
        self.assertEqual((self.folder / "y.webp").read_bytes()[8:12], b"WEBP")

    def test_tiles_equal_the_whole_image(self):
        config = self.config(steps=8, network_g={"type": "compact", "num_feat": 8, "num_conv": 4},
                             val={"val_enabled": False}, train={"ema_decay": 0})
        self.train(config)
        model = self.experiment() / "models/net_g_8.safetensors"
        source = self.folder / "in.png"
        write_png(source, small_rows(150, 1))
        self.upscale(source, model=model, output=self.folder / "whole.png")
        whole = b"".join(pixels(self.folder / "whole.png")[4])
        for tile in (32, 64, 128):
            self.upscale(source, "--tile", tile, model=model, output=self.folder / "tiled.png")
            tiled = b"".join(pixels(self.folder / "tiled.png")[4])
            self.assertEqual(len(tiled), len(whole))
            self.assertLessEqual(max(abs(a - b) for a, b in zip(tiled, whole)), 1)
            (self.folder / "tiled.png").unlink()

    def test_memory_decides_on_tiles(self):
        source = self.folder / "in.png"
        write_png(source, small_rows(600, 1))
        wide = nearest_weights(self.folder / "wide.safetensors", features=64)
        done = self.upscale(source, "--memory-limit", "90MiB", model=wide)
        self.assertIn("out of memory: going on with tiles of", done.stdout)
        self.assertEqual(pixels(self.output / "in.png")[4][::2], [b"".join(
            row[x:x + 3] * 2 for x in range(0, len(row), 3)) for row in small_rows(600, 1)])
        done = self.upscale(source, "--overwrite", "--memory-limit", "2MiB", model=wide, code=5)
        self.assertIn("in.png", done.stderr)

    def test_compare_gives_the_scores_of_validation_to_the_last_digit(self):
        metrics = {"psnr": {"type": "calculate_psnr", "crop_border": 3, "test_y_channel": True},
                   "ssim": {"type": "calculate_ssim", "crop_border": 2, "test_y_channel": False}}
        for name, sections in (("plain", {}), ("tiled", {"val": {"tile_size": 24}}), ("amp", {"use_amp": True})):
            val = {"val_enabled": True, "val_freq": 4, "metrics": metrics, **sections.pop("val", {})}
            self.train(self.config(name, steps=8, save=4, val=val, **sections))
            for event in self.events(name, kind="validation"):
                model = self.experiment(name) / f"models/net_g_ema_{event['step']}.safetensors"
                done = self.run_program("upscale", "--model", model, "--input", VAL / "lr_x2", "--compare", VAL / "hr")
                scores = event["metrics"]
                self.assertEqual(f"mean psnr {json.dumps(scores['psnr'])} ssim {json.dumps(scores['ssim'])}",
                                 done.stdout.splitlines()[-1])

    def test_events_of_other_shapes_are_passed_over(self):
        model = self.folder / "run/models/net_g_1.safetensors"
        model.parent.mkdir(parents=True)
        model.write_bytes(self.model.read_bytes())
        write_png(self.folder / "in.png", small_rows(16, 1))
        write_png(self.folder / "gt.png", small_rows(32, 1))
        for config in ({"train": {"losses": ["l1"]}, "val": 7},
                       {"val": {"tile_size": "8", "tile_overlap": -1, "best_by": 1, "metrics": {"psnr": {
                           "type": "calculate_psnr", "crop_border": "2", "test_y_channel": 3, "weights": None}}}}):
            start = {"event": "start", "step": 0, "elapsed_s": 0, "config": config}
            (self.folder / "run/events.jsonl").write_text(json.dumps(start) + "\n")
            self.assertIn("trained", self.run_program("info", model).stdout)
            done = self.run_program("upscale", "-m", model, "-i", self.folder / "in.png", "--compare",
                                    self.folder / "gt.png")
            self.assertIn("mean psnr ", done.stdout)
            self.run_program("report", self.folder / "run")

    def test_a_damaged_checkpoint_does_not_keep_the_others_from_being_compared(self):
        self.train(self.config(steps=4, save=2))
        models = self.experiment() / "models"
        (models / "net_g_2.safetensors").write_bytes(b"no weights")
        (models / "net_g_9.pth").write_bytes(b"PK no weights")
        done = self.run_program("upscale", "--checkpoints", self.experiment(), "--quiet", code=4)
        self.assertIn("net_g_4.safetensors", done.stdout)
        self.assertNotIn("net_g_2.safetensors", done.stdout)
        for name in ("2 of the weight files", "net_g_2.safetensors", "net_g_9.pth"):
            self.assertIn(name, done.stderr)

    def test_the_checkpoints_of_a_run_best_first(self):
        self.train(self.config(steps=12, save=4, val={"val_freq": 4}))
        done = self.run_program("upscale", "--checkpoints", self.experiment(), "--quiet")
        rows = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual(len(rows), 7)  # three times raw and averaged, and the best
        psnr = [float(row[2]) for row in rows]
        self.assertEqual(psnr, sorted(psnr, reverse=True))
        best = max(event["metrics"]["psnr"] for event in self.events(kind="validation"))
        self.assertIn(["net_g_best.safetensors", "psnr", f"{best:.4f}"], [row[:3] for row in rows])

    def test_checkpoints_are_compared_on_lq_that_is_made_as_validation_makes_it(self):
        listed = self.folder / "listed.txt"
        listed.write_text("".join(f"{path.name}\n" for path in sorted((VAL / "hr").iterdir())[:3]))
        val = {"name": "made", "type": "singlegtdataset", "dataroot_gt": str(VAL / "hr"), "meta_info": str(listed)}
        self.train(self.config(steps=8, save=4, val={"val_freq": 4}, train={"ema_decay": 0}, datasets={"val": val}))
        done = self.run_program("upscale", "--checkpoints", self.experiment(), "--quiet")
        found = {row.split()[0]: row.split()[2] for row in done.stdout.splitlines()}
        for event in self.events(kind="validation"):
            self.assertEqual(found[f"net_g_{event['step']}.safetensors"], f"{event['metrics']['psnr']:.4f}")

    def test_checkpoints_are_compared_on_the_pairs_that_the_run_lists(self):
        low, listed = self.folder / "low", self.folder / "listed.txt"
        low.mkdir()
        for path in sorted((VAL / "lr_x2").iterdir()):
            shutil.copy(path, low / f"{path.stem}_low.png")
        listed.write_text("".join(f"{path.name}\n" for path in sorted((VAL / "hr").iterdir())[:2]))
        val = {"name": "named", "type": "pairedimagedataset", "dataroot_gt": str(VAL / "hr"), "dataroot_lq": str(low),
               "filename_tmpl": "{}_low", "meta_info": str(listed)}
        self.train(self.config(steps=8, save=4, val={"val_freq": 4}, train={"ema_decay": 0}, datasets={"val": val}))
        done = self.run_program("upscale", "--checkpoints", self.experiment(), "--quiet")
        found = {row.split()[0]: row.split()[2] for row in done.stdout.splitlines()}
        for event in self.events(kind="validation"):
            self.assertEqual(found[f"net_g_{event['step']}.safetensors"], f"{event['metrics']['psnr']:.4f}")

    def test_a_run_without_validation_images_is_answered_with_what_makes_some(self):
        self.train(self.config(steps=2, datasets={"val": None}, val={"val_enabled": False}))
        done = self.run_program("upscale", "--checkpoints", self.experiment(), code=2)
        self.assertIn("sr-train prepare -i FOLDER -o set -s 2", done.stderr)
        self.assertIn("--input set/lr_x2 --compare set/hr", done.stderr)

    def test_a_bad_file_is_named_and_the_rest_goes_on(self):
        source = self.folder / "in"
        (source / "sub").mkdir(parents=True)
        for i in range(5):
            write_png(source / f"sub/{i}.png", small_rows(16, i))
        (source / "bad.png").write_bytes((source / "sub/0.png").read_bytes()[:100])
        done = self.upscale(source, code=3)
        self.assertIn("bad.png", done.stderr)
        self.assertEqual(len(list(self.output.rglob("*.png"))), 5)
        for quiet in ((), ("--quiet",)):
            done = self.upscale(source, *quiet, code=3)
            self.assertIn("warning: 5 outputs were there already and kept", done.stderr)
            self.assertIn("--overwrite", done.stderr)

    def test_nan_is_an_error_that_names_the_picture(self):
        broken = nearest_weights(self.folder / "broken.safetensors", broken=True)
        write_png(self.folder / "in.png", small_rows(16, 1))
        done = self.upscale(self.folder / "in.png", model=broken, code=3)
        self.assertIn("in.png", done.stderr)
        self.assertFalse(self.output.exists())

    def test_kills_leave_whole_files_only(self):
        source = self.folder / "in"
        source.mkdir()
        for i in range(40):
            write_png(source / f"{i:02}.png", small_rows(120, i))
        drawn = random.Random(3)
        for kind in [signal.SIGKILL] * 8 + [signal.SIGINT]:
            process = subprocess.Popen([str(PROGRAM), "upscale", "-m", str(self.model), "-i", str(source), "-o",
                                        str(self.output)], cwd=self.folder, env=self.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.3 + drawn.random() * 0.5)
            process.send_signal(kind)
            code = process.wait(timeout=60)
            if kind == signal.SIGINT:
                self.assertIn(code, (0, 130, -signal.SIGINT))  # the last: on a slow machine it had not begun yet
            for path in self.output.rglob("*.png") if self.output.exists() else ():
                self.assertEqual(pixels(path)[:2], (240, 240))
        self.upscale(source)
        self.assertEqual(len(list(self.output.iterdir())), 40)

    def test_a_signal_ends_a_large_picture_between_two_tiles(self):
        source = self.folder / "in.png"
        write_png(source, small_rows(1200, 1))
        process = subprocess.Popen([str(PROGRAM), "upscale", "-m", str(self.model), "-i", str(source), "-o",
                                    str(self.output), "--tta", "--tile", "16"], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while not catches(process.pid, signal.SIGTERM):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 143, said)
        self.assertIn("the same command goes on", said)
        self.assertEqual([p for p in self.output.rglob("*") if p.is_file()], [])

    def test_a_full_disk_is_code_7_and_names_the_file(self):
        source = self.folder / "in.png"
        write_png(source, small_rows(200, 1))
        done = self.upscale(source, code=7, preexec_fn=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))))
        self.assertIn("in.png", done.stderr)
        self.assertEqual([p for p in self.output.rglob("*") if p.is_file()], [])

    def test_what_was_asked_for_and_does_not_fit_on_the_disk_is_code_7(self):
        write_png(self.folder / "in.png", small_rows(16, 1))
        write_png(self.folder / "gt.png", small_rows(32, 1))
        commands = (("info", self.model), ("info", self.model, "--json"), ("schema",), ("completion", "bash"),
                    ("upscale", "-m", self.model, "-i", self.folder / "in.png", "--compare", self.folder / "gt.png"))
        for command in commands:
            with open("/dev/full", "w") as full:
                done = subprocess.run([str(PROGRAM), *map(str, command)], stdout=full, stderr=subprocess.PIPE, text=True,
                                      env=self.environment, timeout=60)
            self.assertEqual(done.returncode, 7, command)
            self.assertIn("standard output, /dev/full", done.stderr)
            ends, goes = os.pipe()
            os.close(ends)  # as `| head` does
            with open(goes, "w") as pipe:
                done = subprocess.run([str(PROGRAM), *map(str, command)], stdout=pipe, stderr=subprocess.PIPE, text=True,
                                      env=self.environment, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)

    def test_hostile_weights_are_code_4(self):
        write_png(self.folder / "in.png", small_rows(16, 1))
        samples = SOURCE / "test/checkpoint/samples"
        whole = self.model.read_bytes()
        (self.folder / "nan.safetensors").write_bytes(whole[:-4] + struct.pack("<f", float("nan")))
        (self.folder / "cut.safetensors").write_bytes(whole[:-5])
        (self.folder / "other.safetensors").write_bytes(whole.replace(b"body.0", b"tail.0"))
        for model in (samples / "os_system.pth", self.folder / "cut.safetensors", self.folder / "other.safetensors",
                      self.folder / "nan.safetensors", self.folder / "in.png", pathlib.Path("/dev/zero"),
                      self.folder / "none.pth", self.folder):
            done = self.upscale(self.folder / "in.png", model=model, code=4)
            self.assertIn(str(model), done.stderr)
            if model not in (self.folder, self.folder / "nan.safetensors"):  # info tells of damage
                self.assertIn(str(model), self.run_program("info", model, code=4).stderr)

    def test_a_network_of_neither_images_nor_clips_is_code_4(self):
        write_png(self.folder / "in.png", small_rows(16, 1))
        for channels in (4, 6):
            model = nearest_weights(self.folder / "other.safetensors", channels=channels, metadata={
                "architecture": "compact", "scale": "2", "num_in_ch": str(channels), "num_feat": "2", "num_conv": "0",
                "learn_residual": "false"})
            done = self.upscale(self.folder / "in.png", model=model, code=4)
            self.assertIn(f"other.safetensors: its network takes {channels} channels", done.stderr)

    def test_a_network_beyond_the_memory_limit_is_code_5(self):
        write_png(self.folder / "in.png", small_rows(16, 1))
        done = self.upscale(self.folder / "in.png", "--memory-limit", "1KiB", code=5)
        self.assertIn("the network does not fit", done.stderr)
        self.assertNotIn("frame #", done.stderr)

    def test_mistakes_on_the_command_line_are_code_2(self):
        write_png(self.folder / "in.png", small_rows(16, 1))
        source = self.folder / "in.png"
        for arguments in (("--model", self.model), ("--model", self.model, "--input", source),
                          ("--input", source, "--output", self.output),
                          ("--model", self.model, "--input", source, "--output", self.output, "--dtype", "fp8"),
                          ("--model", self.model, "--input", source, "--output", self.output, "--memory-limit", "much"),
                          ("--model", self.model, "--input", source, "--output", self.output, "--quality", "0"),
                          ("--model", self.model, "--input", source, "--output", self.output, "--outscale", "nan"),
                          ("--model", self.model, "--input", source, "--output", ""),
                          ("--checkpoints", self.folder, "--input", source)):
            self.run_program("upscale", *arguments, code=2)

    def test_options_that_would_have_no_effect_are_refused_by_name(self):
        write_png(self.folder / "in.png", small_rows(16, 1))
        write_png(self.folder / "gt.png", small_rows(32, 1))
        source = ("--model", self.model, "--input", self.folder / "in.png")
        for option in (("--metric", "niqe=x"), ("--crop-border", "2"), ("--rgb",)):
            done = self.run_program("upscale", *source, "--output", self.output, *option, code=2)
            self.assertIn(f"{option[0]}: measures what --compare or --checkpoints compares", done.stderr)
        for option in (("--overwrite",), ("--format", "jpg"), ("--quality", "80"), ("--bits", "16"), ("--alpha", "drop")):
            done = self.run_program("upscale", *source, "--compare", self.folder / "gt.png", *option, code=2)
            self.assertIn(f"{option[0]}: nothing is written without --output", done.stderr)
            done = self.run_program("upscale", "--checkpoints", self.folder, *option, code=2)
            self.assertIn(f"{option[0]}: --checkpoints only compares", done.stderr)
        done = self.run_program("upscale", *source, "--output", self.output, "--metric", "niqe=x", "lpips=x", code=2)
        self.assertIn("lpips=x: not expected behind upscale", done.stderr)
        done = self.run_program("upscale", "--checkpoints", self.folder, "--param-key", "params", code=2)
        self.assertIn("--param-key: --checkpoints compares all sets of every file", done.stderr)

        done = self.run_program("upscale", *source, "--output", self.output, "--param-key", "params_ema", code=2)
        self.assertIn(f"--param-key: {self.model} is a safetensors file, which holds one set", done.stderr)

        done = self.run_program("upscale", *source, "--output", self.output, "--format", "png", "--quality", "80", code=2)
        self.assertIn("--quality: has a meaning only for JPEG and WebP", done.stderr)

    def test_info_of_a_run(self):
        self.train(self.config(steps=8, save=4, val={"val_freq": 4}))
        done = json.loads(self.run_program("info", self.experiment(), "--json").stdout)
        self.assertEqual(done["architecture"], "compact")
        self.assertEqual(done["arguments"]["num_feat"], 6)
        self.assertEqual((done["scale"], done["dtype"], done["weights"]), (2, "fp32", "ema"))
        start, = self.events(kind="start")
        self.assertEqual(done["parameters"], start["parameters"])
        scores = {event["step"]: event["metrics"] for event in self.events(kind="validation")}
        self.assertEqual(done["scores"], {"tiny_val": scores[done["step"]]})
        self.assertEqual(done["training"]["batch_size"], 4)
        state = self.run_program("info", self.experiment() / "training_states/8.state").stdout
        self.assertIn("net_g_ema_8.safetensors", state)
        metadata = json.loads(self.run_program("info", self.experiment(), "--omdb").stdout)
        self.assertEqual(metadata["resources"][0]["sha256"], done["sha256"])
        self.assertEqual(metadata["trainingHRSize"], 32)


if __name__ == "__main__":
    unittest.main()
