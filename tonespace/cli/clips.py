"""The verbs that take recordings: encode, reconstruct, again."""

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from tonespace.answers import Encoded, Sound
from tonespace.cli import options
from tonespace.cli.batch import run_all
from tonespace.cli.files import Target, ThereAlreadyError, read_bytes, save, stems
from tonespace.cli.folders import PIPE, Recording, recordings, sentences
from tonespace.cli.output import print_encoded, print_json, print_sound, warn
from tonespace.environment import DEFAULT_SERVER
from tonespace.errors import MissingUploadError, TonespaceError
from tonespace.recipe import read_recipe

OTHER_BYTES = 4  # the exit status of `again`

Recordings = Annotated[
    list[str],
    typer.Argument(
        metavar="CLIP...",
        help="Sound files, folders with all sound files below them, or - for standard input.",
    ),
]


class Replica(NamedTuple):
    """A recording and the name of its replica."""

    recording: Recording
    stem: Path

    def __str__(self) -> str:
        return str(self.recording)


def encode(
    clips: Recordings,
    model: options.ModelName = None,
    start_s: options.StartS = None,
    as_json: options.AsJson = False,
    jobs: options.Jobs = options.DEFAULT_JOBS,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Print the coordinates, labels and level of clips."""
    found = _found(clips)
    with options.connected(server, local) as client:

        def work(recording: Recording) -> Encoded:
            return client.encode(read_bytes(recording.source), model=model, start_s=start_s)

        def report(recording: Recording, encoded: Encoded) -> None:
            print_encoded(encoded, str(recording), as_json)

        run_all(found, work, report, jobs)


def reconstruct(
    clips: Recordings,
    output: options.Output = None,
    model: options.ModelName = None,
    label: options.Label = None,
    start_s: options.StartS = None,
    file_format: options.FileFormat = None,
    phase: options.PhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    jobs: options.Jobs = options.DEFAULT_JOBS,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Encode clips and decode them again; --label converts them, for example to another speaker."""
    found = _found(clips)
    several = len(found) > 1 or Path(clips[0]).is_dir()
    if several and output is None:
        raise typer.BadParameter("name a folder for the replicas with --output")
    target = Target.of(output, file_format, force, several)
    labels = options.labels_of(label)
    with options.connected(server, local) as client:

        def work(replica: Replica) -> tuple[Sound, Path | None]:
            path = target.place(replica.stem if several else f"{replica.stem}-replica")
            clip = read_bytes(replica.recording.source)
            sound = client.reconstruct(
                clip, model=model, labels=labels, start_s=start_s, format=target.format, phase=phase
            )
            save(sound.audio, path, force)
            return sound, path

        def report(_: Replica, written: tuple[Sound, Path | None]) -> None:
            print_sound(*written, as_json)

        run_all([Replica(*pair) for pair in zip(found, stems(found), strict=True)], work, report, jobs)


def again(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A sound file of this service, or - for standard input.")
    ],
    upload: Annotated[
        Path | None, typer.Option(metavar="CLIP", help="For a replica: the clip that it was made from.")
    ] = None,
    output: options.Output = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Make a sound again from the recipe in its file, and compare the two; --output keeps the new one."""
    data = read_bytes(file)
    recipe = read_recipe(data)
    if output and output != PIPE and Path(output).exists() and not force:
        raise ThereAlreadyError(Path(output))
    with options.connected(server, local) as client:
        try:
            sound = client.again(recipe, upload=upload)
        except MissingUploadError as error:
            raise TonespaceError(f"{error} Name it with --upload CLIP.") from None
    if output:
        save(sound.audio, None if output == PIPE else Path(output), force)
    same = sound.audio == data
    if as_json and output != PIPE:
        print_json({"file": file, "identical": same, "recipe": recipe})
    else:
        warn(f"{file} was made again, {'byte for byte' if same else 'but with other bytes'}.")
    if not same:
        raise typer.Exit(OTHER_BYTES)


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    for verb in (encode, reconstruct, again):
        app.command(rich_help_panel="Sounds")(verb)


def _found(clips: list[str]) -> list[Recording]:
    """The recordings to be asked about; what is left out is reported."""
    found, skipped = recordings(clips)
    for line in sentences(skipped):
        warn(line)
    return found
