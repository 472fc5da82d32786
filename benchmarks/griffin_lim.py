"""Griffin-Lim of `audio` against librosa's: time and spectral convergence, paired clip by clip.

    python -m benchmarks.griffin_lim

Both get the same magnitudes, the same number of iterations and the same momentum, and the STFT of
`audio` measures the spectral convergence of both. Runs alternate, so that other work on the machine affects
both equally; the random starts differ from run to run.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import librosa
import numpy as np
from numpy.typing import NDArray

from audio.phase import griffin_lim
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from benchmarks.clips import read_recordings, recordings_folder, speech_like

MOMENTUM = 0.99  # librosa's default

Float32 = NDArray[np.float32]


def our_griffin_lim(magnitude: Float32, transform: SpectrogramTransform, n_iter: int, seed: int) -> Float32:
    """The iterations of `SpectrogramTransform.inverse`, from a random start as librosa's."""
    padded = griffin_lim(
        np.ascontiguousarray(magnitude.T),
        transform._short_time.forward,
        transform._short_time.inverse,
        start=np.random.default_rng(seed).uniform(-np.pi, np.pi, magnitude.T.shape).astype(np.float32),
        n_iter=n_iter,
        momentum=MOMENTUM,
    )
    return transform._short_time.unpadded(padded)


def librosa_griffin_lim(magnitude: Float32, config: SpectrogramConfig, n_iter: int, seed: int) -> Float32:
    """Librosa's waveform, padding included: not centred, its frames are those of `audio`."""
    waveform: Float32 = librosa.griffinlim(
        magnitude,
        n_iter=n_iter,
        hop_length=config.hop_length,
        win_length=config.win_length,
        n_fft=config.n_fft,
        center=False,
        momentum=MOMENTUM,
        random_state=seed,
    )
    return waveform


def spectral_convergence(transform: SpectrogramTransform, waveform: Float32, magnitude: Float32) -> float:
    """|| |STFT| - magnitude || / || magnitude ||, the spectral convergence: 0 is perfect."""
    rebuilt = np.abs(transform.stft(waveform))
    return float(np.linalg.norm(rebuilt - magnitude) / np.linalg.norm(magnitude))


def timed_ms(call: Callable[[], Float32]) -> tuple[float, Float32]:
    """What the call took in ms, and what it gave."""
    start = time.perf_counter()
    waveform = call()
    return 1e3 * (time.perf_counter() - start), waveform


def compare(transform: SpectrogramTransform, clips: list[Float32], n_iter: int, n_rounds: int) -> str:
    """One line of the table: medians of the times, means of the spectral convergence."""
    c = transform.config
    padding = (c.n_fft - c.hop_length) // 2
    times: list[tuple[float, float]] = []
    convergences: list[tuple[float, float]] = []
    for i, clip in enumerate(clips):
        magnitude = transform.magnitude(*transform.forward(clip))
        for seed in range(i * n_rounds, (i + 1) * n_rounds):
            ours_ms, ours = timed_ms(partial(our_griffin_lim, magnitude, transform, n_iter, seed))
            theirs_ms, theirs = timed_ms(partial(librosa_griffin_lim, magnitude, c, n_iter, seed))
            theirs = theirs[padding : padding + c.n_samples]
            times.append((ours_ms, theirs_ms))
            convergences.append(
                (
                    spectral_convergence(transform, ours, magnitude),
                    spectral_convergence(transform, theirs, magnitude),
                )
            )
    ours_ms, theirs_ms = (statistics.median(t) for t in zip(*times, strict=True))
    ratio = statistics.median(ours / theirs for ours, theirs in times)
    ours_left, theirs_left = (statistics.mean(v) for v in zip(*convergences, strict=True))
    differences = [ours - theirs for ours, theirs in convergences]
    error = statistics.pstdev(differences) / len(differences) ** 0.5
    return (
        f"{ours_ms:.1f} | {theirs_ms:.1f} | {ratio:.3f} | {ours_left:.4f} | {theirs_left:.4f} | "
        f"{ours_left - theirs_left:+.4f} ± {error:.4f} |"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=48, help="of each kind")
    parser.add_argument("--rounds", type=int, default=6, help="starts of each clip")
    arguments = parser.parse_args()
    transform = SpectrogramTransform(SpectrogramConfig())
    n_samples = transform.config.n_samples
    kinds = {"synthesised speech": [speech_like(i, n_samples) for i in range(arguments.clips)]}
    if folder := recordings_folder():
        kinds["recorded digits"] = read_recordings(folder, arguments.clips, n_samples)
    for clips in kinds.values():
        compare(transform, clips[:1], n_iter=1, n_rounds=1)  # imports, compilation, caches
    print("| clips | iterations | ours ms | librosa ms | ratio | our convergence | librosa's | difference |")
    print("|---|---|---|---|---|---|---|---|")
    for name, clips in kinds.items():
        for n_iter in (8, 32, 60):
            print(f"| {name} | {n_iter} |", compare(transform, clips, n_iter, arguments.rounds))


if __name__ == "__main__":
    main()
