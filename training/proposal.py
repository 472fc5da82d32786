"""An experiment for a folder of one-shots, chosen from the files in it: nobody has to write a config first.

Sizes and rates of the network are those of `configs/own-sounds.toml`, which tens to hundreds of clips were
tried with. What depends on the folder is chosen here, and a sentence reports each choice.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from audio.decoders import open_decoder
from audio.errors import AudioError
from audio.manifest import MODEL_NAME
from training.data.folder import find_recordings
from training.data.layout import PITCH, layout_of
from training.errors import RecordingsError

MAX_RATE_HZ = 44_100
FRAME_S = 0.0465  # n_fft is the largest power of two within it
COVERED = 0.95  # the share of the recordings that the window is as long as, to the nearest recording
MIN_FRAMES, MAX_FRAMES, STEP = 16, 128, 8  # of a window; STEP is the product of the network's strides
BATCH_SIZE, N_STEPS = 16, 3000  # a quarter of an hour to half an hour of two cores
MIN_EPOCHS, MAX_EPOCHS = 20, 300
HALF_A_SEMITONE = 0.0293  # of the frequency

TEMPLATE = """\
name = {name}
description = {description}
seed = 0

[data]
name = {title}
recordings = {recordings}
{labels}
validation = {{ fraction = 0.1 }} # held out for choices

[spectrogram] # {n_frames} frames of {frame_ms:.3g} ms: {duration_s:.3g} s
sample_rate = {sample_rate}
n_fft = {n_fft}
hop_length = {hop_length}
win_length = {n_fft}
n_frames = {n_frames}
floor_db = -80.0
high_pass_hz = 20.0 # nobody hears what lies below

[model]
kind = "variational-autoencoder"
latent_dim = 48
conditional = {conditional}
beta = 4e-5
beta_warmup_epochs = 8

[model.network]
family = "residual"
strides = [2, 2, 2]
encoder_width = 128
decoder_width = 160
pitch_label = {pitch_label}
input_noise = 0.04

[model.loss]
kind = "loudness-weighted"
evenness = 0.7
rounded = 0.2

[fit]
epochs = {epochs}
batch_size = {batch_size}
learning_rate = 7e-4
optimizer = "adamw"
schedule = "cosine"
warmup_epochs = 2
max_shift_frames = 2
max_transposition = {max_transposition} # half a semitone where the pitch is a label

[sampling]
own_share = 0.9
bandwidth = 0.6
temperature = 0.85

[export]
weights = "float16"
refinement_steps = 8
"""


class Proposal(NamedTuple):
    """A config that was chosen from a folder."""

    text: str  # TOML
    reasons: list[str]  # a sentence for each choice


def proposed(folder: Path) -> Proposal:
    """A config for a folder of one-shots.

    Raises:
        RecordingsError: the folder cannot be read, or holds no recording whose sample rate can be read.
    """
    found = find_recordings(folder)
    recordings = found.recordings
    rates, durations = _headers([recording.path for recording in recordings])
    rate = _commonest(rates)
    n_fft = 2 ** int(np.log2(FRAME_S * rate))
    hop, n_frames = _window(_needed_s(durations), rate, n_fft)
    window_s = n_frames * hop / rate
    layout = layout_of(folder, [recording.name for recording in recordings])
    epochs = int(np.clip(round(N_STEPS * BATCH_SIZE / len(recordings)), MIN_EPOCHS, MAX_EPOCHS))
    pitched = PITCH in layout.labels
    text = TEMPLATE.format(
        name=json.dumps(_name(folder)),
        description=json.dumps(f"Sounds of the folder {folder.resolve().name}"),
        title=json.dumps(folder.resolve().name, ensure_ascii=False),
        recordings=json.dumps(str(folder.resolve()), ensure_ascii=False),
        labels="\n".join(layout.lines),
        n_frames=n_frames,
        frame_ms=1000 * hop / rate,
        duration_s=window_s,
        sample_rate=rate,
        n_fft=n_fft,
        hop_length=hop,
        conditional="true" if layout.labels else "false",
        pitch_label=json.dumps(PITCH if pitched else ""),
        epochs=epochs,
        batch_size=BATCH_SIZE,
        max_transposition=HALF_A_SEMITONE if pitched else 0.0,
    )
    reasons = [
        f"{folder} holds {_recordings(found.n_found)}.",
        f"The sample rate is {rate} Hz: {_counted(rates)}.",
        *_about_window(window_s, durations),
        *layout.reasons,
        f"The spectrogram has n_fft {n_fft} and hop_length {hop}; clips are trained with max_transposition "
        + (f"{HALF_A_SEMITONE}, half a semitone." if pitched else "0, at their own pitch."),
        f"The network is trained for {epochs} epochs.",
    ]
    return Proposal(text, reasons)


def _headers(paths: Sequence[Path]) -> tuple[list[int], list[float]]:
    """The sample rates, Hz, and the durations, s, that headers say."""
    rates, durations = [], []
    for path in paths:
        try:
            with path.open("rb") as file:
                decoder = open_decoder(file)
                rates.append(decoder.sample_rate)
                if decoder.promised_s is not None:
                    durations.append(decoder.promised_s)
        except (AudioError, OSError):
            continue  # reading them will say why
    if not rates:
        raise RecordingsError("none of the recordings can be read")
    return rates, durations


def _commonest(rates: Sequence[int]) -> int:
    """The rate of most recordings, Hz, up to the highest; of two that are as common, the higher."""
    counts = Counter(min(rate, MAX_RATE_HZ) for rate in rates)
    return max(counts, key=lambda rate: (counts[rate], rate))


def _counted(rates: Sequence[int]) -> str:
    counts = Counter(rates).most_common()
    return ", ".join(f"{n} {'has' if n == 1 else 'have'} {rate} Hz" for rate, n in counts)


def _recordings(n: int) -> str:
    return "1 recording" if n == 1 else f"{n} recordings"


def _needed_s(durations: Sequence[float]) -> float:
    """The duration of a recording, s, that most are no longer than; infinite where none is known."""
    return float(np.quantile(durations, COVERED, method="nearest")) if durations else math.inf


def _about_window(window_s: float, durations: Sequence[float]) -> list[str]:
    """What the window covers, true of any value of data.segment."""
    n_longer = sum(duration_s > window_s for duration_s in durations)
    if not n_longer:
        return [f"The window is {window_s:.2f} s."]
    return [
        f"The window is {window_s:.2f} s: {n_longer} of {_recordings(len(durations))} "
        f"{'is' if n_longer == 1 else 'are'} longer.",
        'With data.segment = "start", the default, only the start of a longer recording is used; '
        '"onset" and "hop" use all of it.',
    ]


def _window(needed_s: float, rate: int, n_fft: int) -> tuple[int, int]:
    """The hop length and number of frames of a window that covers a duration as far as MAX_FRAMES go."""
    hop = n_fft // 4
    if needed_s * rate > MAX_FRAMES * hop:
        hop = n_fft // 2
    n_frames = np.clip(needed_s * rate / hop, MIN_FRAMES, MAX_FRAMES)
    return hop, STEP * math.ceil(n_frames / STEP)


def _name(folder: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:60]
    return name if re.fullmatch(MODEL_NAME, name) else "own-sounds"
