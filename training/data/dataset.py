"""A folder of recordings of any kind -> arrays, through the one transform.

Labels come from the file names, sub-folders or not at all; every recording belongs to exactly one split.
The prepared arrays are kept under data/prepared, named by a fingerprint of all they depend on.
"""

import hashlib
import json
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.config import Config
from training.config_data import DataConfig, check_pattern
from training.data.archive import fetch
from training.data.clips import clips_of
from training.data.folder import Found, LeftOut, find_recordings, path_below
from training.data.labels import CENTS, Fields, fields_table, natural_order
from training.data.splits import SPLITS, split_recordings
from training.data.survey import FEW, Survey, check_left_out, cut_off, report, survey
from training.data.windows import Span, read_spans
from training.errors import RecordingsError

PREPARED = Path("data/prepared")
FORMAT = 2  # of the prepared file

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Dataset:
    """Clips as spectrograms, with what is known of each."""

    log_magnitude: NDArray[np.float16]  # (n_clips, image_height, image_width, 1), [0, 1]
    level_db: Float32  # (n_clips,), dBFS
    labels: dict[str, NDArray[np.int32]]  # name -> (n_clips,), index into values[name]
    values: dict[str, tuple[str, ...]]  # name -> its values in order
    files: tuple[str, ...]  # paths below the folder
    spans: NDArray[np.int64] | None = None  # (n_clips, 2), first sample and the one after the last
    cents: Float32 | None = None  # (n_clips,), how far the pitch of each lies above that of its label

    def __len__(self) -> int:
        return len(self.files)

    def take(self, indices: NDArray[np.intp]) -> "Dataset":
        """The clips at `indices`."""
        return Dataset(
            self.log_magnitude[indices],
            self.level_db[indices],
            {name: column[indices] for name, column in self.labels.items()},
            self.values,
            tuple(self.files[i] for i in indices),
            None if self.spans is None else self.spans[indices],
            None if self.cents is None else self.cents[indices],
        )

    def without_labels(self, names: Collection[str]) -> "Dataset":
        """The same clips without some of their labels."""
        return replace(
            self,
            labels={name: column for name, column in self.labels.items() if name not in names},
            values={name: values for name, values in self.values.items() if name not in names},
        )

    def in_order(self, values: Mapping[str, tuple[str, ...]]) -> "Dataset":
        """The same clips, whose labels count the same values in another order."""
        places = {name: np.array([values[name].index(v) for v in own]) for name, own in self.values.items()}
        labels = {name: places[name][column].astype(np.int32) for name, column in self.labels.items()}
        return replace(self, labels=labels, values={name: values[name] for name in self.values})


def joined(some: Dataset, others: Dataset) -> Dataset:
    """The clips of both, which have the same values of labels; where they lie in recordings is not kept."""
    return Dataset(
        np.concatenate([some.log_magnitude, others.log_magnitude]),
        np.concatenate([some.level_db, others.level_db]),
        {n: np.concatenate([some.labels[n], others.labels[n]]) for n in some.labels},
        some.values,
        some.files + others.files,
    )


class Clips(NamedTuple):
    """Recordings as spectrograms, with what their names say."""

    log_magnitude: NDArray[np.float16]  # (n_clips, image_height, image_width, 1), [0, 1]
    level_db: Float32  # (n_clips,), dBFS
    fields: list[Fields]  # of each clip
    files: tuple[str, ...]  # paths below the folder


def load_splits(config: Config) -> dict[str, Dataset]:
    """The splits of the prepared recordings; prepares them first where that has not been done.

    Raises:
        RecordingsError: see `prepare`.
    """
    return load_prepared(prepare(config))


def load_prepared(path: Path) -> dict[str, Dataset]:
    """The splits of arrays that `prepare` has written."""
    with np.load(path, allow_pickle=False) as arrays:
        about = json.loads(str(arrays["about"]))
        whole = Dataset(
            arrays["log_magnitude"],
            arrays["level_db"],
            {name: arrays[f"label_{name}"] for name in about["values"]},
            {name: tuple(values) for name, values in about["values"].items()},
            tuple(about["files"]),
            arrays["spans"],
            arrays.get("cents"),
        )
        split = arrays["split"]
    return {name: whole.take(np.flatnonzero(split == i)) for i, name in enumerate(SPLITS)}


def prepare(config: Config, folder: Path = PREPARED, limit: float = 1.0) -> Path:
    """The path of the prepared arrays; computes them unless they are there already.

    What cannot be used is left out and logged, with the reasons.

    Args:
        config: the experiment.
        folder: where prepared arrays are kept.
        limit: the share of the recordings that may be unusable.

    Raises:
        RecordingsError: no folder and nothing to fetch, no recordings, too many that cannot be used, or
            too few to train and validate on.
    """
    recordings = config.data.recordings
    if not recordings.is_dir():
        fetch(config.data)
    found = find_recordings(recordings)
    path = folder / f"{config.name}-{_fingerprint(config, found)}.npz"
    if not path.exists():
        surveyed = survey(config.data, found)
        check_left_out(surveyed.left_out, surveyed.n_found, limit)
        _prepare(config, surveyed, path)
    with np.load(path, allow_pickle=False) as arrays:
        about = json.loads(str(arrays["about"]))
    left_out = [LeftOut(*line) for line in about["left_out"]]
    check_left_out(left_out, about["n_found"], limit)
    report(left_out, about["n_found"], about["notes"])
    return path


