"""The verbs about models: models, map."""

import dataclasses
import string
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tonespace.answers import Map, Model
from tonespace.cli import options
from tonespace.cli.metrics import metric_tables
from tonespace.cli.output import print_json
from tonespace.environment import DEFAULT_SERVER

PLOT_WIDTH, PLOT_HEIGHT = 72, 24  # characters
SPARE_MARKS = string.ascii_letters + string.digits
WIDE = 200  # characters in a line of a file or a pipe


def models(
    name: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="A model, as NAME or NAME@VERSION.")
    ] = None,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """List the models, or print all facts and metrics of one."""
    with options.connected(server, local) as client:
        found = [client.model(name)] if name else client.models()
    if as_json:
        for model in found:
            print_json(dataclasses.asdict(model))
    elif name:
        _print_model(found[0])
    else:
        _print_models(found)


def show_map(
    name: Annotated[str | None, typer.Argument(metavar="[MODEL]", help=options.MODEL_HELP)] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="The label to show. [dim]Default: the first one.[/dim]"),
    ] = None,
    z: Annotated[bool, typer.Option("--z", help="With --json, print the z of each clip too.")] = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Show the training clips of a model in two dimensions."""
    with options.connected(server, local) as client:
        chosen = name or next(m for m in client.models() if m.default).name
        found = client.map(chosen, z=z)
    if as_json:
        print_json(dataclasses.asdict(found))
        return
    labels = list(found.points.labels)
    if by is not None and by not in labels:
        raise typer.BadParameter(f"--by {by}: the labels of {found.model} are {', '.join(labels) or 'none'}")
    explained = sum(found.explained)
    print(f"{found.model}@{found.version}, {found.n_clips} clips, {explained:.0%} of their variance")
    print(plot(found, by or (labels[0] if labels else None)))


def plot(found: Map, label: str | None) -> str:
    """The map in characters: in each cell the mark of the commonest value, then what the marks mean."""
    points = found.points
    values = found.values[label] if label else ["a clip"]
    marks = _marks(values)
    indices = points.labels[label] if label else [0] * len(points.x)
    cells: dict[tuple[int, int], Counter[str]] = {}
    for x, y, index in zip(
        _scaled(points.x, PLOT_WIDTH), _scaled(points.y, PLOT_HEIGHT), indices, strict=True
    ):
        cells.setdefault((x, y), Counter())[marks[index]] += 1

    def mark(x: int, y: int) -> str:
        return cells[x, y].most_common(1)[0][0] if (x, y) in cells else " "

    rows = ["".join(mark(x, y) for x in range(PLOT_WIDTH)).rstrip() for y in reversed(range(PLOT_HEIGHT))]
    legend = ", ".join(
        f"{mark} {value}" if mark != value else mark for mark, value in zip(marks, values, strict=True)
    )
    return "\n".join([*rows, f"{label}: {legend}" if label else legend])


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    app.command(rich_help_panel="Models")(models)
    app.command("map", rich_help_panel="Models")(show_map)


def _marks(values: list[str]) -> list[str]:
    """A character for each value: its first one, or where an earlier value has that, a spare one."""
    firsts = [value[:1] or "?" for value in values]
    spare = (character for character in SPARE_MARKS if character not in firsts)
    return [first if firsts.index(first) == i else next(spare, ".") for i, first in enumerate(firsts)]


def _scaled(coordinates: list[float], n_cells: int) -> list[int]:
    low, high = min(coordinates), max(coordinates)
    span = (high - low) or 1.0
    return [min(n_cells - 1, int((value - low) / span * n_cells)) for value in coordinates]


def _print_models(found: list[Model]) -> None:
    table = Table("model", "kind", "latent", "labels", "rate", "window", "", box=None, pad_edge=False)
    for model in found:
        labels = ", ".join(f"{name} ({len(values)})" for name, values in model.labels.items())
        facts = (f"{model.sample_rate} Hz", f"{model.window_s:g} s", "default" if model.default else "")
        table.add_row(f"{model.name}@{model.version}", model.kind, str(model.latent_dim), labels, *facts)
    _console().print(table)


def _print_model(model: Model) -> None:
    facts = Table("", Column(overflow="fold"), box=None, pad_edge=False, show_header=False)
    for key, value in dataclasses.asdict(model).items():
        if key != "metrics":
            facts.add_row(key.replace("_", " "), Text(_plain(value)))
    console = _console()
    for table in [facts, *metric_tables(model.metrics, console.width)]:
        console.print(table)
        console.print()


def _console() -> Console:
    """Standard output: as wide as the terminal, or wide enough for a table in a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def _plain(value: object) -> str:
    """A fact as text; one with several parts has a line for each."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_plain(inner)}" for key, inner in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)
