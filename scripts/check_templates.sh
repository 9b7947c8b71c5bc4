#!/usr/bin/env bash
# How many option files of the other trainers `sr-train check` takes, with nothing changed but where files lie: data sets become small
# made-up ones, weights to begin with are left out. Prints a Markdown table, and each refusal with its reason; exit code 1 when there is one.
#   scripts/check_templates.sh [--list] FOLDER...
#   FOLDER     a file, or a folder with *.yml at any depth, such as options/_templates/train of traiNNer-redux, options/train of BasicSR, options of
#              Real-ESRGAN; a file without datasets.train is not counted
#   --list     the refused files by name
#   SR_TRAIN   the program (default: build/release/sr-train)
#   SR_PEERS_VENV  a virtual environment with PyYAML (default: python3 itself)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${SR_PEERS_VENV:+$SR_PEERS_VENV/bin/python}
exec "${python:-python3}" "$here/check_templates" "$@"
