"""Learns a space of sounds from a folder of recordings and exports it as a model directory."""

import os

# Published builds of ONNX Runtime report their use unless this is set before they are imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
