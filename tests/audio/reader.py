"""Reads audio files in a process of its own, since a decoder that breaks may end it.

`python -m tests.audio.reader` takes files on standard input, each after its length, and writes a line for
each.
"""

import json
import resource
import struct
import sys
import traceback

import numpy as np

from audio.errors import AudioError
from audio.files import read_audio
from audio.formats import AudioLimits

LENGTH = struct.Struct("<I")
RATE_HZ = 8000
LIMITS = AudioLimits(max_duration_s=5)
MEMORY_BYTES = 2 * 2**30  # of addresses; what a decoder asks for beyond that fails


def outcome(data):
    """What became of a file: `sound`, the name of an error of ours, or `failure` with its cause."""
    try:
        waveform = read_audio(data, RATE_HZ, LIMITS).waveform
    except AudioError as error:
        return {"error": type(error).__name__}
    except Exception:  # what no reader should raise is what the test looks for
        return {"failure": traceback.format_exc()}
    wrong = [
        complaint
        for complaint, holds in {
            "not float32 of one channel": waveform.dtype == np.float32 and waveform.ndim == 1,
            "not finite": bool(np.isfinite(waveform).all()),
            "too long": len(waveform) <= LIMITS.max_duration_s * RATE_HZ + 1,
            "empty": len(waveform) > 0,
        }.items()
        if not holds
    ]
    return {"failure": ", ".join(wrong)} if wrong else {"sound": len(waveform)}


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    while header := sys.stdin.buffer.read(LENGTH.size):
        (n_bytes,) = LENGTH.unpack(header)
        print(json.dumps(outcome(sys.stdin.buffer.read(n_bytes))), flush=True)


if __name__ == "__main__":
    main()
