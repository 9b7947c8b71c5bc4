#!/usr/bin/env bash
# What is handed out of a version, in dist/: the archive, the wheel, sr-train-<version>.spdx.json (what is in them, with versions and
# licences) and SHA256SUMS. Everything of this project is compiled twice, the second time for certain and not out of the compiler's
# cache, and the two builds must be the same byte for byte. SR_DEPS and SR_BUNDLE_JOBS as in scripts/bundle/deps.sh; the static libraries are built once.
#   scripts/release.sh [--allow-dirty]    --allow-dirty: also of files that are not committed, to try it
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" != --allow-dirty ] && [ -n "$(git status --porcelain)" ]; then
  echo "release: files differ from the last commit (git status); --allow-dirty takes them as they are" >&2
  exit 1
fi

build() {  # <folder>: archive and wheel of a build from nothing
  rm -rf build/bundle dist/*.tar.gz dist/*.whl
  scripts/bundle.sh
  scripts/wheel.sh
  rm -rf "$1"
  mkdir -p "$1"
  mv dist/*.tar.gz dist/*.whl "$1"
}
build build/release-first
# Not CCACHE_DISABLE: ccache compiles with the relative paths that messages of errors hold, whatever folder this is.
CCACHE_RECACHE=1 build build/release-second
if ! diff <(cd build/release-first && sha256sum ./*) <(cd build/release-second && sha256sum ./*); then
  echo "release: two builds differ; both are kept in build/release-first and build/release-second" >&2
  exit 1
fi
mv build/release-first/* dist/
rm -rf build/release-first build/release-second

archives=(dist/sr-train-*-linux-x86_64.tar.gz)
name=$(basename "${archives[0]}" -linux-x86_64.tar.gz)
scripts/bundle/make_sbom.py "${archives[0]}" "dist/$name.spdx.json" build/bundle/*.map
(cd dist && sha256sum -- *.tar.gz *.whl *.spdx.json >SHA256SUMS && cat SHA256SUMS)