def read_clips(
    folder: Path,
    pattern: str | None,
    spectrogram: SpectrogramConfig,
    limit: float = FEW,
    labels_file: Path | None = None,
) -> Clips:
    """All recordings of a folder, or one recording, and what the pattern and the table say of them.

    Raises:
        RecordingsError: no recordings, or too many that cannot be used or do not match the pattern.
    """
    try:
        check_pattern(pattern)
    except ValueError as error:
        raise RecordingsError(str(error)) from error
    data = DataConfig(name=str(folder), recordings=folder, pattern=pattern, labels_file=labels_file)
    found = find_recordings(folder)
    surveyed = survey(data, found)
    left_out = surveyed.left_out
    incomplete: list[str] = []
    clips = list(clips_of(surveyed.recordings, data, spectrogram, left_out, incomplete))
    check_left_out(left_out, surveyed.n_found, limit)
    report(left_out, surveyed.n_found, [*surveyed.notes, *cut_off(incomplete)])
    return Clips(
        np.stack([clip.log_magnitude for clip in clips]),
        np.array([clip.level_db for clip in clips], np.float32),
        [surveyed.fields[clip.recording] for clip in clips],
        tuple(surveyed.recordings[clip.recording].name for clip in clips),
    )


def read_windows(folder: Path, clips: Dataset, spectrogram: SpectrogramConfig) -> list[Float32]:
    """What was recorded of the clips in the window of the transform: float32 of shape (n_samples,) each.

    Raises:
        AudioError, OSError: a recording cannot be read any more.
    """
    transform = SpectrogramTransform(spectrogram)
    return [transform.fit_length(w)[0] for w in read_waveforms(folder, clips, spectrogram.sample_rate)]


def read_waveforms(folder: Path, clips: Dataset, sample_rate: int) -> list[Float32]:
    """What was recorded of the clips, float32 of shape (any,) each.

    Raises:
        AudioError, OSError: a recording cannot be read any more.
    """
    if clips.spans is None:
        raise ValueError("these clips come from no recording")
    waveforms: dict[int, Float32] = {}
    for file in dict.fromkeys(clips.files):
        own = sorted((Span(*clips.spans[i].tolist()), i) for i, f in enumerate(clips.files) if f == file)
        read = read_spans(path_below(folder, file), sample_rate, [span for span, _ in own])
        waveforms |= {i: waveform for (_, i), waveform in zip(own, read, strict=True)}
    return [waveforms[i] for i in range(len(clips))]


def _prepare(config: Config, surveyed: Survey, path: Path) -> None:
    """Write the arrays; the images go through a file, so that they need not be in memory at once."""
    _split(config.data, surveyed, np.arange(len(surveyed.recordings)))  # raises before anything is read
    path.parent.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[float, ...]] = []
    incomplete: list[str] = []
    with tempfile.TemporaryFile(dir=path.parent) as file:
        left_out = surveyed.left_out
        for clip in clips_of(surveyed.recordings, config.data, config.spectrogram, left_out, incomplete):
            file.write(clip.log_magnitude.tobytes())
            rows.append((clip.recording, *clip.span, clip.level_db))
        check_left_out(left_out, surveyed.n_found, 1.0)
        surveyed.notes.extend(cut_off(incomplete))
        file.flush()
        shape = (len(rows), *config.spectrogram.image_shape, 1)
        images = np.memmap(file, np.float16, "r", shape=shape)
        recording, start, stop, level_db = np.array(rows).T
        arrays = _labelled(config.data, surveyed, recording.astype(np.intp))
        spans = np.stack([start, stop], axis=1).astype(np.int64)
        temporary = path.with_suffix(".new.npz")
        np.savez(temporary, log_magnitude=images, level_db=level_db.astype(np.float32), spans=spans, **arrays)
    temporary.replace(path)


def _labelled(data: DataConfig, surveyed: Survey, recording: NDArray[np.intp]) -> dict[str, Any]:
    """The split and the labels of each clip, and what there is to say about the recordings.

    Args:
        data: the labels and the rules of the splits.
        surveyed: the recordings.
        recording: (n_clips,), the recording of each clip.
    """
    arrays: dict[str, Any] = {}
    values: dict[str, list[str]] = {}
    for label in data.labels:
        column = [surveyed.fields[i][label] for i in recording]
        values[label] = sorted(set(column), key=natural_order)
        arrays[f"label_{label}"] = np.array([values[label].index(v) for v in column], np.int32)
    if data.labels_file:
        arrays["cents"] = np.array([float(surveyed.fields[i].get(CENTS, 0)) for i in recording], np.float32)
    about = {
        "values": values,
        "files": [surveyed.recordings[i].name for i in recording],
        "left_out": sorted(surveyed.left_out),
        "n_found": surveyed.n_found,
        "notes": surveyed.notes,
    }
    return arrays | {"split": _split(data, surveyed, recording), "about": np.array(json.dumps(about))}


def _split(data: DataConfig, surveyed: Survey, recording: NDArray[np.intp]) -> NDArray[np.int8]:
    """The split of each clip, (n_clips,), where `recording` says which recording it is cut from."""
    used, place = np.unique(recording, return_inverse=True)
    names = [surveyed.recordings[i].name for i in used]
    return split_recordings(data, names, [surveyed.fields[i] for i in used])[place]


def _fingerprint(config: Config, found: Found) -> str:
    listing = []
    for name, path in found.recordings:
        status = path.stat()
        listing.append((name, status.st_size, status.st_mtime_ns, status.st_mode))
    data = config.data.model_dump(mode="json")
    table = config.data.labels_file
    depends = [FORMAT, data, config.spectrogram.model_dump(), listing, found.left_out, found.notes()]
    depends += [fields_table(table)] if table else []
    return hashlib.sha256(json.dumps(depends).encode()).hexdigest()[:16]
