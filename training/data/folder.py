"""The recordings in a folder and its sub-folders, and what is left out of them and why."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from audio.formats import EXTENSIONS
from training.errors import RecordingsError


class Recording(NamedTuple):
    """A file whose extension is that of a sound."""

    name: str  # path below the folder, with slashes
    path: Path


class LeftOut(NamedTuple):
    """A recording or sub-folder that cannot be used."""

    name: str  # printable
    reason: str


@dataclass
class Found:
    """What a folder holds."""

    recordings: list[Recording] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    repeated: int = 0  # links to what is read under another name
    others: Counter[str] = field(default_factory=Counter)  # extension -> number of files that are no sounds

    @property
    def n_found(self) -> int:
        """The number of recordings, and of sub-folders that cannot be read, used or not."""
        return len(self.recordings) + len(self.left_out)

    def notes(self) -> list[str]:
        """A sentence for each kind of thing that was passed over and is no fault."""
        notes = []
        if self.repeated:
            notes.append(f"Links to what is read under another name are passed over: {self.repeated}.")
        if self.others:
            counted = sorted(self.others.items())
            kinds = ", ".join(f"{n} {extension or 'without extension'}" for extension, n in counted)
            notes.append(f"Files that are no sounds by their extension are passed over: {kinds}.")
        return notes


def find_recordings(folder: Path) -> Found:
    """The recordings in the folder and all its sub-folders, by name; hidden files and folders do not count.

    A file in place of a folder is its only recording. Links are followed after everything that is no link,
    so that a file that can be reached twice has the name of its own place.

    Raises:
        RecordingsError: there is no such folder, it cannot be read, or it holds no recording.
    """
    if folder.is_file():
        return Found([Recording(folder.name, folder)])
    if not folder.is_dir():
        raise RecordingsError(f"there is no folder {folder}")
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise RecordingsError(f"{folder} cannot be read: {error.strerror}") from error
    search = _Search(folder)
    found = search.found
    if not found.recordings and not found.left_out:
        raise RecordingsError(
            f"{folder} holds no recording: no file's extension is one of {', '.join(sorted(EXTENSIONS))}"
        )
    found.recordings.sort(key=lambda recording: PurePosixPath(recording.name))
    found.left_out.sort()
    return found


def path_below(folder: Path, name: str) -> Path:
    """Where the recording of this name lies, whatever encoding the locale has for file names."""
    return folder / os.fsdecode(name.encode())


class _Search:
    """A search through a folder; every file and folder is met once, however many links lead to it."""

    def __init__(self, root: Path) -> None:
        self.found = Found()
        self._root = root
        self._met: set[tuple[int, int]] = set()
        self._folder_links: list[Path] = []
        self._file_links: list[Path] = []
        self._visit(root)
        for link in self._folder_links:  # grows while it is gone through
            self._visit(link)
        for link in self._file_links:
            self._visit(link)

    def _visit(self, path: Path) -> None:
        try:
            status = path.stat()
            is_folder = path.is_dir()
            entries = sorted(path.iterdir()) if is_folder else []
        except FileNotFoundError:
            self._leave_out(path, "the link leads nowhere")
            return
        except OSError as error:
            self._leave_out(path, f"it cannot be read: {error.strerror}")
            return
        if is_folder:
            if self._is_new(status):
                self._enter(entries)
        elif path.suffix.lower() not in EXTENSIONS:
            self.found.others[path.suffix.lower()] += 1
        elif not path.is_file():
            self._leave_out(path, "it is no regular file")
        elif self._is_new(status):
            self._add(path)

    def _enter(self, entries: Sequence[Path]) -> None:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not entry.is_symlink():
                self._visit(entry)
            elif os.path.isdir(entry):  # noqa: PTH112  # Path.is_dir raises where it may not look
                self._folder_links.append(entry)
            else:
                self._file_links.append(entry)

    def _is_new(self, status: os.stat_result) -> bool:
        identity = (status.st_dev, status.st_ino)
        is_new = identity not in self._met
        self._met.add(identity)
        self.found.repeated += not is_new
        return is_new

    def _add(self, path: Path) -> None:
        try:
            name = os.fsencode(path.relative_to(self._root)).decode()
        except UnicodeDecodeError:
            self._leave_out(path, "its name is not UTF-8: rename it")
            return
        self.found.recordings.append(Recording(name.replace(os.sep, "/"), path))

    def _leave_out(self, path: Path, reason: str) -> None:
        name = os.fsencode(path.relative_to(self._root)).decode(errors="backslashreplace")
        self.found.left_out.append(LeftOut(name, reason))
