"""One results file for each experiment: its settings, its figures and its duration."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from training.errors import RunError

SIGNIFICANT_DIGITS = 4

Settings = dict[str, Any]
Figures = dict[str, Any]  # numbers, texts, and lists and tables of them


class Results(BaseModel):
    """One experiment, as it stands in docs/replication/<experiment>.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Settings
    figures: Figures
    seconds: float  # wall-clock, with the trainings that it had to do


def load_results(folder: Path, experiment: str) -> Results | None:
    """The results of an experiment, None where it has not been run.

    Raises:
        RunError: the file is not a results file.
    """
    path = _path(folder, experiment)
    if not path.exists():
        return None
    try:
        return Results.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunError(f"{path} is not a results file: replicate {experiment} --again replaces it") from error


def save_results(folder: Path, experiment: str, results: Results) -> None:
    """Writes the file, with numbers rounded to SIGNIFICANT_DIGITS."""
    rounded = results.model_copy(update={"figures": _rounded(results.figures)})
    temporary = _path(folder, experiment).with_suffix(".json.part")
    temporary.write_text(rounded.model_dump_json(indent=1) + "\n", encoding="utf-8")
    temporary.replace(_path(folder, experiment))


def fingerprint(*arrays: NDArray[Any]) -> str:
    """A digest of these arrays: it is part of the settings, so that other data gives other results."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:12]


def _path(folder: Path, experiment: str) -> Path:
    return folder / f"{experiment}.json"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_rounded(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return int(value) if isinstance(value, np.integer) else value
