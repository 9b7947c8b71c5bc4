#!/usr/bin/env bash
# Static libraries for the bundle, built from the distribution's own source packages. Prints the folder that holds
# them; a second call finds them there.
#   SR_DEPS=DIR       where sources and libraries are kept (default: ~/.cache/sr-train)
#   SR_BUNDLE_JOBS=N  compilers at a time (default: all cores)
set -euo pipefail
deps=${SR_DEPS:-$HOME/.cache/sr-train}
jobs=${SR_BUNDLE_JOBS:-$(nproc)}
self=$(realpath "$0")

# Packages whose own archives (.a) are linked.
archives=(zlib1g-dev libpng-dev libjpeg-dev libwebp-dev libyaml-cpp-dev libdeflate-dev)
missing=()
for package in dpkg-dev nasm meson pkg-config "${archives[@]}"; do
  dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing packages: ${missing[*]}" >&2
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)  # without either: the line above is what an administrator has to do
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# The others ship no archive, or one that needs half a desktop. Our code is compiled with the headers of the first
# five as installed, so those versions are built; of dav1d, which FFmpeg alone sees, apt's candidate.
installed() { dpkg-query -W -f '${source:Version}' "$1"; }
candidate() { apt-cache show --no-all-versions "$1" | sed -nE 's/^Source: .*\((.*)\)$/\1/p; s/^Version: //p' | head -1; }
sources=("fmtlib=$(installed libfmt-dev)" "libzip=$(installed libzip-dev)" "opencv=$(installed libopencv-core-dev)"
  "tiff=$(installed libtiff-dev)" "ffmpeg=$(installed libavcodec-dev)" "dav1d=$(candidate libdav1d-dev)")
key=$({ cat "$self"; printf '%s\n' "${sources[@]}"; } | sha256sum | cut -c1-12)
prefix=$deps/bundle-libraries-$key
mkdir -p "$deps"
exec 9>"$deps/.bundle-lock"
flock 9
if [ -e "$prefix/complete" ]; then
  echo "$prefix"
  exit
fi
work=$deps/bundle-work
rm -rf "$work" "$prefix"
mkdir -p "$work"/{apt/parts,apt/lists/partial,apt/cache/archives/partial,source,build} "$prefix"

# A private apt: the machine's list of the distribution's sources and the machine's keys, but folders of its own.
for list in /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
  if [ -s "$list" ]; then
    sed -E 's/^Types:.*/Types: deb-src/; s/^deb([[:space:]])/deb-src\1/' "$list" >"$work/apt/parts/${list##*/}"
  fi
done
[ ! -e "$work/apt/parts/sources.list" ] || mv "$work/apt/parts/sources.list" "$work/apt/parts/machine.list"
cat >"$work/apt/apt.conf" <<CONF
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$work/apt/parts";
Dir::State::Lists "$work/apt/lists";
Dir::Cache "$work/apt/cache";
APT::Sandbox::User "$(id -un)";
CONF
fetch() {  # unpacks every source package as $work/source/<name>; apt checks it against the signed index
  export APT_CONFIG=$work/apt/apt.conf
  apt-get update -qq
  cd "$work/source"
  apt-get source -qq --download-only "${sources[@]}"
  local name
  for name in "${sources[@]%%=*}"; do
    dpkg-source --no-check -x "$name"_*.dsc "$name"
  done
  unset APT_CONFIG
}

# These read what comes from outside. Optimised builds alone, as all of these are, can count what is written.
export CFLAGS='-fstack-protector-strong -D_FORTIFY_SOURCE=2'
export CXXFLAGS=$CFLAGS

