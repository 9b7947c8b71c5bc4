"""What scripts/bundle/make_sbom.py writes of an archive of stand-ins and of maps as GNU ld writes them."""
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

MAKE = pathlib.Path(__file__).resolve().parents[2] / "scripts/bundle/make_sbom.py"
VERSIONS = """Built from source packages:
  fmtlib=9.1.0+ds1-2
  tiff=4.5.0-6
Archives of packages:
  libjpeg62-turbo-dev=1:2.1.5-2
  zlib1g-dev=1:1.2.13
Headers and start-up code of packages:
  libcli11-dev=2.1.2
  nlohmann-json3-dev=3.11.2
  libxxhash-dev=0.8.1
  gcc=12.2.0
"""
MAP = """Archive member included to satisfy reference by file (symbol)

lib/libsr_core.a(bytes.cpp.o)  app/main.cpp.o (_ZN2sr1fEv)
/cache/lib/libtiff.a(tif_open.c.o)
                              lib/libsr_image.a(tiff.cpp.o) (TIFFOpen)
/usr/lib/x86_64-linux-gnu/libjpeg.a(jdapimin.c.o)  /cache/lib/libtiff.a(tif_jpeg.c.o) (jpeg_read_header)
{more}
Memory Configuration

Linker script and memory map
LOAD /usr/lib/x86_64-linux-gnu/libz.a
LOAD /usr/lib/x86_64-linux-gnu/libfmt.a
"""


class Sbom(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sr-sbom-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def make(self, more="", versions=VERSIONS):
        archive = self.folder / "sr-train-0.1.0-linux-x86_64.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            member = tarfile.TarInfo("sr-train-0.1.0-linux-x86_64/licenses/versions.txt")
            member.size, member.mtime = len(versions), 1_700_000_000
            tar.addfile(member, io.BytesIO(versions.encode()))
        linker_map = self.folder / "sr-train.map"
        linker_map.write_text(MAP.format(more=more))
        self.output = self.folder / "out.spdx.json"
        return subprocess.run([sys.executable, MAKE, archive, self.output, linker_map], capture_output=True, text=True)

    def test_every_static_library_that_was_taken_has_its_version_and_licence(self):
        done = self.make()
        self.assertEqual(done.returncode, 0, done.stderr)
        made = json.loads(self.output.read_text())
        found = {one["name"]: (one["versionInfo"], one["licenseDeclared"]) for one in made["packages"]}
        self.assertEqual(found["libtiff"], ("4.5.0-6", "libtiff"))
        self.assertEqual(found["libjpeg-turbo"], ("1:2.1.5-2", "IJG AND BSD-3-Clause AND Zlib"))
        self.assertEqual(found["CLI11"][0], "2.1.2")
        self.assertNotIn("fmt", found)  # named on the linker's command line, and nothing of it was needed
        self.assertNotIn("zlib", found)
        static = {one["relatedSpdxElement"] for one in made["relationships"] if one["relationshipType"] == "STATIC_LINK"}
        self.assertEqual(static, {"SPDXRef-libtiff", "SPDXRef-libjpeg-turbo"})

    def test_a_library_that_nobody_has_described_is_an_error(self):
        done = self.make("/usr/lib/libmystery.a(a.o)  b.o (c)")
        self.assertEqual(done.returncode, 1)
        self.assertIn("mystery", done.stderr)
        self.assertFalse(self.output.exists())

    def test_a_library_without_a_version_is_an_error(self):
        done = self.make(versions=VERSIONS.replace("tiff=", "toff="))
        self.assertEqual(done.returncode, 1)
        self.assertIn("tells no version of tiff", done.stderr)


if __name__ == "__main__":
    unittest.main()
