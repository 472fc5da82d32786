"""Figures 42 to 45 and 52 to 55: where the sound was lost, and how it is recovered.

The thesis took the grey values of an image for the magnitudes of an STFT, without a phase. The image holds
decibels: converted back to magnitudes, and with a consistent phase, it gives the words again.
"""

from collections.abc import Callable, Iterable
from itertools import product

import librosa
import numpy as np
import soxr
from numpy.typing import NDArray
from rich.progress import track

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.data.dataset import Dataset
from training.measure.recogniser import VERSION
from training.measure.sounds import recorded
from training.replication import drawing, recognition, spectrogram_autoencoder
from training.replication.images import LARGE, resize, whole
from training.replication.results import Figures, Settings
from training.replication.workshop import Workshop

Float32 = NDArray[np.float32]
Inverse = Callable[[SpectrogramTransform, Float32, float], Float32]  # transform, spectrogram, dBFS

SIZES = ((28, 28), (64, 64), (128, 64), (128, 128))
PRINTED_SMALL = {"n_fft": 100, "hop_length": 54, "win_length": 100}  # see `printed_small`
PRINTED = {"n_fft": 1088, "hop_length": 450, "win_length": 1088}  # 545 rows are the bins of 1088 samples
PRINTED_RATE_HZ = 44_000
SMALL_SHOWN, LARGE_SHOWN = 12, 5  # the recordings that the thesis inverts in figures 42 to 45, and 52 to 55
SMALL_STAGES, LARGE_STAGES = (2100, 2500), (1400, 1700, 1900, 2500)  # epochs of these figures
GREY = 255.0  # white in an image file


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on."""
    return spectrogram_autoencoder.settings(workshop) | {
        "n_clips_inverted": len(workshop.held_out),
        "recogniser": VERSION,
    }


def run(workshop: Workshop) -> Figures:
    """Inverts true spectrograms of every size and the replicas of every stage; plots the waveforms."""
    config = workshop.config.spectrogram
    true_spectrograms = [
        _true_spectrograms(workshop, config, size, name)
        for size, name in track(list(product(SIZES, INVERSES)), description="Inverting true spectrograms")
    ]
    return {
        "true_spectrograms": true_spectrograms,
        "replicas": _replicas(workshop, config),
        "durations_s": _draw(workshop),
        "clip_s": config.duration_s,
        "chance_percent": {name: 100 / len(values) for name, values in workshop.held_out.values.items()},
    }


def _true_spectrograms(
    workshop: Workshop, config: SpectrogramConfig, size: tuple[int, int], inverse: str
) -> Figures:
    sized = config.model_copy(update={"image_height": size[0], "image_width": size[1]})
    clips = recognition.spectrograms(workshop, sized)
    images = clips.log_magnitude.astype(np.float32)
    row = {"size": f"{size[0]} x {size[1]}", "inverse": inverse}
    return row | _measured(workshop, clips, images, sized, INVERSES[inverse])


def printed_small(image: Float32) -> Float32:
    """Figure 42: a file of 28 x 28 grey values inverted as it is.

    28 rows are the bins of 54 samples, and librosa refuses a window of 100 in a frame of 54: the
    frame is 100 samples here, its upper bins empty.
    """
    return np.asarray(librosa.istft(GREY * (1 - image[::-1]), **PRINTED_SMALL, window="hann"))


def printed(image: Float32) -> Float32:
    """Figures 43 to 45: enlarged to 690 x 545, saved, read and inverted as the listing does.

    It saves with an inverted grey scale, where loud is dark, and an image file begins with its highest row.
    The result is to be played at PRINTED_RATE_HZ.
    """
    large = resize(image[None, ..., None], LARGE, "bilinear", False)[0, ::-1, :, 0]
    return np.asarray(librosa.istft(GREY * (1 - large), **PRINTED, window="hann"))


def _as_printed(transform: SpectrogramTransform, image: Float32, level_db: float) -> Float32:
    del level_db
    return _quiet(soxr.resample(printed(image), PRINTED_RATE_HZ, transform.config.sample_rate))


def _literal(transform: SpectrogramTransform, image: Float32, level_db: float) -> Float32:
    del level_db
    return _quiet(transform.resynthesise(_enlarged(transform, image), "zero"))


def _decibels_kept(transform: SpectrogramTransform, image: Float32, level_db: float) -> Float32:
    del level_db
    return _quiet(transform.resynthesise(_enlarged(transform, image)))


def _zero_phase(transform: SpectrogramTransform, image: Float32, level_db: float) -> Float32:
    return transform.inverse(image, level_db, "zero")


def _griffin_lim(transform: SpectrogramTransform, image: Float32, level_db: float) -> Float32:
    return transform.inverse(image, level_db)


INVERSES: dict[str, Inverse] = {
    "as printed": _as_printed,
    "literal": _literal,
    "decibels kept, Griffin-Lim": _decibels_kept,
    "zero phase": _zero_phase,
    "Griffin-Lim": _griffin_lim,
}


def _enlarged(transform: SpectrogramTransform, image: Float32) -> Float32:
    """The spectrogram at the size of the STFT, its values unchanged."""
    c = transform.config
    return resize(image[None, ..., None], (c.n_bins, c.n_frames), "bilinear", False)[0, ..., 0]


def _quiet(waveform: Float32) -> Float32:
    """At half of full scale: grey values do not contain the level."""
    return np.asarray(waveform * (0.5 / max(float(np.abs(waveform).max()), 1e-9)), np.float32)


def _inverted(
    clips: Dataset, images: Iterable[Float32], config: SpectrogramConfig, inverse: Inverse
) -> list[Float32]:
    transform = SpectrogramTransform(config)
    return [
        inverse(transform, image[..., 0], float(level))
        for image, level in zip(images, clips.level_db, strict=True)
    ]


def _measured(
    workshop: Workshop, clips: Dataset, images: Float32, config: SpectrogramConfig, inverse: Inverse
) -> Figures:
    """The share of labels recognised and, where durations are equal, the likeness to the recordings."""
    waveforms = _inverted(clips, images, config, inverse)
    found = recognition.recognised(workshop, waveforms, clips.labels)
    if len(waveforms[0]) != config.n_samples:
        return found
    return found | recognition.likeness(workshop, waveforms)


def _replicas(workshop: Workshop, config: SpectrogramConfig) -> list[Figures]:
    """How well the replicas after every stage are recognised, of training clips and of held-out clips."""
    network = spectrogram_autoencoder.trained(workshop)
    step = max(1, len(workshop.learned) // len(workshop.held_out))
    learned = workshop.learned.take(np.arange(0, len(workshop.learned), step)[: len(workshop.held_out)])
    rows = []
    for epoch in track(spectrogram_autoencoder.INVERTED, description="Inverting replicas"):
        row: Figures = {"thesis_epochs": epoch, "epochs": workshop.epochs(epoch)}
        for whose, clips in (("learned", learned), ("held_out", workshop.held_out)):
            images = network.reconstruct(clips.log_magnitude, workshop.epochs(epoch))
            for name in ("literal", "Griffin-Lim"):
                waveforms = _inverted(clips, images, config, INVERSES[name])
                row[f"{whose}, {name}"] = recognition.recognised(workshop, waveforms, clips.labels)
        rows.append(row)
    return rows


def _draw(workshop: Workshop) -> Figures:
    """Plots the thesis' two recordings and their replicas; the duration of each inversion, s."""
    config, shown = workshop.config.spectrogram, _shown(workshop)
    with drawing.figure(workshop.folder / "istft-42-55.png", len(shown), 3, 1.35 * len(shown)) as axes:
        for row, (name, image, level_db) in zip(axes, shown, strict=True):
            large = printed(image)
            drawing.show_waveform(row[1], large, PRINTED_RATE_HZ, f"{name}: 690 x 545")
            if image.shape == config.image_shape:
                small = printed_small(image)
                drawing.show_waveform(row[0], small, PRINTED_RATE_HZ, f"{name}: 28 x 28")
                sound = SpectrogramTransform(config).inverse(image, level_db)
            else:
                row[0].set_axis_off()
                sound = SpectrogramTransform(whole(config)).inverse(image, level_db)
            drawing.show_waveform(row[2], sound, workshop.rate, f"{name}: Griffin-Lim")
    return {"28 x 28": len(small) / PRINTED_RATE_HZ, "690 x 545": len(large) / PRINTED_RATE_HZ}


def _shown(workshop: Workshop) -> list[tuple[str, Float32, float]]:
    """What is plotted: name, spectrogram and level in dBFS, figure by figure."""
    learned, rows = workshop.learned, []
    network = spectrogram_autoencoder.trained(workshop)
    for index, stages in ((SMALL_SHOWN, SMALL_STAGES), (LARGE_SHOWN, LARGE_STAGES)):
        clip = learned.take(np.array([index % len(learned)]))
        for epoch in stages:
            replica = network.reconstruct(clip.log_magnitude, workshop.epochs(epoch))[0, ..., 0]
            rows.append((f"[{index}], {workshop.epochs(epoch)} epochs", replica, float(clip.level_db[0])))
        if index == SMALL_SHOWN:
            large = SpectrogramTransform(whole(workshop.config.spectrogram))
            image, level_db = large.forward(recorded(workshop.config, clip)[0])
            rows.append((f"[{index}], recorded", image, level_db))
    return rows
