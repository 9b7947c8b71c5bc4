#!/usr/bin/env bash
# Has the archive's program read a file of every format and codec that docs/bundle.md names, written by the ffmpeg on PATH:
#   scripts/bundle/check_formats.sh <sr-train> [reference sr-train]
# With a second program, linked to the distribution's libraries, the pixels have to be the same.
set -euo pipefail
program=$(realpath "$1")
reference=${2:+$(realpath "$2")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/input"
frames=12
failed=0

write() {  # <file> <ffmpeg's options>
  local file=$work/input/${1##*.}/$1  # stems may not repeat in a folder
  mkdir -p "${file%/*}"
  ffmpeg -v error -f lavfi -i 'testsrc2=size=256x144:rate=25,noise=alls=6:all_seed=7' -frames:v $frames "${@:2}" "$file" \
    2>>"$work/ffmpeg.log" || { echo "ffmpeg cannot write $1: not checked"; rm -f "$file"; }
}
# H.264 and HEVC with references in both directions; otherwise what the encoder does by itself.
write h264.mp4 -c:v libx264 -bf 2
write h264_10bit.mkv -c:v libx264 -pix_fmt yuv420p10
write hevc.mp4 -c:v libx265 -x265-params log-level=error
write hevc_10bit.mkv -c:v libx265 -x265-params log-level=error -pix_fmt yuv420p10
write av1.mp4 -c:v libsvtav1
write av1.webm -c:v libaom-av1 -cpu-used 8
write vp8.webm -c:v libvpx
write vp9.webm -c:v libvpx-vp9
write theora.mkv -c:v libtheora
for codec in mpeg1video mpeg2video mpeg4 flv dnxhd prores_ks jpeg2000 ffv1 mjpeg; do
  options=()
  case $codec in dnxhd) options=(-profile:v dnxhr_hq -pix_fmt yuv422p) ;; esac
  write $codec.mkv -c:v $codec "${options[@]}"
done
write prores.mov -c:v prores_ks
write mpeg4.mov -c:v mpeg4
for codec in msmpeg4v2 msmpeg4 wmv1 wmv2 huffyuv ffvhuff utvideo magicyuv rawvideo ffv1 mjpeg png; do
  options=()
  case $codec in huffyuv | utvideo) options=(-pix_fmt yuv422p) ;; esac
  write $codec.avi -c:v $codec "${options[@]}"
done
for codec in qtrle v210 r210 png cfhd; do
  options=()
  case $codec in cfhd) options=(-pix_fmt yuv422p10) ;; esac
  write $codec.mov -c:v $codec "${options[@]}"
done
frames=1
write still.jpg
write gray.jpg -pix_fmt gray
write still.png
write deep.png -pix_fmt rgb48
write still.webp -c:v libwebp
write lossless.webp -c:v libwebp -lossless 1
for compression in raw packbits lzw deflate; do write $compression.tif -compression_algo $compression; done
write still.bmp
write still.ppm

prepare() {  # <program> <output>
  "$1" prepare --quiet --input "$work/input" --output "$2" || failed=1
}
prepare "$program" "$work/ours"
while read -r file; do
  made=$work/ours/hr/${file%.*}
  [ -e "$made.png" ] || [ -n "$(ls "$made" 2>/dev/null)" ] || { echo "$file: nothing was read"; failed=1; }
done < <(cd "$work/input" && find . -type f)
echo "$(find "$work/input" -type f | wc -l) formats read, $(find "$work/ours" -name '*.png' | wc -l) pictures"
if [ -n "$reference" ]; then
  prepare "$reference" "$work/theirs"
  if diff -rq -x prepare.json "$work/ours" "$work/theirs"; then echo "the pixels are those of $reference"; else failed=1; fi
fi
exit $failed
