"""What is read from and written to disk and pipes; nothing is replaced unless that is asked for."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

import typer

from tonespace.cli.folders import PIPE, Recording
from tonespace.errors import TonespaceError
from tonespace.parameters import Format

FORMATS: dict[str, Format] = {f".{name}": name for name in ("wav", "flac", "ogg", "mp3", "pcm")}


class ThereAlreadyError(TonespaceError):
    """A file of this name exists."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is already there; --force replaces it.")
        self.path = path


def read_bytes(source: str) -> bytes:
    """A whole file, or the whole standard input."""
    return sys.stdin.buffer.read() if source == PIPE else Path(source).read_bytes()


class Target(NamedTuple):
    """Where sounds are written, and as what."""

    path: Path | None  # None is standard output
    is_folder: bool
    format: Format
    force: bool

    @classmethod
    def of(cls, output: str | None, asked: Format | None, force: bool, several: bool = False) -> "Target":
        """The target that --output names; a folder where several sounds are to come.

        Raises:
            typer.BadParameter: several sounds into one file, or an ending that is no format.
        """
        if output == PIPE:
            if several:
                raise typer.BadParameter("--output -: several sounds are several files, name a folder")
            return cls(None, False, asked or "wav", force)
        path = Path(output or ".")
        is_folder = several or path.is_dir() or (output or "").endswith("/")
        if several and path.exists() and not path.is_dir():
            raise typer.BadParameter(f"--output {path}: several sounds are several files, name a folder")
        ending = path.suffix.lower()
        if several and not path.exists() and ending in FORMATS:
            raise typer.BadParameter(f"--output {path}: several sounds are several files, name a folder")
        if not is_folder and asked is None and ending not in FORMATS:
            raise typer.BadParameter(f"--output {path}: end it in {', '.join(FORMATS)}, or say --format")
        return cls(path, is_folder, asked or ("wav" if is_folder else FORMATS[ending]), force)

    def place(self, stem: Path | str) -> Path | None:
        """Where the sound of this name is written.

        Raises:
            ThereAlreadyError: a file is there, and not to be replaced.
        """
        if self.path is None:
            return None
        ending = "wav" if self.format == "wav-float" else self.format
        path = self.path / f"{stem}.{ending}" if self.is_folder else self.path
        if path.exists() and not self.force:
            raise ThereAlreadyError(path)
        return path


def save(data: bytes, path: Path | None, force: bool) -> None:
    """Writes a file, or to standard output.

    Raises:
        ThereAlreadyError: another has written it meanwhile.
    """
    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(data)
    except FileExistsError:
        raise ThereAlreadyError(path) from None


def save_parts(parts: Iterable[bytes], path: Path, force: bool) -> None:
    """Writes a file as it arrives; what is cut off is removed.

    Raises:
        ThereAlreadyError: another has written it meanwhile.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb" if force else "xb") as file:
            try:
                for part in parts:
                    file.write(part)
            except BaseException:  # Ctrl-C as well leaves no part of a file
                path.unlink()
                raise
    except FileExistsError:
        raise ThereAlreadyError(path) from None


def stems(found: Sequence[Recording]) -> list[Path]:
    """A name without ending for what comes of each, no two the same.

    Recordings that differ in their endings alone keep them, those that do not even differ there are numbered.
    """
    bare = [recording.name.with_suffix("") for recording in found]
    n_of = Counter(bare)
    taken: dict[Path, None] = {}
    for recording, stem in zip(found, bare, strict=True):
        name = recording.name if n_of[stem] > 1 else stem
        numbered = (name.with_name(f"{name.name}-{number}") for number in count(2))
        taken[next(free for free in chain([name], numbered) if free not in taken)] = None
    return list(taken)
