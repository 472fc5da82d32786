"""The options that verbs share, and the client that they use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from tonespace.client import Client
from tonespace.parameters import Format, GeneratedPhase, Phase

MODEL_HELP = "A model, as NAME or NAME@VERSION. [dim]Default: that of the service.[/dim]"
PHASE_HELP = "The method that adds the phase to a spectrogram."

Server = Annotated[
    str,
    typer.Option("--server", envvar="TONESPACE_SERVER", metavar="URL", help="The address of the service."),
]
Local = Annotated[
    bool, typer.Option("--local", help="Open the models in this process; no service is needed.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object on each line.")]
ModelName = Annotated[str | None, typer.Option("--model", "-m", metavar="MODEL", help=MODEL_HELP)]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="PATH", help="Write to this file or folder, or to standard output (-)."
    ),
]
FileFormat = Annotated[
    Format | None,
    typer.Option(
        "--format", help="The format of the file. [dim]Default: the ending of --output, or wav.[/dim]"
    ),
]
GeneratedPhaseName = Annotated[GeneratedPhase | None, typer.Option("--phase", help=PHASE_HELP)]
PhaseName = Annotated[
    Phase | None, typer.Option("--phase", help=f"{PHASE_HELP} `input` takes the phase of the clip.")
]
Label = Annotated[
    list[str] | None,
    typer.Option(
        "--label", "-l", metavar="NAME:VALUE", help="Ask for this label, as digit:7. It may be repeated."
    ),
]
LevelDb = Annotated[float | None, typer.Option(metavar="DB", help="The level of the peak in dBFS.")]
StartS = Annotated[
    float | None,
    typer.Option(
        min=0,
        metavar="S",
        help="Begin at this second of the clip. [dim]Default: where the sound begins.[/dim]",
    ),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace files that exist.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=32, help="Work on this many files at a time.")]

DEFAULT_JOBS = 4


@contextmanager
def connected(server: str, local: bool) -> Iterator[Client]:
    """A client of the service at `server`, or of the models in this process."""
    if local:
        from tonespace.local import open_local

        with open_local() as client:
            yield client
    else:
        with Client(server) as client:
            yield client


def labels_of(pairs: list[str] | None) -> dict[str, str]:
    """The labels that `--label` options name."""
    labels = {}
    for pair in pairs or []:
        name, colon, value = pair.partition(":")
        if not colon or name in labels:
            raise typer.BadParameter(f"--label {pair}: write each label once, as name:value")
        labels[name] = value
    return labels
