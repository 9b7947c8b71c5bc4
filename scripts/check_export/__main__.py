"""Exports the networks of rows.py and compares what other programs make of the files with this program's own output."""
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "test/app")]
sys.dont_write_bytecode = True

import ncnn_file  # noqa: E402
import onnx_file  # noqa: E402
from model import Model  # noqa: E402
from rows import NCNN, rows  # noqa: E402

# Relative to the range of the network's output; the largest difference of a pixel.
TOLERANCE = {"fp32": 1e-5, "fp16": 2e-3}
# Weights of 8 bits and, inside, numbers of 8 bits: what is left after some layers. The file is computed with float32 inside.
TOLERANCE_BF16 = 2e-2
TOLERANCE_NCNN = 1e-3


def row(model, kind, difference, limit, remark=""):
    failed = not difference <= limit
    print(f"| {model.shown} | {model.scale} | {kind} | {difference:.1e} | {'**fails**' if failed else 'ok'}{remark} |", flush=True)
    return failed


def check_onnx(model):
    failures = 0
    for precision, file in model.onnx_files():
        inferred = onnx_file.check(file, model.scale, model.one_size)
        remark = "; of one size" if model.one_size else "" if inferred else "; shapes only with data propagation"
        limit = TOLERANCE_BF16 if precision == "bf16" else TOLERANCE[precision]
        failures += row(model, f"onnx {precision}", onnx_file.difference(file, model), limit, remark)
    return failures


def check_ncnn(model):
    return row(model, "ncnn fp32", ncnn_file.difference(model.ncnn_file(), model), TOLERANCE_NCNN)


def main():
    full = "--full" in sys.argv[1:]
    wanted = [name for name in sys.argv[1:] if name != "--full"]
    failures = count = 0
    print("| network | scale | file | difference | |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="check_export-") as folder:
        for i, (shown, kind, scale, options) in enumerate(rows(wanted, full)):
            try:
                model = Model(shown, kind, scale, options, pathlib.Path(folder) / str(i))
                failures += check_onnx(model)
                if shown in NCNN:
                    failures += check_ncnn(model)
            except Exception as problem:  # told in its row; the others are checked all the same
                print(f"| {shown} | {scale} | | | **{type(problem).__name__}: {str(problem).strip().splitlines()[-1]}** |", flush=True)
                failures += 1
            count += 1
    print(f"\n{count} networks, {failures} failures")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
