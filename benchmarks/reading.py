"""The time to read an upload: decoding, mixing and resampling one second of each kind of file.

python -m benchmarks.reading
"""

import io
import statistics
import time

import numpy as np
import soundfile

from audio.files import read_audio
from audio.formats import AudioLimits
from benchmarks.clips import speech_like

KINDS = (  # container, encoding, sample rate in Hz, channels
    ("WAV", "PCM_16", 8_000, 1),
    ("WAV", "PCM_16", 44_100, 2),
    ("WAV", "FLOAT", 192_000, 8),
    ("FLAC", "PCM_16", 44_100, 2),
    ("OGG", "VORBIS", 44_100, 2),
    ("OGG", "OPUS", 48_000, 2),
    ("MP3", "MPEG_LAYER_III", 44_100, 2),
)
MODEL_RATE_HZ = 8000
N_ROUNDS = 30


def median_ms(data: bytes) -> float:
    """The median time in ms of `read_audio`."""
    times = []
    for _ in range(N_ROUNDS):
        start = time.perf_counter()
        read_audio(data, MODEL_RATE_HZ, AudioLimits())
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Prints the table."""
    print("| one second of | sample rate Hz | channels | kB | ms |")
    print("|---|---|---|---|---|")
    for container, subtype, rate, n_channels in KINDS:
        channels = np.stack([speech_like(0, rate, rate)] * n_channels, axis=1)
        buffer = io.BytesIO()
        soundfile.write(buffer, channels, rate, format=container, subtype=subtype)
        data = buffer.getvalue()
        kind = f"{container} {subtype}"
        print(f"| {kind} | {rate} | {n_channels} | {len(data) / 1e3:.0f} | {median_ms(data):.2f} |")


if __name__ == "__main__":
    main()
