#!/usr/bin/env bash
# Has TensorFlow read the event files that a training run writes. Installs TensorFlow into a virtual environment, unless PYTHON names one that has it.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ -z "${PYTHON:-}" ]; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.21.0
    PYTHON=$folder/venv/bin/python
fi
TF_SCOPE_EVENTS=$folder/events cargo test --features events --test trainer_events
"$PYTHON" tests/parity/read_events.py "$folder/events"
