#!/usr/bin/env python3
"""Checks that an archive made by scripts/bundle.sh is small and asks for nothing that a workstation may not have:
check_archive.py <archive.tar.gz>"""
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

MAX_BYTES = 40_000_000
# What Ubuntu 22.04 has; Debian 12 has more.
NEWEST = {"GLIBC": (2, 35), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13), "GCC": (12, 0, 0)}
NEEDED = {
    "libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2",
}
NEEDED_BY = {"libsr_cuda.so": NEEDED | {"libc10_cuda.so", "libcudart.so.13"}}
# LibTorch would bind to a copy of its own libraries' symbols in the program.
FOREIGN = re.compile(r"^(_ZN?K?(2cv|3fmt|4YAML)|png_|jpeg_|TIFF|WebP|inflate|deflate|crc32|zip_|av_|avcodec|avformat|sws_|libdeflate)")


def readelf(option, file):
    return subprocess.run(["readelf", "-W", option, file], check=True, capture_output=True, text=True).stdout


def newer_symbols(file):
    for name, family, version in re.findall(r"Name: ((\w+)_([0-9.]+))", readelf("--version-info", file)):
        if family in NEWEST and tuple(map(int, version.split("."))) > NEWEST[family]:
            users = re.findall(rf"\S+@{re.escape(name)}\b", readelf("--dyn-syms", file))
            yield f"needs {name}: {', '.join(sorted(set(users))) or 'no symbol of it'}"


def exported(file):
    for line in readelf("--dyn-syms", file).splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit() and fields[6] != "UND" and FOREIGN.match(fields[7]):
            yield f"exports {fields[7]}"


def soft_spots(file, dynamic):
    """What makes a mistake easier to use. The last three of programs alone: libsr_cuda.so reads nothing from outside."""
    if not re.search(r"Type:\s+DYN", readelf("--file-header", file)):
        yield "has a fixed place in memory"
    segments = readelf("--segments", file)
    if "GNU_RELRO" not in segments or "RWE" in segments:
        yield "has tables of calls, or code, that can be written"
    if "INTERP" not in segments:
        return
    if not re.search(r"\(FLAGS_1\).*NOW", dynamic):
        yield "looks its calls up while it runs"
    symbols = readelf("--dyn-syms", file)
    for sign, what in ((r"__stack_chk_fail@", "stack protector"), (r"__(mem|str|vsn|sn)\w+_chk@", "checked functions of the C library")):
        if not re.search(sign, symbols):
            yield f"was compiled without {what}"


def problems(file):
    dynamic = readelf("--dynamic", file)
    yield from soft_spots(file, dynamic)
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if library not in NEEDED_BY.get(file.name, NEEDED):
            yield f"needs {library}"
    for path in re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic):
        yield f"searches {path}"
    yield from newer_symbols(file)
    yield from exported(file)


def main(archive):
    found = []
    size = archive.stat().st_size
    if size > MAX_BYTES:
        found.append(f"{archive}: {size:,} bytes, more than {MAX_BYTES:,}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder)
        files = [f for f in sorted(pathlib.Path(folder).rglob("*")) if f.is_file() and f.read_bytes()[:4] == b"\x7fELF"]
        for file in files:
            found += [f"{file.relative_to(folder)}: {problem}" for problem in problems(file)]
    if not files:
        found.append(f"{archive}: holds no program")
    print("\n".join(found) or f"{archive}: {size / 1e6:.1f} MB, {len(files)} programs and libraries, nothing unexpected")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
