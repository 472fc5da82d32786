"""Audio files in bytes, right and wrong ones."""

import io
import struct

import numpy as np
import soundfile

from audio.files import read_audio
from audio.formats import AudioLimits

RATE_HZ = 8000
LIMITS = AudioLimits()
PCM = 1


def tone(seconds=0.25, rate=RATE_HZ):
    return (0.5 * np.sin(2 * np.pi * 440 / rate * np.arange(int(seconds * rate)))).astype(np.float32)


def file_of(waveform, kind="WAV/FLOAT", rate=RATE_HZ):
    container, subtype = kind.split("/")
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def wav(
    payload,
    *,
    rate=RATE_HZ,
    channels=1,
    bits=16,
    code=PCM,
    claimed_bytes=None,
):
    """A WAV file with the given header."""
    n_bytes = len(payload) if claimed_bytes is None else claimed_bytes
    frame_bytes = channels * bits // 8
    header = struct.pack("<HHIIHH", code, channels, rate, rate * frame_bytes % 2**32, frame_bytes, bits)
    return b"".join(
        [
            b"RIFF" + struct.pack("<I", min(36 + n_bytes, 2**32 - 1)) + b"WAVE",
            b"fmt " + struct.pack("<I", len(header)) + header,
            b"data" + struct.pack("<I", n_bytes) + payload,
        ]
    )


def pcm16(waveform):
    return (waveform * 32767).astype("<i2").tobytes()


def without_length(flac):
    """The FLAC with 0 for the 36 bits of STREAMINFO that count its samples, which means unknown."""
    changed = bytearray(flac)
    changed[21] &= 0xF0
    changed[22:26] = bytes(4)
    return bytes(changed)


def read(data):
    return read_audio(data, RATE_HZ, LIMITS)
