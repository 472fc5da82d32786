"""What the figures of an evaluation are, each from arrays alone.

Sets of sounds are compared in the features of the recogniser; a replica is compared with its
original waveform by waveform. Nothing here knows a model or a file.
"""

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pystoi
import scipy.fft
from librosa.filters import mel
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq

from audio.distances import audible_frames, log_spectral_distance_db
from audio.spectrogram import SpectrogramTransform
from training.measure.evaluators import is_installed

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

N_MELS = 40
N_CEPSTRA = 13  # the first one, the loudness, is left out
TINY = 1e-10
N_JOINED = 5  # clips in a row, which alone are too short for STOI
UNHEARD_STOI = 1e-5  # what pystoi gives where less than 0.4 s is left without its silence
ACTIVE_VARIANCE = 0.01
N_CLUSTERS, FIVE_PERCENT = 20, 1.96  # of different bins, and how many deviations are significant
PESQ_RATES_HZ = (8000, 16_000)


def frechet_distance(features: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Between the Gaussians fitted to two sets of features, (n, n_features) and (m, n_features), n, m >= 2.

    It is in the squared unit of the features.

    Source: Heusel et al. 2017, equation 6.
    """
    difference = features.mean(axis=0) - real.mean(axis=0)
    ours, theirs = np.cov(features.T), np.cov(real.T)
    # The trace of the root of a product is the sum of the roots of its eigenvalues, which are real.
    cross = np.sqrt(np.clip(np.linalg.eigvals(ours @ theirs).real, 0, None)).sum()
    return float(difference @ difference + np.trace(ours) + np.trace(theirs) - 2 * cross)


def kernel_distance(features: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """The squared maximum mean discrepancy of two sets, unbiased, so a little below 0 may happen.

    Args:
        features: (n, n_features), n >= 2, with deviations about 1 and means about 0 over the real sounds: a
            cubic kernel of features on other scales is about the largest of them alone.
        real: (m, n_features), m >= 2, of real sounds.

    Source: Binkowski et al. 2018, with their cubic kernel.
    """

    def kernel(a: Float64, b: Float64) -> Float64:
        return np.asarray((a @ b.T / a.shape[1] + 1) ** 3)

    x, y = features.astype(np.float64), real.astype(np.float64)
    n, m = len(x), len(y)
    xx, yy = kernel(x, x), kernel(y, y)
    within = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
    return float(within - 2 * kernel(x, y).mean())


def inception_score(probabilities: NDArray[np.floating]) -> float:
    """The exponent of the mean KL divergence of each sound's values, (n, n_values), to those of all.

    1 where every sound is alike or unclear, n_values where all are clear and each is as frequent.

    Source: Salimans et al. 2016.
    """
    p = np.clip(probabilities.astype(np.float64), TINY, 1)
    return float(np.exp((p * np.log(p / p.mean(axis=0))).sum(axis=1).mean()))


def different_bins(features: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """The share of clusters of real sounds that a set fills with another share of its sounds, 0 to 1.

    There are N_CLUSTERS, or as many as real sounds where these are fewer. Two shares differ where a
    two-proportion test says so at 5 %, so about 0.05 is no difference.

    Args:
        features: (n, n_features).
        real: (m, n_features), of real sounds.

    Source: Richardson and Weiss 2018, the number of statistically different bins (NDB), divided by the bins.
    """
    n_clusters = min(N_CLUSTERS, len(real))
    middles, own = kmeans2(real.astype(np.float64), n_clusters, minit="++", seed=0)
    found = vq(features.astype(np.float64), middles)[0]
    p, q = (np.bincount(bins, minlength=n_clusters) / len(bins) for bins in (found, own))
    both = (p * len(found) + q * len(own)) / (len(found) + len(own))
    error = np.sqrt(both * (1 - both) * (1 / len(found) + 1 / len(own)))
    return float((np.abs(p - q) > FIVE_PERCENT * error).mean())


def nearest_distance(features: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """The median over the features of the distance to the nearest of the real ones."""
    nearest = [float(np.linalg.norm(real - feature, axis=1).min()) for feature in features]
    return float(np.median(nearest))


def nearest(images: NDArray[np.floating], known: NDArray[np.floating]) -> NDArray[np.intp]:
    """The index of the nearest of known images, (n_known, ...), to each of (n, ...), by squared distance."""
    ours, theirs = (each.reshape(len(each), -1).astype(np.float32) for each in (images, known))
    return np.asarray((np.square(theirs).sum(axis=1) - 2 * ours @ theirs.T).argmin(axis=1))


def spread(features: NDArray[np.floating], group: NDArray[np.integer]) -> float:
    """The mean distance of a sound to the middle of its group, in the features."""
    distances = [
        np.linalg.norm(members - members.mean(axis=0), axis=1)
        for members in (features[group == g] for g in np.unique(group))
    ]
    return float(np.concatenate(distances).mean())


def active_dimensions(z_mean: NDArray[np.floating]) -> int:
    """The number of dimensions of z, (n_clips, latent_dim), that vary between clips.

    Source: Burda, Grosse and Salakhutdinov 2016, section 5.2.
    """
    return int((z_mean.var(axis=0) > ACTIVE_VARIANCE).sum())


def likeness(
    originals: Sequence[Float32], replicas: Sequence[Float32], transform: SpectrogramTransform
) -> dict[str, float]:
    """Means over the clips of how like their originals the replicas sound.

    Args:
        originals: waveforms of shape (n_samples,).
        replicas: the same number of them.
        transform: of both; its sample rate is theirs.
    """
    pairs, rate = list(zip(originals, replicas, strict=True)), transform.config.sample_rate
    figures = {
        "log_spectral_distance_db": _mean(log_spectral_distance_db(a, b, transform) for a, b in pairs),
        "mel_cepstral_distortion_db": _mean(mel_cepstral_distortion_db(a, b, transform) for a, b in pairs),
        "stoi": _mean(stoi(a, b, rate) for a, b in joined(originals, replicas)),
    }
    if rate in PESQ_RATES_HZ and is_installed("pesq"):
        heard = [pesq(a, b, rate) for a, b in pairs]
        figures["pesq"] = _mean(heard)
        figures["clips_with_pesq"] = float(np.isfinite(heard).sum())
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def joined(
    originals: Sequence[Float32], replicas: Sequence[Float32], n_joined: int = N_JOINED
) -> list[tuple[Float32, Float32]]:
    """Every few clips in a row as one, and their replicas; all originals are as loud as each other."""
    loudness = [max(float(np.sqrt(np.square(original).mean())), TINY) for original in originals]
    return [
        (
            np.concatenate([a / g for a, g in zip(originals[i:to], loudness[i:to], strict=True)]),
            np.concatenate([b / g for b, g in zip(replicas[i:to], loudness[i:to], strict=True)]),
        )
        for i, to in ((i, i + n_joined) for i in range(0, len(originals), n_joined))
    ]


def mel_cepstral_distortion_db(original: Float32, replica: Float32, transform: SpectrogramTransform) -> float:
    """The distance of mel cepstra 1 to 13, mean over the audible frames of the original, in dB.

    Source: Kubichek 1993.
    """
    (cepstra, heard), (others, _) = (_mel_cepstra(waveform, transform) for waveform in (original, replica))
    squared = np.square(cepstra - others)[1 : N_CEPSTRA + 1].sum(axis=0)
    return float(10 / np.log(10) * np.sqrt(2 * squared[heard]).mean())


def timbre(waveform: Float32, transform: SpectrogramTransform) -> Float64:
    """What a clip sounds like in a few numbers that no training has a part in.

    Args:
        waveform: (n_samples,).
        transform: of the waveform.

    Returns:
        (2 * N_CEPSTRA,), the means, then the deviations of mel cepstra 1 to 13 over the heard frames, in dB.
    """
    cepstra, heard = _mel_cepstra(waveform, transform)
    own = 20 / np.log(10) * cepstra[1 : N_CEPSTRA + 1, heard]
    return np.concatenate([own.mean(axis=1), own.std(axis=1)])


def _mel_cepstra(waveform: Float32, transform: SpectrogramTransform) -> tuple[Float64, NDArray[np.bool_]]:
    """The mel cepstra of each frame in nepers, and which frames are not silence."""
    config = transform.config
    bank = mel(sr=config.sample_rate, n_fft=config.n_fft, n_mels=min(N_MELS, config.n_bins // 3))
    power = np.square(np.abs(transform.stft(waveform)))
    cepstra = scipy.fft.dct(np.log(np.maximum(bank @ power, TINY)) / 2, axis=0) / len(bank)
    return cepstra, audible_frames(power)


def stoi(original: Float32, replica: Float32, sample_rate: int) -> float:
    """The short-time objective intelligibility, -1 to 1; NaN where less than 0.4 s is not silence.

    Source: Taal et al. 2011.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it warns where it gives up
        found = float(pystoi.stoi(original, replica, sample_rate))
    return found if found != UNHEARD_STOI else float("nan")


def pesq(original: Float32, replica: Float32, sample_rate: int) -> float:
    """The perceptual quality, narrow band, 1 to 4.5; NaN where no speech is found.

    Source: ITU-T P.862.
    """
    from pesq import PesqError
    from pesq import pesq as measure

    try:
        return float(measure(sample_rate, original, replica, "nb"))
    except PesqError:
        return float("nan")


def _mean(values: Iterable[float]) -> float:
    found = np.array([value for value in values if np.isfinite(value)])
    return float(found.mean()) if found.size else float("nan")
