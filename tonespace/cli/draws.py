"""The verbs that make sounds out of numbers: sample, generate, combine, morph."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tonespace.answers import Sound
from tonespace.cli import options
from tonespace.cli.files import Target, save
from tonespace.cli.points import end_of, points_of, term_of
from tonespace.cli.telling import tell_sound
from tonespace.client import DEFAULT_SERVER
from tonespace.forms import Draw, Method, Place

NEGATIVE = {"ignore_unknown_options": True}  # so that -1,0.5 is a point
ENDS = "Numbers as 0.5,-1, a clip, a .json file, or - for JSON."


def sample(
    output: options.Output = None,
    n: Annotated[int, typer.Option("-n", min=1, max=64, help="How many: those of seed, seed + 1, ...")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same file.")] = None,
    temperature: Annotated[float | None, typer.Option(min=0, max=2, help="Spread of the draw.")] = None,
    label: options.Label = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.FoundPhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Draw sounds like those that a model learned from."""
    target = Target.of(output, file_format, force, n > 1)
    draw = Draw(model=model, seed=seed, temperature=temperature, labels=options.labels_of(label))
    draw |= Draw(format=target.format, phase=phase)
    with options.connected(server, local) as client:
        sounds = client.sample_many(n, **draw) if n > 1 else [client.sample(**draw)]
    _keep(sounds, [f"{_name(sound)}-seed-{sound.seed}" for sound in sounds], target, as_json)


def generate(
    points: Annotated[list[str], typer.Argument(metavar="POINT...", help=ENDS.replace(" a clip,", ""))],
    output: options.Output = None,
    label: options.Label = None,
    level_db: Annotated[float | None, typer.Option(help="Level of the peak, dBFS.")] = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.FoundPhaseName = None,
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
            place = Place(model=model or point.get("model"), format=target.format, phase=phase)
            place |= Place(labels={**point.get("labels", {}), **labels})
            place |= Place(level_db=point.get("level_db") if level_db is None else level_db)
            sounds.append(client.generate(point["z"], **place))
    numbers = [f"-{i:02d}" for i in range(1, len(sounds) + 1)] if len(sounds) > 1 else [""]
    names = [f"{_name(sound)}-generated{number}" for sound, number in zip(sounds, numbers, strict=True)]
    _keep(sounds, names, target, as_json)


def combine(
    terms: Annotated[
        list[str],
        typer.Argument(metavar="WHAT[:WEIGHT]...", help="Clips or points, as three.wav:1 five.wav:-0.5."),
    ],
    output: options.Output = None,
    label: options.Label = None,
    level_db: Annotated[float | None, typer.Option(help="Level of the peak, dBFS.")] = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.FoundPhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Make the sound at a weighted sum of clips and points."""
    found = [term_of(text) for text in terms]
    target = Target.of(output, file_format, force)
    place = Place(model=model, format=target.format, phase=phase, level_db=level_db)
    place |= Place(labels=options.labels_of(label))
    with options.connected(server, local) as client:
        sound = client.combine(found, **place)
    _keep([sound], [f"{_name(sound)}-combined"], target, as_json)


def morph(
    start: Annotated[str, typer.Argument(metavar="FROM", help=ENDS)],
    end: Annotated[str, typer.Argument(metavar="TO", help="As FROM.")],
    output: options.Output = None,
    steps: Annotated[int, typer.Option(min=2, max=64, help="Sounds on the way, both ends included.")] = 8,
    apart: Annotated[bool, typer.Option("--apart", help="The steps as files of their own.")] = False,
    method: Annotated[Method, typer.Option(help="A line, or an arc around the origin.")] = "slerp",
    label: options.Label = None,
    model: options.ModelName = None,
    file_format: options.FileFormat = None,
    phase: options.FoundPhaseName = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    server: options.Server = DEFAULT_SERVER,
    local: options.Local = False,
) -> None:
    """Walk from one point or clip to another, as one sound."""
    target = Target.of(output, file_format, force, apart)
    ends = end_of(start), end_of(end)
    labels = options.labels_of(label)
    with options.connected(server, local) as client:
        walk = client.morph_steps if apart else client.morph
        made = walk(
            *ends,
            steps=steps,
            method=method,
            labels=labels,
            model=model,
            format=target.format,
            phase=phase,
        )
    sounds = made if isinstance(made, list) else [made]
    names = [f"{_name(s)}-morph" + apart * f"-{i:02d}" for i, s in enumerate(sounds, 1)]
    _keep(sounds, names, target, as_json)


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    app.command(rich_help_panel="Sounds")(sample)
    for verb in (generate, combine, morph):
        app.command(rich_help_panel="Sounds", context_settings=NEGATIVE)(verb)


def _name(sound: Sound) -> str:
    return sound.model.partition("@")[0]


def _keep(sounds: Sequence[Sound], names: Sequence[str], target: Target, as_json: bool) -> None:
    """Writes the sounds, all or none where one is there already, and tells of them."""
    places = [target.place(name) for name in names]
    for sound, place in zip(sounds, places, strict=True):
        save(sound.audio, place, target.force)
        tell_sound(sound, place, as_json)
