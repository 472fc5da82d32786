"""Figures 1 to 10: what a transform of a whole recording hides, and what each window setting resolves."""

import hashlib
from typing import NamedTuple

import librosa
import numpy as np
import scipy.signal
from numpy.typing import NDArray

from training.replication import drawing, sounds
from training.replication.results import Figures, Settings, fingerprint
from training.replication.sounds import Sound
from training.replication.workshop import Workshop, read_sound

Float32 = NDArray[np.float32]

HANN_BANDWIDTH = 2.0  # at -6 dB, in bins of the window's own length: two tones this far apart give two peaks
WINDOWS = {"Hann": "hann", "triangular": "triang", "rectangular": "boxcar"}
WINDOW_LENGTH = 51  # samples, of the drawing
SHOWN_HZ = 44_100  # the rate at which a file of the user is read
TINY = 1e-12


class Setting(NamedTuple):
    """One STFT of the thesis."""

    figure: str
    n_fft: int
    hop_length: int
    win_length: int


SPEECH = Setting("8", 2048, 512, 300)
SIREN = Setting("9", 3500, 550, 500)
BIRDS = Setting("10", 5500, 200, 500)
LISTING = Setting("listing", 6000, 200, 500)
YOURS = LISTING._replace(figure="yours")


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on; of a file its name and digest."""
    speech = sounds.speech(workshop)
    about = {"data": fingerprint(speech.waveform), "sound": None}
    if workshop.sound is None:
        return about
    return about | {
        "sound": [workshop.sound.name, hashlib.sha256(workshop.sound.read_bytes()).hexdigest()[:12]]
    }


def run(workshop: Workshop) -> Figures:
    """Plots figures 1 to 10 and measures every setting."""
    speech = sounds.speech(workshop)
    analysed = [(SPEECH, speech), (SIREN, sounds.wail()), (BIRDS, sounds.birdsong()), (LISTING, speech)]
    (workshop.folder / f"stft-{YOURS.figure}.png").unlink(missing_ok=True)  # of an earlier sound
    if workshop.sound is not None:
        waveform = read_sound(workshop.sound, SHOWN_HZ)
        analysed.append((YOURS, Sound(waveform, SHOWN_HZ, workshop.sound.name)))
    _draw_wave(workshop)
    _draw_windows(workshop, speech)
    rows = [_analyse(workshop, setting, sound) for setting, sound in analysed]
    return {"dft": _whole_recording(workshop, speech), "settings": rows}


def _analyse(workshop: Workshop, setting: Setting, sound: Sound) -> Figures:
    # librosa and not audio.spectrogram: the latter refuses windows that leave gaps, as two of these do.
    n_fft, hop, win = setting[1:]
    waveform = np.pad(sound.waveform, (0, max(0, n_fft - len(sound.waveform))))
    stft = librosa.stft(waveform, n_fft=n_fft, hop_length=hop, win_length=win)
    decibels = librosa.amplitude_to_db(np.abs(stft), ref=np.max)
    duration_s = len(waveform) / sound.sample_rate
    with drawing.figure(workshop.folder / f"stft-{setting.figure}.png", 2, 1, 4.2) as axes:
        drawing.show_waveform(axes[0, 0], waveform, sound.sample_rate, sound.name)
        title = f"n_fft {n_fft}, hop {hop}, window {win}"
        drawing.show_spectrogram(axes[1, 0], decibels, duration_s, sound.sample_rate / 2, title)
    again = librosa.istft(stft, n_fft=n_fft, hop_length=hop, win_length=win, length=len(waveform))
    return {
        "figure": setting.figure,
        "sound": sound.name,
        "sample_rate_hz": sound.sample_rate,
        "n_fft": n_fft,
        "hop_length": hop,
        "win_length": win,
        "window_ms": 1e3 * win / sound.sample_rate,
        "bin_hz": sound.sample_rate / n_fft,
        "resolved_hz": HANN_BANDWIDTH * sound.sample_rate / win,
        "skipped_percent": 100 * max(0.0, 1 - win / hop),
        "numbers_per_sample": stft.size / len(waveform),
        "round_trip_db": signal_to_noise_db(waveform, again),
    }


def signal_to_noise_db(original: Float32, replica: Float32) -> float:
    """How far the difference of two waveforms lies under the original, dB."""
    noise = np.square(original - replica).sum() + TINY
    return float(10 * np.log10((np.square(original).sum() + TINY) / noise))


def _draw_wave(workshop: Workshop) -> None:
    t = np.arange(0, 4, 1e-3)
    wave = np.sin(2 * np.pi * t)
    spectrum = np.abs(np.fft.rfft(wave)) * 2 / t.size
    with drawing.figure(workshop.folder / "stft-1-2.png", 1, 2, 1.9) as axes:
        axes[0, 0].plot(t, wave, color="#31688e")
        axes[0, 0].set(title="a wave of 1 Hz", xlabel="time, s", ylabel="amplitude")
        axes[0, 1].stem(np.fft.rfftfreq(t.size, 1e-3)[:21], spectrum[:21], basefmt=" ")
        axes[0, 1].set(title="its discrete Fourier transform", xlabel="frequency, Hz", ylabel="amplitude")


def _draw_windows(workshop: Workshop, sound: Sound) -> None:
    with drawing.figure(workshop.folder / "stft-6-7.png", 1, 3, 2.2) as axes:
        for name, window in WINDOWS.items():
            shape = scipy.signal.get_window(window, WINDOW_LENGTH, fftbins=False)
            axes[0, 0].plot(shape, label=name)
            leak = np.abs(np.fft.rfft(shape, 4096)) / shape.sum()
            axes[0, 1].plot(
                np.linspace(0, WINDOW_LENGTH / 2, leak.size), 20 * np.log10(leak + TINY), label=name
            )
        axes[0, 0].set(title="windows", xlabel="sample")
        axes[0, 0].legend(loc="lower center")
        axes[0, 1].set(title="spectral leakage", xlabel="bins away", ylabel="dB", xlim=(0, 10), ylim=(-90, 3))
        start = int(np.abs(sound.waveform).argmax()) - SPEECH.win_length // 2
        piece = sound.waveform[max(start, 0) :][: SPEECH.win_length]
        axes[0, 2].plot(piece, color="0.7", label="signal")
        axes[0, 2].plot(piece * scipy.signal.get_window("hann", piece.size), label="in a Hann window")
        axes[0, 2].set(title=f"{SPEECH.win_length} samples of figure 3", xlabel="sample")
        axes[0, 2].legend()


def _whole_recording(workshop: Workshop, sound: Sound) -> Figures:
    """Compares the DFT magnitudes of a recording and of the reversed recording: they are equal."""
    forwards, backwards = (np.abs(np.fft.rfft(w)) for w in (sound.waveform, sound.waveform[::-1]))
    with drawing.figure(workshop.folder / "stft-3-4.png", 1, 2, 2.2) as axes:
        drawing.show_waveform(axes[0, 0], sound.waveform, sound.sample_rate, sound.name)
        f = np.fft.rfftfreq(len(sound.waveform), 1 / sound.sample_rate)
        level = 20 * np.log10(forwards / forwards.max() + TINY)
        axes[0, 1].plot(f / 1000, level, color="#31688e", linewidth=0.3)
        axes[0, 1].set(title="its DFT contains no times", xlabel="frequency, kHz", ylabel="dB", ylim=(-90, 3))
    return {
        "sound": sound.name,
        "backwards_differs_percent": 100 * float(np.abs(forwards - backwards).max() / forwards.max()),
    }
