"""Which files of a folder are sounds to be asked about, and which are left out, and why."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tonespace.errors import TonespaceError

PIPE = "-"
N_LISTED = 5  # of the files that are left out for one reason
EXTENSIONS = frozenset(  # those of the service's `audio.formats`, which it does not import
    {".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf"}
    | {".sph", ".nist", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".m4b", ".m4r", ".mp4"}
    | {".mov", ".3gp", ".3g2", ".amr", ".aac", ".webm", ".weba", ".mka", ".mkv", ".wv"}
)


class NothingFoundError(TonespaceError):
    """There is no such file, or a folder holds no sound files."""

    def __init__(self, path: Path, skipped: Sequence["Skipped"] = ()) -> None:
        reason = "holds no sound files" if path.is_dir() else "is not there"
        super().__init__(" ".join([f"{path} {reason}.", *sentences(skipped)]))
        self.path, self.skipped = path, skipped


class Recording(NamedTuple):
    """A file to be asked about."""

    source: str
    name: Path  # below the folder that was named, without one the file's own

    def __str__(self) -> str:
        return self.source


class Skipped(NamedTuple):
    """A file or a folder that is left out."""

    path: Path
    reason: str


def recordings(paths: Sequence[str]) -> tuple[list[Recording], list[Skipped]]:
    """The files named and those below the folders named, in order, and what is left out there.

    Hidden files and folders, such as `._clip.wav`, do not count.

    Raises:
        NothingFoundError: a path leads to none.
    """
    found: list[Recording] = []
    skipped: list[Skipped] = []
    for path in map(Path, paths):
        if str(path) == PIPE:
            found.append(Recording(PIPE, Path("standard-input")))
        elif path.is_dir():
            below = [file for file in sorted(_below(path, skipped)) if _is_sound(file, skipped)]
            if not below:
                raise NothingFoundError(path, skipped)
            found += [Recording(str(file), file.relative_to(path)) for file in below]
        elif path.exists():
            found.append(Recording(str(path), Path(path.name)))
        else:
            raise NothingFoundError(path)
    return found, skipped


def sentences(skipped: Sequence[Skipped]) -> list[str]:
    """What is left out, a sentence for each reason."""
    paths_of: dict[str, list[str]] = {}
    for path, reason in skipped:
        paths_of.setdefault(reason, []).append(str(path))
    return [f"Left out, {reason}: {_listed(paths)}." for reason, paths in paths_of.items()]


def _listed(paths: Sequence[str]) -> str:
    n_more = len(paths) - N_LISTED
    return ", ".join(paths[:N_LISTED]) + (f" and {n_more} more" if n_more > 0 else "")


def _below(root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Every file below a folder that is not hidden; links to folders are followed, each folder once."""

    def skip(error: OSError) -> None:
        skipped.append(Skipped(Path(error.filename), error.strerror or "cannot be read"))

    visited: set[str] = set()
    for folder, folders, names in os.walk(root, onerror=skip, followlinks=True):
        real = os.path.realpath(folder)
        folders[:] = [] if real in visited else [name for name in folders if not name.startswith(".")]
        yield from () if real in visited else (Path(folder, n) for n in names if not n.startswith("."))
        visited.add(real)


def _is_sound(file: Path, skipped: list[Skipped]) -> bool:
    if file.suffix.lower() not in EXTENSIONS:
        skipped.append(Skipped(file, "not named like a sound file"))
    elif not file.is_file():
        skipped.append(Skipped(file, "not a file"))
    else:
        return True
    return False
