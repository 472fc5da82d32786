"""Tonespace over HTTP: audio in, coordinates out; coordinates in, audio out.

Knows `audio` and the files in `models/`; runs without the training stack.
"""

import os

VERSION = "0.1.0"  # of the project
API_VERSION = "0.1.0"  # of the contract, openapi/openapi.json

# Published builds of ONNX Runtime report their use unless this is set before they are imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# Threads of a matrix product wait for each other where processors are shared; requests run beside each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
