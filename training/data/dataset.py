"""A folder of recordings of any kind -> arrays, through the one transform.

Labels come from the file names, sub-folders or not at all; every clip belongs to exactly one split.
The prepared arrays are kept under data/prepared, named by a fingerprint of all they depend on.
"""

import hashlib
import http.client
import io
import json
import os
import re
import shutil
import urllib.request
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio.errors import AudioError
from audio.files import AudioLimits, read_audio
from audio.spectrogram import SpectrogramConfig, SpectrogramTransform
from training.config import Config, DataConfig, Split, check_pattern
from training.errors import RecordingsError

PREPARED = Path("data/prepared")
ENDINGS = frozenset({".wav", ".flac", ".ogg", ".mp3"})
SPLITS = ("train", "validation", "test")
FORMAT = 1  # of the prepared file
MAX_ARCHIVE_BYTES = 2 << 30
FETCH_TIMEOUT_S = 60

# No such address or host, a cut answer, no ZIP, a damaged, encrypted or unknown member.
BROKEN_ARCHIVE = (
    OSError,
    ValueError,
    RuntimeError,
    http.client.HTTPException,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class Dataset:
    """Clips as pictures, with what is known of each."""

    log_magnitude: NDArray[np.float16]  # (n_clips, image_height, image_width, 1), [0, 1]
    level_db: NDArray[np.float32]  # (n_clips,), dBFS
    labels: dict[str, NDArray[np.int32]]  # name -> (n_clips,), index into values[name]
    values: dict[str, tuple[str, ...]]  # name -> its values in order
    files: tuple[str, ...]  # paths below the folder

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
        )

    def in_order(self, values: Mapping[str, tuple[str, ...]]) -> "Dataset":
        """The same clips, whose labels count the same values in another order."""
        places = {name: np.array([values[name].index(v) for v in own]) for name, own in self.values.items()}
        labels = {name: places[name][column].astype(np.int32) for name, column in self.labels.items()}
        return replace(self, labels=labels, values={name: values[name] for name in self.values})


class Clips(NamedTuple):
    """Recordings as pictures, with what their names say."""

    log_magnitude: NDArray[np.float16]  # (n_clips, image_height, image_width, 1), [0, 1]
    level_db: NDArray[np.float32]  # (n_clips,), dBFS
    fields: list[dict[str, str]]  # of each clip, name in the pattern -> text
    files: tuple[str, ...]  # paths below the folder


def load_splits(config: Config) -> dict[str, Dataset]:
    """The splits of the prepared recordings; prepares them first where that has not been done.

    Raises:
        RecordingsError: see `prepare`.
    """
    path = prepare(config)
    with np.load(path, allow_pickle=False) as arrays:
        about = json.loads(str(arrays["about"]))
        whole = Dataset(
            arrays["log_magnitude"],
            arrays["level_db"],
            {name: arrays[f"label_{name}"] for name in about["values"]},
            {name: tuple(values) for name, values in about["values"].items()},
            tuple(about["files"]),
        )
        split = arrays["split"]
    return {name: whole.take(np.flatnonzero(split == i)) for i, name in enumerate(SPLITS)}


def prepare(config: Config, folder: Path = PREPARED) -> Path:
    """The path of the prepared arrays; computes them unless they are there already.

    Raises:
        RecordingsError: no folder and nothing to fetch, no recordings, a name that does not match
            the pattern, a file that cannot be read, or no clip to train or to validate on.
    """
    recordings = config.data.recordings
    if not recordings.is_dir():
        _fetch(config.data)
    files = _recordings(recordings)
    path = folder / f"{config.name}-{_fingerprint(config, files)}.npz"
    if not path.exists():
        _prepare(config, files, path)
    return path


def read_clips(folder: Path, pattern: str | None, spectrogram: SpectrogramConfig) -> Clips:
    """All recordings of a folder, or one recording, and what the pattern reads out of their names.

    Raises:
        RecordingsError: no recordings, a name that does not match the pattern, a file that cannot be read.
    """
    try:
        check_pattern(pattern)
    except ValueError as error:
        raise RecordingsError(str(error)) from error
    files = [folder] if folder.is_file() else _recordings(folder)
    root = folder.parent if folder.is_file() else folder
    names = [file.relative_to(root).as_posix() for file in files]
    fields = _fields(pattern, names)
    return Clips(*_transform(spectrogram, files), fields, tuple(names))


def _recordings(folder: Path) -> list[Path]:
    if not folder.exists():
        raise RecordingsError(f"there is no {folder}")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
    if not files:
        raise RecordingsError(f"{folder} holds no {', '.join(sorted(ENDINGS))} file")
    return files