build_cmake() {  # <name> <options...>
  local name=$1
  shift
  cmake -G Ninja -S "$work/source/$name" -B "$work/build/$name" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
  ninja -C "$work/build/$name" -j "$jobs" install
}
build_fmtlib() { build_cmake fmtlib -DFMT_TEST=OFF -DFMT_DOC=OFF; }
build_libzip() {  # .pth files are neither encrypted nor compressed by anything but zlib; arc4random is new in glibc 2.36
  build_cmake libzip -DHAVE_ARC4RANDOM=OFF -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF \
    -DENABLE_GNUTLS=OFF -DENABLE_MBEDTLS=OFF -DENABLE_OPENSSL=OFF -DENABLE_BZIP2=OFF -DENABLE_LZMA=OFF -DENABLE_ZSTD=OFF
}
build_tiff() {
  build_cmake tiff -Dtiff-tools=OFF -Dtiff-tests=OFF -Dtiff-contrib=OFF -Dtiff-docs=OFF -Dcxx=OFF \
    -Dlibdeflate=OFF -Djbig=OFF -Dlerc=OFF -Dlzma=OFF -Dwebp=OFF -Dzstd=OFF
}
build_dav1d() {  # FFmpeg has no decoder of its own for AV1
  meson setup "$work/build/dav1d" "$work/source/dav1d" --prefix "$prefix" --libdir lib --buildtype release \
    --default-library static -Denable_tools=false -Denable_tests=false
  ninja -C "$work/build/dav1d" -j "$jobs" install
}
build_ffmpeg() {  # what decodes video in the program's containers; neither --enable-gpl nor --enable-version3
  local decoders=h264,hevc,libdav1d,vp6,vp6f,vp8,vp9,theora,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4v3
  decoders+=,h263,h263p,flv,wmv1,wmv2,wmv3,vc1,dvvideo,mjpeg,jpeg2000,prores,dnxhd,cfhd
  decoders+=,ffv1,ffvhuff,huffyuv,utvideo,magicyuv,lagarith,qtrle,rawvideo,v210,v410,r210,png
  cd "$work/source/ffmpeg"
  PKG_CONFIG_PATH=$prefix/lib/pkgconfig ./configure --prefix="$prefix" --cc='ccache gcc' --extra-cflags="$CFLAGS" \
    --enable-static --disable-shared --enable-pic --disable-debug --disable-programs --disable-doc --disable-network \
    --disable-avdevice --disable-avfilter --disable-swresample --disable-postproc --disable-everything --disable-autodetect \
    --enable-zlib --enable-libdav1d --enable-protocol=file --enable-demuxer=mov,matroska,avi --enable-parsers \
    --enable-decoder=$decoders
  make -j "$jobs" install
}
build_opencv() {  # with the distribution's baseline of instructions, so that results are those of its packages
  PKG_CONFIG_PATH=$prefix/lib/pkgconfig build_cmake opencv -DBUILD_LIST=core,imgproc,imgcodecs,videoio \
    -DCPU_BASELINE=SSE2 -DCPU_BASELINE_DISABLE=SSE3 -DENABLE_PRECOMPILED_HEADERS=OFF -DBUILD_INFO_SKIP_TIMESTAMP=ON \
    -DBUILD_TESTS=OFF -DBUILD_PERF_TESTS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_opencv_apps=OFF -DBUILD_JAVA=OFF \
    -DOPENCV_FFMPEG_SKIP_BUILD_CHECK=ON -DVIDEOIO_ENABLE_PLUGINS=OFF -DHIGHGUI_ENABLE_PLUGINS=OFF \
    -DWITH_FFMPEG=ON -DWITH_JPEG=ON -DWITH_PNG=ON -DWITH_TIFF=ON -DWITH_WEBP=ON -DOPENCV_GENERATE_PKGCONFIG=OFF \
    -DWITH_1394=OFF -DWITH_ADE=OFF -DWITH_EIGEN=OFF -DWITH_GDAL=OFF -DWITH_GSTREAMER=OFF -DWITH_GTK=OFF -DWITH_IPP=OFF \
    -DWITH_ITT=OFF -DWITH_JASPER=OFF -DWITH_LAPACK=OFF -DWITH_OPENCL=OFF -DWITH_OPENEXR=OFF -DWITH_OPENJPEG=OFF \
    -DWITH_PROTOBUF=OFF -DWITH_QUIRC=OFF -DWITH_TBB=OFF -DWITH_V4L=OFF -DWITH_VA=OFF
  # What OpenCV leaves out without a word would be missed at a user's first video.
  local part
  for part in 'FFMPEG: +YES' 'JPEG: +/' 'PNG: +/' 'TIFF: +/' 'WEBP: +/'; do
    grep -qE "^-- +$part" "$work/build_opencv.log" || { echo "OpenCV was configured without ${part%%:*}"; return 1; }
  done
}

trap '[ $? = 0 ] || { tail -20 "$log"; echo "failed, see $log"; } >&2' EXIT
for step in fetch build_fmtlib build_libzip build_tiff build_dav1d build_ffmpeg build_opencv; do
  echo "bundle libraries: ${step#build_}" >&2
  log=$work/$step.log
  ($step) >"$log" 2>&1
done
mkdir "$prefix/licenses"
for name in "${sources[@]%%=*}"; do
  cp "$work/source/$name/debian/copyright" "$prefix/licenses/$name.txt"
done
owners=()  # the packages above may be empty ones that only name these
for name in z png16 jpeg webp yaml-cpp deflate; do
  owner=$(dpkg -S "$(realpath "$(gcc -print-file-name="lib$name.a")")" | cut -d: -f1)
  owners+=("$owner")
done
for package in "${owners[@]}" libcli11-dev nlohmann-json3-dev libxxhash-dev; do
  cp "/usr/share/doc/$package/copyright" "$prefix/licenses/${package%-dev}.txt"
done
cp "$work/source/ffmpeg/COPYING.LGPLv2.1" "$prefix/licenses"
# Headers of another folder would make every object differ from the release build's; the installed ones are the same.
rm -rf "${prefix:?}"/{include,share,bin,lib/cmake,lib/pkgconfig}
{
  printf 'Built from source packages:\n'
  printf '  %s\n' "${sources[@]}"
  printf 'Archives of packages:\n'
  dpkg-query -W -f '  ${Package}=${Version}\n' "${owners[@]}"
  printf 'Headers and start-up code of packages:\n'
  dpkg-query -W -f '  ${Package}=${Version}\n' libcli11-dev nlohmann-json3-dev libxxhash-dev libc6
  printf '  gcc=%s\n' "$(gcc -dumpfullversion)"
} >"$prefix/licenses/versions.txt"
touch "$prefix/complete"
rm -rf "$work"
echo "$prefix"
