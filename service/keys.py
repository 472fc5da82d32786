"""API keys as an operator writes them: in a variable, separated by commas, or in a file, one a line."""

from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

MIN_KEY_LENGTH = 16  # characters


def split(text: Any) -> Any:
    """The parts of a text between commas; anything else as it is."""
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


def check_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys, if none is short enough to be guessed.

    Raises:
        ValueError: one is.
    """
    if any(len(key) < MIN_KEY_LENGTH for key in keys):
        raise ValueError(f"a key has at least {MIN_KEY_LENGTH} characters")
    return keys


def keys_in(file: Path) -> tuple[str, ...]:
    """The lines of a file that are neither empty nor a comment."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    return tuple(line for line in lines if line and not line.startswith("#"))


def _check_file(file: Path) -> Path:
    try:
        keys = check_keys(keys_in(file))
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error
    if not keys:
        raise ValueError(f"there is no key in {file}")
    return file


Listed: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
KeyFile: TypeAlias = Annotated[Path, AfterValidator(_check_file)]
