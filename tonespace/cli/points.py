"""Points of a space as people write them: numbers, a JSON file, JSON on standard input, or a clip."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from tonespace.cli.files import read_bytes
from tonespace.cli.folders import EXTENSIONS, PIPE, NothingFoundError
from tonespace.parameters import Term

Point = dict[str, Any]  # z, and labels, level_db and model where they are known


def points_of(text: str) -> list[Point]:
    """The points that an argument names; JSON may hold several, one a line.

    Raises:
        typer.BadParameter: it names none.
        NothingFoundError: it looks like a file that is not there.
    """
    if text == PIPE:
        return _points_in(read_bytes(text), "standard input")
    if text.endswith((".json", ".jsonl")):
        if not Path(text).exists():
            raise NothingFoundError(Path(text))
        return _points_in(read_bytes(text), text)
    return [{"z": _numbers(text)}]


def end_of(text: str) -> Point | Path:
    """A clip, or the one point that an argument names, such as an end of a morph.

    Raises:
        typer.BadParameter: it names none, or several points.
        NothingFoundError: it is a file that is not there.
    """
    if Path(text).suffix.lower() in EXTENSIONS:
        if not Path(text).is_file():
            raise NothingFoundError(Path(text))
        return Path(text)
    points = points_of(text)
    if len(points) != 1:
        raise typer.BadParameter(f"{text}: this takes one point, not {len(points)}")
    return {name: value for name, value in points[0].items() if name != "model"}


def term_of(text: str) -> Term:
    """A term of a weighted sum: a clip or the one point that an argument names, and its weight, else 1.

    Raises:
        typer.BadParameter: it names none, or several points.
        NothingFoundError: it is a file that is not there.
    """
    what, colon, number = text.rpartition(":")
    try:
        weight = float(number) if colon else math.nan
    except ValueError:
        weight = math.nan
    end = end_of(what if math.isfinite(weight) else text)
    return weight if math.isfinite(weight) else 1.0, end if isinstance(end, Path) else end["z"]


def _numbers(text: str) -> list[float]:
    try:
        z = [float(number) for number in text.split(",")]
    except ValueError:
        z = [math.nan]
    if not all(map(math.isfinite, z)):
        raise typer.BadParameter(f"{text}: a point is numbers with commas between, as 0.5,-1, or JSON")
    return z


def _points_in(data: bytes, where: str) -> list[Point]:
    try:
        found = [json.loads(line) for line in data.decode("utf-8-sig").splitlines() if line.strip()]
    except ValueError:
        raise typer.BadParameter(f"{where}: it is not JSON, one object a line") from None
    if not found:
        raise typer.BadParameter(f"{where}: it holds no point")
    return [_point(each, where) for each in found]


def _point(value: Any, where: str) -> Point:
    """A list of numbers, or what `--json` printed of a sound or of `encode`."""
    record: Mapping[str, Any] = value if isinstance(value, dict) else {"z": value}
    z = record.get("z", record.get("z_mean"))
    if not isinstance(z, list) or not all(isinstance(x, int | float) and math.isfinite(x) for x in z):
        raise typer.BadParameter(f"{where}: it holds no z, a list of numbers")
    point = {name: record[name] for name in ("labels", "level_db") if record.get(name) is not None}
    model = record.get("model")
    if model and "version" in record:
        model = f"{model}@{record['version']}"
    return {"z": z, **point} | ({"model": model} if model else {})
