"""Quality and time of every way from magnitude to waveform, by which the default was chosen.

    python -m benchmarks.phase

Time is one thread's CPU time for one clip of 1.024 s. PESQ is narrow band, against the recording;
it needs recordings and the external evaluators.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from benchmarks.clips import read_recordings, recordings_folder, speech_like
from benchmarks.griffin_lim import our_griffin_lim, spectral_convergence

Float32 = NDArray[np.float32]
Method = Callable[[Float32], Float32]

ITERATIONS = (1, 2, 3, 4, 8, 16, 32)


def methods(transform: SpectrogramTransform) -> dict[str, Method]:
    """Every way by its name: linear magnitude, (n_bins, n_frames) -> waveform."""
    found: dict[str, Method] = {
        "zero": partial(transform.resynthesise, phase="zero"),
        "gradient": partial(transform.resynthesise, phase="gradient"),
    }
    for n_iter in ITERATIONS:
        found[f"gradient, Griffin-Lim {n_iter}"] = partial(transform.resynthesise, n_iter=n_iter)
    for n_iter in ITERATIONS:
        found[f"random, Griffin-Lim {n_iter}"] = partial(
            our_griffin_lim, transform=transform, n_iter=n_iter, seed=0
        )
    return found


def pesq_of(references: list[Float32], waveforms: list[Float32], sample_rate: int) -> str:
    """The mean over the clips that PESQ hears speech in; a dash where it is not installed."""
    try:
        from pesq import NoUtterancesError, pesq
    except ImportError:
        return "-"
    scores = []
    for reference, waveform in zip(references, waveforms, strict=True):
        try:
            scores.append(pesq(sample_rate, reference, waveform, "nb"))
        except NoUtterancesError:
            continue
    return f"{statistics.mean(scores):.2f}" if scores else "-"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=100)
    arguments = parser.parse_args()
    transform = SpectrogramTransform(SpectrogramConfig())
    n_samples, folder = transform.config.n_samples, recordings_folder()
    clips = (
        read_recordings(folder, arguments.clips, n_samples)
        if folder
        else [speech_like(i, n_samples) for i in range(arguments.clips)]
    )
    magnitudes = [transform.magnitude(*transform.forward(clip)) for clip in clips]
    print("| phase | ms | spectral convergence | PESQ |\n|---|---|---|---|")
    for name, method in methods(transform).items():
        method(magnitudes[0])  # imports, caches
        started = time.process_time()
        waveforms = [method(magnitude) for magnitude in magnitudes]
        each_ms = 1e3 * (time.process_time() - started) / len(clips)
        left = statistics.mean(
            spectral_convergence(transform, waveform, magnitude)
            for waveform, magnitude in zip(waveforms, magnitudes, strict=True)
        )
        pesq = pesq_of(clips, waveforms, transform.config.sample_rate) if folder else "-"
        print(f"| {name} | {each_ms:.1f} | {left:.3f} | {pesq} |", flush=True)


if __name__ == "__main__":
    main()
