"""The verbs for music: an instrument of a timbre, and a melody in it."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from tonespace import requests
from tonespace.cli import options
from tonespace.cli.files import ThereAlreadyError, save_parts
from tonespace.cli.folders import NothingFoundError
from tonespace.cli.output import errors
from tonespace.cli.points import end_of
from tonespace.client import Client
from tonespace.environment import DEFAULT_SERVER
from tonespace.parameters import InstrumentFormat, InstrumentOptions, PerformFormat, PerformOptions
from tonespace.requests import Request

KIT_ENDING = ".h2drumkit"
ZIP = "application/zip"
NEW_FILE = b"PK\x03\x04"  # before each file of a ZIP
FORMATS: dict[str, PerformFormat] = {".wav": "wav", ".pcm": "pcm", ".ogg": "ogg"}
TIMBRE = "The timbre: a point, as numbers or a .json file, or a sound file. [dim]Default: a sample.[/dim]"

Seed = Annotated[
    int | None,
    typer.Option(min=0, help="The seed of the timbre, if it is a sample. [dim]Default: a random one.[/dim]"),
]
Temperature = Annotated[
    float | None,
    typer.Option(min=0, max=2, help="How far the sample spreads. [dim]Default: that of the model.[/dim]"),
]
OutputFile = Annotated[Path, typer.Option("--output", "-o", metavar="PATH", help="Write to this file.")]


def instrument(
    output: OutputFile,
    timbre: Annotated[str | None, typer.Argument(metavar="[TIMBRE]", help=TIMBRE)] = None,
    pitches: Annotated[
        str | None,
        typer.Option(metavar="KEYS", help="MIDI notes, as 36-84, 36-84:3 (every third) or 60,64,67."),
    ] = None,
    velocities: Annotated[
        str | None, typer.Option(metavar="LIST", help="Velocities, as 40,80,120, a layer each.")
    ] = None,
    pads: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Make a pad of each value of this label instead.")
    ] = None,
    file_format: Annotated[
        InstrumentFormat | None,
        typer.Option("--format", help="[dim]Default: hydrogen for .h2drumkit, else sfz.[/dim]"),
    ] = None,
    seed: Seed = None,
    temperature: Temperature = None,
    label: options.Label = None,
    model: options.ModelName = None,
    force: options.Force = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Make an instrument for a sampler: notes with loops, and the file that maps them to keys."""
    usual: InstrumentFormat = "hydrogen" if output.suffix == KIT_ENDING else "sfz"
    asked = InstrumentOptions(model=model, seed=seed, temperature=temperature, pads=pads)
    asked |= InstrumentOptions(
        format=file_format or usual, pitches=_keys(pitches), velocities=_keys(velocities)
    )
    asked |= _timbre(timbre, options.labels_of(label))
    _save(options.connected(server, local), requests.instrument(**asked), output, force, "files")


def perform(
    melody: Annotated[
        str, typer.Argument(metavar="MELODY", help="A MIDI file, or a recording of one voice.")
    ],
    output: OutputFile,
    point: Annotated[
        str | None, typer.Option("--z", metavar="POINT", help="The timbre as numbers or a .json file.")
    ] = None,
    seed: Seed = None,
    temperature: Temperature = None,
    label: options.Label = None,
    model: options.ModelName = None,
    force: options.Force = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Play a melody in the timbre of a model, to a .wav, .ogg or .pcm file."""
    if output.suffix.lower() not in FORMATS:
        raise typer.BadParameter(f"--output {output}: end it in {', '.join(FORMATS)}")
    if not Path(melody).is_file():
        raise NothingFoundError(Path(melody))
    asked = PerformOptions(model=model, seed=seed, temperature=temperature)
    asked |= PerformOptions(labels=options.labels_of(label), format=FORMATS[output.suffix.lower()])
    if point is not None and (end := end_of(point)) and isinstance(end, dict):
        asked["z"] = end["z"]
    _save(options.connected(server, local), requests.perform(melody, **asked), output, force, "notes")


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    for verb in (instrument, perform):
        app.command(rich_help_panel="Music", context_settings={"ignore_unknown_options": True})(verb)


def _timbre(text: str | None, labels: dict[str, str]) -> InstrumentOptions:
    if text is None:
        return InstrumentOptions(labels=labels)
    end = end_of(text)
    if isinstance(end, Path):
        return InstrumentOptions(audio=end, labels=labels)
    return InstrumentOptions(z=end["z"], labels={**end.get("labels", {}), **labels})


def _keys(text: str | None) -> list[int] | None:
    """`60,64` or `36-84` or `36-84:3` as numbers."""
    if text is None:
        return None
    keys: list[int] = []
    for part in text.split(","):
        span, _, step = part.partition(":")
        first, _, last = span.partition("-")
        try:
            keys += range(int(first), int(last or first) + 1, int(step or 1))
        except ValueError:
            raise typer.BadParameter(f"{text}: write numbers as 36-84, 36-84:3 or 60,64,67") from None
    return keys


def _save(
    connected: AbstractContextManager[Client], request: Request[Any], output: Path, force: bool, unit: str
) -> None:
    """Writes the answer to a request as it arrives, and prints what has been counted in it."""
    if output.exists() and not force:
        raise ThereAlreadyError(output)
    with connected as client, client.parts(request) as (headers, parts):
        n_notes = headers["Tonespace-Notes"]
        n_files = int(n_notes) if headers["Content-Type"] == ZIP else None
        with _progress(n_files) as (bar, task):
            save_parts(_counted(parts, bar, task), output, force)
    print(f"{output}  {headers['Tonespace-Model']}, {n_notes} {unit}")


@contextmanager
def _progress(n_files: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on standard error, over the files or, where these cannot be counted, over the bytes."""
    counter = TextColumn("{task.completed}/{task.total}") if n_files else DownloadColumn()
    with Progress(BarColumn(), counter, console=errors(), transient=True) as bar:
        yield bar, bar.add_task("", total=n_files)


def _counted(parts: Iterable[bytes], bar: Progress, task: TaskID) -> Iterator[bytes]:
    """The parts, while the bar follows them."""
    counts_files, end = bar.tasks[0].total is not None, b""
    for part in parts:
        bar.advance(task, (end + part).count(NEW_FILE) if counts_files else len(part))
        end = part[-len(NEW_FILE) + 1 :]
        yield part