def _prepare(config: Config, files: Sequence[Path], path: Path) -> None:
    names = [file.relative_to(config.data.recordings).as_posix() for file in files]
    fields = _fields(config.data.pattern, names)
    if without := config.data.without:
        kept = [i for i, name in enumerate(names) if not _holds(without, name, fields[i], salt="without")]
        files, names, fields = [files[i] for i in kept], [names[i] for i in kept], [fields[i] for i in kept]
    split = _split(config.data, names, fields)
    if not (split == SPLITS.index("train")).any():
        raise RecordingsError("no clip is left for training: the other splits take all")
    if not (split == SPLITS.index("validation")).any():
        raise RecordingsError("no clip is left for validation: data.validation takes none")
    images, levels = _transform(config.spectrogram, files)
    arrays: dict[str, Any] = {}
    values: dict[str, list[str]] = {}
    for name in config.data.labels:
        column = [field[name] for field in fields]
        values[name] = sorted(set(column), key=_natural)
        arrays[f"label_{name}"] = np.array([values[name].index(v) for v in column], np.int32)
    about = json.dumps({"values": values, "files": names})
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new.npz")
    np.savez(temporary, log_magnitude=images, level_db=levels, split=split, about=np.array(about), **arrays)
    temporary.replace(path)


def _transform(
    spectrogram: SpectrogramConfig, files: Sequence[Path]
) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    transform = SpectrogramTransform(spectrogram)
    images = np.empty((len(files), *spectrogram.image_shape, 1), np.float16)
    levels = np.empty(len(files), np.float32)
    unusable = []
    for i, file in enumerate(track(files, description="Preparing clips")):
        try:
            clip = read_audio(file.read_bytes(), spectrogram.sample_rate, AudioLimits())
        except AudioError as error:
            unusable.append(f"{file}: {error}")
            continue
        waveform, _ = transform.fit_length(clip.waveform)
        images[i, ..., 0], levels[i] = transform.forward(waveform)
    if unusable:
        raise RecordingsError(
            "\n  ".join([f"{len(unusable)} of {len(files)} files cannot be used:", *unusable])
        )
    return images, levels


def _fields(pattern: str | None, names: Iterable[str]) -> list[dict[str, str]]:
    """What the pattern reads out of each name."""
    if pattern is None:
        return [{} for _ in names]
    pieces = re.split(r"\{(\w+)\}", pattern)
    regex = "".join(f"(?P<{piece}>[^/]+?)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    found = []
    for name in names:
        match = re.fullmatch(regex, str(PurePosixPath(name).with_suffix("")))
        if match is None:
            raise RecordingsError(f"{name} does not match the pattern {pattern}")
        found.append(match.groupdict())
    return found


def _split(data: DataConfig, names: Sequence[str], fields: Sequence[dict[str, str]]) -> NDArray[np.int8]:
    split = np.zeros(len(names), np.int8)
    for i, (name, field) in enumerate(zip(names, fields, strict=True)):
        if data.test is not None and _holds(data.test, name, field):
            split[i] = SPLITS.index("test")
        elif _holds(data.validation, name, field, salt="validation"):
            split[i] = SPLITS.index("validation")
    return split


def _holds(rule: Split, name: str, field: dict[str, str], salt: str = "test") -> bool:
    if rule.field is None or rule.values is None:
        digest = hashlib.sha256(f"{salt}:{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64 < (rule.fraction or 0)
    if rule.field not in field:
        raise RecordingsError(f"the split by {rule.field} needs {{{rule.field}}} in data.pattern")
    for value in rule.values.split(","):
        first, dash, last = value.strip().partition("-")
        if dash and first.isdecimal() and last.isdecimal():
            if field[rule.field].isdecimal() and int(first) <= int(field[rule.field]) <= int(last):
                return True
        elif field[rule.field] == value.strip():
            return True
    return False


def _natural(value: str) -> tuple[int, int, str]:
    return (0, int(value), value) if value.isdecimal() else (1, 0, value)


def _fingerprint(config: Config, files: Sequence[Path]) -> str:
    listing = [(file.as_posix(), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    depends = [FORMAT, config.data.model_dump(mode="json"), config.spectrogram.model_dump(), listing]
    return hashlib.sha256(json.dumps(depends).encode()).hexdigest()[:16]


def _fetch(data: DataConfig) -> None:
    """Unpacks the recordings out of the archive into the configured folder, whole or not at all."""
    if data.archive_url is None:
        raise RecordingsError(f"{data.recordings} is no folder, and data.archive_url names no archive")
    try:
        with urllib.request.urlopen(data.archive_url, timeout=FETCH_TIMEOUT_S) as answer:
            content = answer.read(MAX_ARCHIVE_BYTES + 1)
        if len(content) > MAX_ARCHIVE_BYTES:
            raise RecordingsError(f"{data.archive_url} is larger than {MAX_ARCHIVE_BYTES} bytes")
        _unpack(data, zipfile.ZipFile(io.BytesIO(content)))
    except BROKEN_ARCHIVE as error:
        raise RecordingsError(
            f"{data.recordings} is no folder, and {data.archive_url} cannot be fetched: {error}. "
            "Point --set data.recordings=FOLDER at a local copy."
        ) from error


def _unpack(data: DataConfig, archive: zipfile.ZipFile) -> None:
    members = [m for m in archive.infolist() if PurePosixPath(m.filename).suffix.lower() in ENDINGS]
    if not members:
        raise RecordingsError(f"{data.archive_url} holds no recordings")
    common = os.path.commonpath([PurePosixPath(m.filename).parent for m in members])
    temporary = data.recordings.with_name(data.recordings.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        for member in members:
            below = PurePosixPath(member.filename).relative_to(common)
            if ".." in below.parts:
                raise RecordingsError(f"{data.archive_url} holds the unsafe path {member.filename}")
            target = temporary / below
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(member))
        temporary.replace(data.recordings)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
