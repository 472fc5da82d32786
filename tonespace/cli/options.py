"""The options that verbs share, and the client that they ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from tonespace.client import Client
from tonespace.forms import Format, FoundPhase, Phase

Server = Annotated[
    str, typer.Option("--server", envvar="TONESPACE_SERVER", metavar="URL", help="The service to ask.")
]
Local = Annotated[bool, typer.Option("--local", help="Use the models here, without a service.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
ModelName = Annotated[
    str | None, typer.Option("--model", "-m", help="name or name@version; default: the service's.")
]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="PATH", help="A file, a folder, or - for standard output."),
]
FileFormat = Annotated[
    Format | None, typer.Option("--format", help="Default: by the ending of --output, else wav.")
]
FoundPhaseName = Annotated[FoundPhase | None, typer.Option("--phase", help="How magnitudes get their phase.")]
PhaseName = Annotated[Phase | None, typer.Option("--phase", help="How magnitudes get their phase.")]
Label = Annotated[
    list[str] | None, typer.Option("--label", "-l", metavar="NAME:VALUE", help="A label, as digit:7.")
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace files that are already there.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=32, help="Files asked for at once.")]

DEFAULT_JOBS = 4


@contextmanager
def connected(server: str, local: bool) -> Iterator[Client]:
    """A client of the service at `server`, or of the one in this process."""
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
