"""The verbs that make sounds from a model and numbers: sample, generate, combine, morph."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tonespace.answers import Sound
from tonespace.cli import options
from tonespace.cli.files import Target, save
from tonespace.cli.output import print_sound
from tonespace.cli.points import end_of, points_of, term_of
from tonespace.environment import DEFAULT_SERVER
from tonespace.parameters import Method, PointOptions, SampleOptions

NEGATIVE = {"ignore_unknown_options": True}  # so that -1,0.5 is a point
POINTS = "Points: numbers as 0.5,-1, a .json file, or - for JSON on standard input."
END = "A point, as numbers or a .json file or - for standard input; or a sound file."


def sample(
    output: options.Output = None,
    n: Annotated[
        int, typer.Option("-n", min=1, max=64, help="How many samples: those of SEED, SEED + 1, ...")
    ] = 1,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The same seed gives the same file. [dim]Default: a random one.[/dim]"),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, max=2, help="How far the samples spread. [dim]Default: that of the model.[/dim]"),
    ] = None,
    label: options.Label = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.GeneratedPhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Make random sounds like those that a model was trained on."""
    target = Target.of(output, file_format, force, n > 1)
    asked = SampleOptions(model=model, seed=seed, temperature=temperature, labels=options.labels_of(label))
    asked |= SampleOptions(format=target.format, phase=phase)
    with options.connected(server, local) as client:
        sounds = client.sample_many(n, **asked) if n > 1 else [client.sample(**asked)]
    _write(sounds, [f"{_name(sound)}-seed-{sound.seed}" for sound in sounds], target, as_json)


def generate(
    points: Annotated[list[str], typer.Argument(metavar="POINT...", help=POINTS)],
    output: options.Output = None,
    label: options.Label = None,
    level_db: options.LevelDb = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.GeneratedPhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Make the sounds at points of a model's space."""
    found = [point for text in points for point in points_of(text)]
    target = Target.of(output, file_format, force, len(found) > 1)
    labels, sounds = options.labels_of(label), []
    with options.connected(server, local) as client:
        for point in found:
            asked = PointOptions(model=model or point.get("model"), format=target.format, phase=phase)
            asked |= PointOptions(labels={**point.get("labels", {}), **labels})
            asked |= PointOptions(level_db=point.get("level_db") if level_db is None else level_db)
            sounds.append(client.generate(point["z"], **asked))
    numbers = [f"-{i:02d}" for i in range(1, len(sounds) + 1)] if len(sounds) > 1 else [""]
    names = [f"{_name(sound)}-generated{number}" for sound, number in zip(sounds, numbers, strict=True)]
    _write(sounds, names, target, as_json)


def combine(
    terms: Annotated[
        list[str],
        typer.Argument(
            metavar="WHAT[:WEIGHT]...",
            help="Sound files or points, each with its weight, as three.wav:1 five.wav:-0.5.",
        ),
    ],
    output: options.Output = None,
    label: options.Label = None,
    level_db: options.LevelDb = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.GeneratedPhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Make the sound at a weighted sum of clips and points."""
    found = [term_of(text) for text in terms]
    target = Target.of(output, file_format, force)
    asked = PointOptions(model=model, format=target.format, phase=phase, level_db=level_db)
    asked |= PointOptions(labels=options.labels_of(label))
    with options.connected(server, local) as client:
        sound = client.combine(found, **asked)
    _write([sound], [f"{_name(sound)}-combined"], target, as_json)


def morph(
    start: Annotated[str, typer.Argument(metavar="FROM", help=END)],
    end: Annotated[str, typer.Argument(metavar="TO", help="The same for the other end.")],
    output: options.Output = None,
    steps: Annotated[int, typer.Option(min=2, max=64, help="How many points, both ends included.")] = 8,
    apart: Annotated[bool, typer.Option("--apart", help="Write each step as a file of its own.")] = False,
    method: Annotated[
        Method, typer.Option(help="The path: a straight line (lerp) or an arc around the origin (slerp).")
    ] = "slerp",
    label: options.Label = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.GeneratedPhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Morph from one point or clip to another, as one sound."""
    target = Target.of(output, file_format, force, apart)
    ends = end_of(start), end_of(end)
    labels = options.labels_of(label)
    with options.connected(server, local) as client:
        verb = client.morph_steps if apart else client.morph
        answer = verb(
            *ends,
            steps=steps,
            method=method,
            labels=labels,
            model=model,
            format=target.format,
            phase=phase,
        )
    sounds = answer if isinstance(answer, list) else [answer]
    names = [f"{_name(s)}-morph" + apart * f"-{i:02d}" for i, s in enumerate(sounds, 1)]
    _write(sounds, names, target, as_json)


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    app.command(rich_help_panel="Sounds")(sample)
    for verb in (generate, combine, morph):
        app.command(rich_help_panel="Sounds", context_settings=NEGATIVE)(verb)


def _name(sound: Sound) -> str:
    return sound.model.partition("@")[0]


def _write(sounds: Sequence[Sound], names: Sequence[str], target: Target, as_json: bool) -> None:
    """Writes the sounds, or none where a file is there already, and prints where."""
    places = [target.place(name) for name in names]
    for sound, place in zip(sounds, places, strict=True):
        save(sound.audio, place, target.force)
        print_sound(sound, place, as_json)
