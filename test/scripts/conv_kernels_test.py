"""lib/device/cuda/conv3x3.cu compiles for every kind of card that it is for, and no register spills.

    conv_kernels_test.py [folder of LibTorch]

As the program does it, by NVRTC: $SR_NVRTC, or what lies beside LibTorch or a CUDA toolkit. Skipped where there is none.
"""
import ctypes
import glob
import itertools
import os
import pathlib
import re
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "lib/device/cuda"
LIBTORCH = sys.argv.pop(1) if len(sys.argv) > 1 else ""
HEADERS = ["conv3x3_tile.h", "conv3x3.h", "conv3x3_weight_gradient.h"]
KERNELS = ["conv3x3", "conv3x3_data_gradient", "conv3x3_weight_gradient", "conv3x3_sum_parts", "occupy"]
# Threads of the blocks that the kernels want two of on a multiprocessor, which has 64 K registers.
THREADS = {"conv3x3": 128, "conv3x3_data_gradient": 128, "conv3x3_weight_gradient": 192}


def find_nvrtc():
    places = [os.environ.get("SR_NVRTC", "")]
    for root in (LIBTORCH and f"{LIBTORCH}/../nvidia/*/lib", "/usr/local/cuda/lib*"):
        places += sorted(glob.glob(f"{root}/libnvrtc.so*")) if root else []
    return next((place for place in places if place and pathlib.Path(place).exists()), None)


class Compiler:
    def __init__(self, path):
        ctypes.CDLL(path)
        self.library = ctypes.CDLL(path)

    def text(self, program, name):
        size = ctypes.c_size_t()
        getattr(self.library, f"{name}Size")(program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        getattr(self.library, name)(program, buffer)
        return buffer.value.decode(errors="replace")

    def compile(self, architecture, element, prelu):
        """The compiler's log, with what ptxas tells of each kernel."""
        program = ctypes.c_void_p()
        texts = (ctypes.c_char_p * len(HEADERS))(*((FOLDER / header).read_bytes() for header in HEADERS))
        names = (ctypes.c_char_p * len(HEADERS))(*(f"device/cuda/{header}".encode() for header in HEADERS))
        self.library.nvrtcCreateProgram(ctypes.byref(program), (FOLDER / "conv3x3.cu").read_bytes(), b"conv3x3.cu", len(HEADERS),
                                        texts, names)
        words = [f"--gpu-architecture={architecture}", "--std=c++17", f"--define-macro=SR_ELEMENT={element}",
                 f"--define-macro=SR_PRELU={prelu}", "--ptxas-options=-v"]
        options = (ctypes.c_char_p * len(words))(*(word.encode() for word in words))
        status = self.library.nvrtcCompileProgram(program, len(words), options)
        log = self.text(program, "nvrtcGetProgramLog")
        self.library.nvrtcDestroyProgram(ctypes.byref(program))
        if status != 0:
            raise AssertionError(f"NVRTC: {status}\n{log}")
        return log


def figures(log):
    """{kernel: (registers, bytes spilled)}."""
    found = {}
    for name, body in re.findall(r"Compiling entry function '(\w+)'(.*?)(?=Compiling entry|\Z)", log, re.S):
        spilled = sum(map(int, re.findall(r"(\d+) bytes spill", body)))
        found[name] = (int(re.search(r"Used (\d+) registers", body)[1]), spilled)
    return found


class ConvKernels(unittest.TestCase):
    def test_they_compile_without_spills(self):
        path = find_nvrtc()
        if path is None:
            print("[skipped] there is no NVRTC")
            return
        compiler = Compiler(path)
        kinds = (("sm_80", "Bf16"), ("sm_89", "Bf16"), ("sm_90", "Bf16"), ("sm_80", "Half"))
        for (architecture, element), prelu in itertools.product(kinds, ("false", "true")):
            with self.subTest(architecture=architecture, element=element, prelu=prelu):
                found = figures(compiler.compile(architecture, element, prelu))
                print(architecture, element, prelu, {name: registers for name, (registers, _) in found.items()})
                self.assertEqual(sorted(found), sorted(KERNELS))
                self.assertEqual([spilled for _, spilled in found.values()], [0] * len(found))
                for name, threads in THREADS.items():
                    self.assertLessEqual(2 * threads * found[name][0], 65536)


if __name__ == "__main__":
    unittest.main()
