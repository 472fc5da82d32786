"""Shortcuts of the digits: what one number of a recording reveals of its labels, and if a model uses it.

    python -m benchmarks.shortcuts

The first table: how often the likeliest label for a number, among training clips with nearly the same number,
is that of a validation clip. The second: how often label heads and recogniser are right when the number is
made the same for all validation clips, or changed. Needs the recordings and the training environment.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from audio.highpass import high_pass
from audio.model_directory import newest_version
from audio.onset import first_onset
from audio.silence import trim_silence
from benchmarks.clips import recordings_folder
from training.config import load_config
from training.data.dataset import Dataset, load_splits, read_waveforms
from training.exported import ExportedModel
from training.measure.readings import trained_recogniser

MODELS, CONFIGS, RUNS = Path("models"), Path("training/configs"), Path("runs")
RATE_HZ = 8000
N_NEIGHBOURS = 25  # training clips with the nearest number
BLOCK = 80  # samples, 10 ms
LEVEL = 0.05  # root mean square that all clips are brought to
NOISE_DB = -40.0  # under the clip's root mean square, of the noise that hides each recording's own
LOW_PASS_HZ, MIDDLE_HZ, TILT_DB = 3000.0, 1000.0, 3.0  # the tilt is per octave
PAUSE = np.zeros(800, np.float32)  # 0.1 s
TINY = 1e-9

Float32 = NDArray[np.float32]
Number = Callable[[Float32], float]
Change = Callable[[Float32], Float32]


def _blocks_db(waveform: Float32) -> NDArray[np.float64]:
    """The level of each block, highest possible value 0 dB."""
    whole = waveform[: waveform.size // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64)
    return np.asarray(10 * np.log10(np.square(whole).mean(axis=1) + TINY))


def _rms(waveform: Float32) -> float:
    return float(np.sqrt(np.square(waveform, dtype=np.float64).mean())) + TINY


def _filtered(waveform: Float32, gain: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Float32:
    hz = scipy.fft.rfftfreq(waveform.size, 1 / RATE_HZ)
    return np.asarray(scipy.fft.irfft(scipy.fft.rfft(waveform) * gain(hz), waveform.size), np.float32)


def _high_share(waveform: Float32) -> float:
    """How much of the energy lies above 3 kHz, dB."""
    high = _filtered(waveform, lambda hz: (hz > LOW_PASS_HZ).astype(float))
    return float(20 * np.log10(_rms(high) / _rms(waveform)))


def _noisy(waveform: Float32) -> Float32:
    noise = np.random.default_rng(waveform.size).standard_normal(waveform.size)
    return waveform + np.float32(_rms(waveform) * 10 ** (NOISE_DB / 20)) * noise.astype(np.float32)


def _tilted(waveform: Float32) -> Float32:
    return _filtered(waveform, lambda hz: 10 ** (TILT_DB * np.log2(np.maximum(hz, 30) / MIDDLE_HZ) / 20))


NUMBERS: dict[str, Number] = {
    "offset": lambda w: float(w.mean()),
    "level": _rms,
    "length": lambda w: float(w.size),
    "parity of the number of samples": lambda w: float(w.size % 2),
    "leading silence": lambda w: float(first_onset(w, RATE_HZ)),
    "trailing silence": lambda w: float(w.size - trim_silence(w, RATE_HZ).size),
    "noise floor": lambda w: float(np.quantile(_blocks_db(w), 0.05)),
    "signal to noise": lambda w: float(np.quantile(_blocks_db(w), 0.95) - np.quantile(_blocks_db(w), 0.05)),
    "energy under 60 Hz": lambda w: 20 * np.log10(_rms(w - high_pass(w, 60.0, RATE_HZ)) / _rms(w)),
    "energy over 3 kHz": _high_share,
    "first sample": lambda w: float(abs(w[0])),
}
CHANGES: dict[str, Change] = {
    "as recorded": lambda w: w,
    "no offset": lambda w: w - w.mean(),
    "same level": lambda w: w * np.float32(LEVEL / _rms(w)),
    "one sample less": lambda w: w[:-1],
    "no leading silence": lambda w: w[first_onset(w, RATE_HZ) :],
    "0.1 s of silence first": lambda w: np.concatenate([PAUSE, w]),
    "no trailing silence": lambda w: trim_silence(w, RATE_HZ),
    "same noise floor": _noisy,
    "nothing over 3 kHz": lambda w: _filtered(w, lambda hz: (hz <= LOW_PASS_HZ).astype(float)),
    "3 dB per octave brighter": _tilted,
}


def _right_shares(
    number: Number, train: list[Float32], clips: list[Float32], labels: tuple[Dataset, Dataset]
) -> list[float]:
    """How often each label of the clips is recognised by the number alone, 0 to 1."""
    known, found = (np.array([number(w) for w in waveforms]) for waveforms in (train, clips))
    mixed = np.random.default_rng(0).permutation(len(known))  # clips with equal numbers in no order
    distance = np.abs(found[:, None] - known[mixed][None])
    near = mixed[np.argsort(distance, axis=1, kind="stable")[:, :N_NEIGHBOURS]]
    shares = []
    for name, truth in labels[1].labels.items():
        votes = labels[0].labels[name][near]
        shares.append(
            float(np.mean([np.bincount(v).argmax() == t for v, t in zip(votes, truth, strict=True)]))
        )
    return shares


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="digits-vae")
    arguments = parser.parse_args()
    recordings = recordings_folder()
    if recordings is None:
        parser.error("needs recordings: set TONESPACE_RECORDINGS to a folder of them")
    config = load_config(CONFIGS / f"{arguments.model}.toml", [f"data.recordings={recordings}"])
    splits = load_splits(config)
    train, clips = (read_waveforms(recordings, splits[name], RATE_HZ) for name in ("train", "validation"))
    names = list(splits["train"].labels)
    print(f"| one number of the recording | {' | '.join(names)}, % |\n|{'---|' * (len(names) + 1)}")
    for row, number in NUMBERS.items():
        shares = _right_shares(number, train, clips, (splits["train"], splits["validation"]))
        print(f"| {row} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |", flush=True)
    model = ExportedModel(newest_version(MODELS / arguments.model))
    recogniser, _ = trained_recogniser(config, model.manifest.labels, RUNS)
    columns = [f"{name}, {who}" for name in names for who in ("label head", "recogniser")]
    print(f"\n| validation clips | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for row, change in CHANGES.items():
        changed = [change(waveform).astype(np.float32) for waveform in clips]
        found = (
            model.encoder({"log_magnitude": model.spectrograms(changed)[0]}),
            recogniser.recognise(changed).probabilities,
        )
        truth = splits["validation"].labels
        right = [100 * float((p[n].argmax(axis=1) == truth[n]).mean()) for n in names for p in found]
        print(f"| {row} | {' | '.join(f'{share:.1f}' for share in right)} |", flush=True)


if __name__ == "__main__":
    main()
