#!/usr/bin/env bash
# Exported files in the programs they are for: ONNX's checker and shape inference, ONNX Runtime, ncnn. Prints a Markdown table; exit
# code 1 when a file is not as docs/export.md promises.
#   scripts/check_export.sh [--full] [type ...]    --full: of the catalogue's sizes, which takes hours
#   SR_EXPORT_VENV      a virtual environment with onnx, onnxruntime, ncnn, numpy, ml_dtypes (default: one is made in ~/.cache/sr-train)
#   SR_TRAIN            the program (default: that of build/release)
#   SR_NETWORK_OUTPUT   the target network_output (default: that of build/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${SR_EXPORT_VENV:-${SR_DEPS:-$HOME/.cache/sr-train}/export}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv.new"
  "$venv.new/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 ncnn==1.0.20261020 numpy ml_dtypes
  mv "$venv.new" "$venv"
fi
exec "$venv/bin/python" "$here/check_export" "$@"
