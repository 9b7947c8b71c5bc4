#!/usr/bin/env bash
# Builds dist/sr-train-<version>-linux-x86_64.tar.gz, which runs on the LibTorch of a pip-installed PyTorch
# (docs/bundle.md). SR_DEPS and SR_BUNDLE_JOBS as in scripts/bundle/deps.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
libraries=$(scripts/bundle/deps.sh)
cmake --fresh --preset bundle -DSR_STATIC_DEPS="$libraries" >/dev/null  # other libraries, other places found
cmake --build build/bundle --target bundle -j "${SR_BUNDLE_JOBS:-$(nproc)}"

version=$(sed -n 's/^CMAKE_PROJECT_VERSION:.*=//p' build/bundle/CMakeCache.txt)
name=sr-train-$version-linux-x86_64
rm -rf build/bundle/archive
cmake --install build/bundle --component bundle --strip --prefix "build/bundle/archive/$name" >/dev/null
mkdir -p dist
# The same files give the same archive.
tar -C build/bundle/archive --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
  -I 'gzip -9n' -cf "dist/$name.tar.gz" "$name"
scripts/bundle/check_archive.py "dist/$name.tar.gz"
