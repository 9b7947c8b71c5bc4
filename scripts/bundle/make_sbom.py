#!/usr/bin/env python3
"""Writes what an archive of scripts/bundle.sh is made of as SPDX 2.3 (JSON): make_sbom.py ARCHIVE OUTPUT MAP...

MAP are the linker's maps of the programs in the archive: which static libraries are in them is read there, and their versions in
the archive's licenses/versions.txt. A library that the table below does not know, or whose version is nowhere, is an error. The
same archive and maps give the same bytes."""
import hashlib
import json
import pathlib
import re
import sys
import tarfile
import time

# Component: (the package of versions.txt, licence as SPDX writes it, its static libraries). Libraries of headers alone have none.
COMPONENTS = {
    "OpenCV": ("opencv", "Apache-2.0", ("opencv_core", "opencv_imgproc", "opencv_imgcodecs", "opencv_videoio")),
    "FFmpeg": ("ffmpeg", "LGPL-2.1-or-later", ("avformat", "avcodec", "avutil", "swscale")),
    "dav1d": ("dav1d", "BSD-2-Clause", ("dav1d",)),
    "libtiff": ("tiff", "libtiff", ("tiff",)),
    "libpng": ("libpng", "libpng-2.0", ("png16",)),
    "libjpeg-turbo": ("libjpeg", "IJG AND BSD-3-Clause AND Zlib", ("jpeg",)),
    "libwebp": ("libwebp", "BSD-3-Clause", ("webp", "sharpyuv")),
    "zlib": ("zlib1g", "Zlib", ("z",)),
    "libdeflate": ("libdeflate", "MIT", ("deflate",)),
    "libzip": ("libzip", "BSD-3-Clause", ("zip",)),
    "yaml-cpp": ("libyaml-cpp", "MIT", ("yaml-cpp",)),
    "fmt": ("fmtlib", "MIT", ("fmt",)),
    "CLI11": ("libcli11", "BSD-3-Clause", ()),
    "JSON for Modern C++": ("nlohmann-json3", "MIT", ()),
    "xxHash": ("libxxhash", "BSD-2-Clause", ()),
    "GCC runtime": ("gcc", "GPL-3.0-or-later WITH GCC-exception-3.1", ("gcc", "gcc_eh", "stdc++", "stdc++_nonshared")),
    "GNU C Library (start-up code)": ("libc6", "LGPL-2.1-or-later", ("c_nonshared",)),
}
OWN = re.compile(r"sr_\w+$")
MEMBER = re.compile(r"^(\S*/lib([^/\s]+)\.a)\([^)]*\)", re.MULTILINE)


def linked(maps):
    """Names of the static libraries of which the linker took something, without lib and .a."""
    names = set()
    for path in maps:
        text = path.read_text(errors="replace")
        taken = text.split("\nMemory Configuration", 1)[0]  # what follows are discarded parts and places
        if taken == text:
            raise SystemExit(f"{path}: is no map of the linker")
        names |= {name for _, name in MEMBER.findall(taken)}
    return {name for name in names if not OWN.match(name)}


def versions_of(archive):
    """{package: version} of licenses/versions.txt, the archive's own version, when its files were made."""
    with tarfile.open(archive) as tar:
        members = {member.name.partition("/")[2]: member for member in tar.getmembers() if member.isfile()}
        if "licenses/versions.txt" not in members:
            raise SystemExit(f"{archive}: holds no licenses/versions.txt")
        text = tar.extractfile(members["licenses/versions.txt"]).read().decode()
        name = tar.getmembers()[0].name.partition("/")[0]
    own = re.fullmatch(r"sr-train-(.+)-linux-x86_64", name)
    if not own:
        raise SystemExit(f"{archive}: is no archive of scripts/bundle.sh")
    return dict(re.findall(r"^ +(\S+?)=(\S+)$", text, re.MULTILINE)), own[1], next(iter(members.values())).mtime


def version_of(package, versions):
    """Of the package itself, or of the one that has its headers: libjpeg is libjpeg62-turbo-dev."""
    for name, version in sorted(versions.items()):
        if name == package or re.fullmatch(re.escape(package) + r"[-.0-9]*(-turbo)?(-dev|-\d+)?", name):
            return version
    return None


def package(identifier, name, version, licence, **more):
    return {"SPDXID": f"SPDXRef-{identifier}", "name": name, "versionInfo": version, "licenseDeclared": licence,
            "licenseConcluded": licence, "copyrightText": "NOASSERTION", "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, **more}


def document(archive, maps):
    versions, own_version, made = versions_of(archive)
    names = linked(maps)
    owners = {library: component for component, (_, _, libraries) in COMPONENTS.items() for library in libraries}
    unknown = sorted(names - set(owners))
    if unknown:
        raise SystemExit(f"{', '.join(unknown)}: linked, and not in the table of {pathlib.Path(__file__).name}")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    packages = [package("sr-train", "sr-train", own_version, "NOASSERTION", packageFileName=archive.name,
                        checksums=[{"algorithm": "SHA256", "checksumValue": digest}])]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-sr-train")]
    for component, (source, licence, libraries) in COMPONENTS.items():
        if libraries and not names & set(libraries):
            continue
        version = version_of(source, versions)
        if version is None:
            raise SystemExit(f"{component}: licenses/versions.txt tells no version of {source}")
        identifier = re.sub(r"[^A-Za-z0-9.]+", "-", component).strip("-")
        taken = sorted(names & set(libraries))
        what = f"static libraries: {', '.join(taken)}" if taken else "headers"
        packages.append(package(identifier, component, version, licence, comment=what))
        relations.append(("SPDXRef-sr-train", "STATIC_LINK" if taken else "CONTAINS", f"SPDXRef-{identifier}"))
    packages.append(package("PyTorch", "PyTorch", "2.11", "BSD-3-Clause", comment="installed by the user, not in the archive"))
    relations.append(("SPDXRef-sr-train", "DYNAMIC_LINK", "SPDXRef-PyTorch"))
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": archive.name,
        "documentNamespace": f"urn:sr-train:{own_version}:{digest}",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made)), "creators": ["Tool: scripts/bundle/make_sbom.py"]},
        "packages": packages,
        "relationships": [dict(zip(("spdxElementId", "relationshipType", "relatedSpdxElement"), relation)) for relation in relations],
    }


def main(archive, output, *maps):
    made = document(pathlib.Path(archive), [pathlib.Path(path) for path in maps])
    pathlib.Path(output).write_text(json.dumps(made, indent=1) + "\n")
    print(f"{output}: {len(made['packages'])} packages")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
