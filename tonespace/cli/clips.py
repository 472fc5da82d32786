"""The verbs that take recordings: encode, reconstruct, again."""

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from tonespace.answers import Encoded, Sound
from tonespace.cli import options
from tonespace.cli.batch import run_all
from tonespace.cli.files import (
    PIPE,
    Recording,
    Target,
    ThereAlreadyError,
    read_bytes,
    recordings,
    save,
    stems,
)
from tonespace.cli.telling import print_json, tell_encoded, tell_sound, warn
from tonespace.client import DEFAULT_SERVER
from tonespace.making import read_making

OTHER_BYTES = 4  # the exit status of `again`

Recordings = Annotated[
    list[str], typer.Argument(metavar="CLIP...", help="Files, folders, or - for standard input.")
]


class Replica(NamedTuple):
    """A recording and the name of what comes of it."""

    recording: Recording
    stem: Path

    def __str__(self) -> str:
        return str(self.recording)


def encode(
    clips: Recordings,
    model: options.ModelName = None,
    as_json: options.AsJson = False,
    jobs: options.Jobs = options.DEFAULT_JOBS,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Tell where clips lie in a model's space."""
    found = recordings(clips)
    with options.connected(server, local) as client:

        def work(recording: Recording) -> Encoded:
            return client.encode(read_bytes(recording.source), model=model)

        def tell(recording: Recording, encoded: Encoded) -> None:
            tell_encoded(encoded, str(recording), as_json)

        run_all(found, work, tell, jobs)


def reconstruct(
    clips: Recordings,
    output: options.Output = None,
    model: options.ModelName = None,
    label: options.Label = None,
    file_format: options.FileFormat = None,
    phase: options.PhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    jobs: options.Jobs = options.DEFAULT_JOBS,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Encode clips and decode them again; --label changes their tone."""
    found = recordings(clips)
    several = len(found) > 1 or Path(clips[0]).is_dir()
    if several and output is None:
        raise typer.BadParameter("name a folder for the replicas with --output")
    target = Target.of(output, file_format, force, several)
    labels = options.labels_of(label)
    with options.connected(server, local) as client:

        def work(replica: Replica) -> tuple[Sound, Path | None]:
            path = target.place(replica.stem if several else f"{replica.stem}-replica")
            clip = read_bytes(replica.recording.source)
            sound = client.reconstruct(clip, model=model, labels=labels, format=target.format, phase=phase)
            save(sound.audio, path, force)
            return sound, path

        def tell(_: Replica, made: tuple[Sound, Path | None]) -> None:
            tell_sound(*made, as_json)

        run_all([Replica(*pair) for pair in zip(found, stems(found), strict=True)], work, tell, jobs)


def again(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of the service's, or - .")],
    upload: Annotated[Path | None, typer.Option(metavar="CLIP", help="What a replica was made from.")] = None,
    output: options.Output = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Make a file again from what it says of its making, and compare; --output keeps the new one."""
    data = read_bytes(file)
    making = read_making(data)
    if output and output != PIPE and Path(output).exists() and not force:
        raise ThereAlreadyError(Path(output))
    with options.connected(server, local) as client:
        made = client.again(making, upload=upload)
    if output:
        save(made.audio, None if output == PIPE else Path(output), force)
    same = made.audio == data
    if as_json and output != PIPE:
        print_json({"file": file, "identical": same, "making": making})
    else:
        warn(f"{file} was made again, {'byte for byte' if same else 'but with other bytes'}.")
    if not same:
        raise typer.Exit(OTHER_BYTES)


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    for verb in (encode, reconstruct, again):
        app.command(rich_help_panel="Sounds")(verb)
