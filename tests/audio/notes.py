"""Notes that tests of loops make."""

import numpy as np

RATE = 44_100  # Hz
NOTE_S, RELEASE_S = 2.0, 0.5


def note(pitch_hz=220.0, decay_db_s=0.0, tremolo_db=0.0, detuned_hz=0.0):
    """Four partials with an attack of 20 ms and a release in the last 0.5 s."""
    t = np.arange(round(NOTE_S * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * k * pitch_hz * t + k) / k for k in (1, 2, 3, 4))
    sound = sound + 0.3 * np.sin(2 * np.pi * (pitch_hz + detuned_hz) * t) if detuned_hz else sound
    level_db = -decay_db_s * t + tremolo_db * np.sin(2 * np.pi * 6 * t)
    level_db -= 120 * np.maximum(t - (NOTE_S - RELEASE_S), 0) / RELEASE_S
    return (0.1 * sound * np.minimum(t / 0.02, 1) * 10 ** (level_db / 20)).astype(np.float32)
