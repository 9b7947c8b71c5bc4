#!/usr/bin/env python3
"""Packs an archive of scripts/bundle.sh as a wheel: make_wheel.py ARCHIVE FOLDER. The same archive gives the same bytes."""
import base64
import hashlib
import pathlib
import re
import sys
import tarfile
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
TAG = "py3-none-manylinux_2_35_x86_64"  # the C library that check_archive.py holds the programs to
PACKED = ("sr-train", "libexec/sr-train", "libexec/libsr_cuda.so", "LICENSE", "licenses/", "configs/", "data/tiny/")
METADATA = """Metadata-Version: 2.1
Name: sr-train
Version: {version}
Summary: Trains super-resolution networks and keeps the device full while it does
Requires-Python: >=3.8
Requires-Dist: torch ==2.11.*
Description-Content-Type: text/markdown

{readme}"""
WHEEL = f"""Wheel-Version: 1.0
Generator: sr-train
Root-Is-Purelib: false
Tag: {TAG}
"""


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"


def contents_of(archive):
    """{name in the wheel: (bytes, executable)}, the version, and when the archive's files were made."""
    with tarfile.open(archive) as tar:
        members = {member.name.partition("/")[2]: member for member in tar.getmembers() if member.isfile()}
        name = re.fullmatch(r"sr-train-(.+)-linux-x86_64", tar.getmembers()[0].name.partition("/")[0])
        if not name:
            sys.exit(f"{archive}: is no archive of scripts/bundle.sh")
        version = name[1].replace("-", "+", 1)
        readme = tar.extractfile(members["README.md"]).read().decode()
        files = {f"sr_train/{path}": (tar.extractfile(member).read(), bool(member.mode & 0o111))
                 for path, member in members.items() if path in PACKED or path.startswith(tuple(p for p in PACKED if p.endswith("/")))}
        made = next(iter(members.values())).mtime
    missing = [path for path in ("sr-train", "libexec/sr-train") if f"sr_train/{path}" not in files]
    if missing:
        sys.exit(f"{archive}: holds no {missing[0]}")
    info = f"sr_train-{version}.dist-info"
    files["sr_train/__init__.py"] = (b'"""Files of the program sr-train; there is nothing to import."""\n', False)
    files["sr_train/command.py"] = ((HERE / "wheel_command.py").read_bytes(), False)
    files[f"{info}/entry_points.txt"] = (b"[console_scripts]\nsr-train = sr_train.command:main\n", False)
    files[f"{info}/METADATA"] = (METADATA.format(version=version, readme=readme).encode(), False)
    files[f"{info}/WHEEL"] = (WHEEL.encode(), False)
    record = [record_line(path, content) for path, (content, _) in sorted(files.items())]
    files[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,", ""]).encode(), False)
    return files, version, made


def main(archive, folder):
    files, version, made = contents_of(archive)
    wheel = pathlib.Path(folder) / f"sr_train-{version}-{TAG}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path, (content, executable) in sorted(files.items(), key=lambda entry: (".dist-info/" in entry[0], entry[0])):
            entry = zipfile.ZipInfo(path, time.gmtime(max(made, 315532800))[:6])  # a zip's time begins in 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            packed.writestr(entry, content)
    print(wheel)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
