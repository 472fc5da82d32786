"""The command line of `python -m training`: commands, options and the texts that `--help` prints."""

import argparse
from pathlib import Path
from typing import TypeAlias

from training import option_types
from training.data.layout import PITCHES_FILE
from training.data.survey import FEW

SOUNDS = Path("data/sounds")
NOTES, DRUMS = Path("data/notes"), Path("data/drums")
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # where Debian's fluid-soundfont-gm puts it
MODELS = Path("models")
REPLICATION = Path("docs/replication")
LEAST_CONFIDENCE = 0.3  # of a pitch that is read: docs/decisions/0033-pitch-by-pyin.md

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Parents = dict[str, argparse.ArgumentParser]


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of one command; its name is `command`."""
    parser = argparse.ArgumentParser("python -m training", description="Learn a space of sounds.")
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    parents = _shared_options()
    _add_data_commands(commands, parents)
    _add_model_commands(commands, parents)
    _add_measuring_commands(commands, parents)
    _add_replication(commands)
    return parser.parse_args(arguments)


def _shared_options() -> Parents:
    configured = argparse.ArgumentParser(add_help=False)
    source = configured.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--config", type=option_types.path, help="the config, such as training/configs/digits-vae.toml"
    )
    source.add_argument(
        "--recordings",
        type=option_types.path,
        help="a folder of one-shots, in place of a config, which is chosen from it",
    )
    configured.add_argument(
        "--set", action="append", metavar="KEY=VALUE", help="override a setting, such as fit.epochs=3"
    )
    published = argparse.ArgumentParser(add_help=False)
    published.add_argument(
        "--models",
        type=option_types.path,
        default=MODELS,
        help=f"the folder of all models; default: {MODELS}",
    )
    exported = argparse.ArgumentParser(add_help=False)
    exported.add_argument(
        "--model",
        type=option_types.path,
        help="the directory models/<name>/<version>; default: the newest of the config",
    )
    reading = argparse.ArgumentParser(add_help=False)
    unusable = reading.add_mutually_exclusive_group()
    unusable.add_argument(
        "--strict",
        dest="unusable",
        action="store_const",
        const=0.0,
        default=FEW,
        help="stop when a recording cannot be used, instead of leaving it out",
    )
    unusable.add_argument(
        "--force",
        dest="unusable",
        action="store_const",
        const=1.0,
        help=f"go on even if more than {FEW:.0%} of the recordings cannot be used".replace("%", "%%"),
    )
    return {"configured": configured, "published": published, "exported": exported, "reading": reading}


def _add_data_commands(commands: Commands, parents: Parents) -> None:
    command = commands.add_parser("sounds", help="synthesise a folder of sounds to try training with")
    command.add_argument(
        "folder", type=option_types.path, nargs="?", default=SOUNDS, help=f"default: {SOUNDS}"
    )
    command.add_argument(
        "--each", type=option_types.amount, default=100, help="sounds of every kind; default: 100"
    )
    command.add_argument("--seed", type=int, default=0, help="another seed gives other sounds; default: 0")

    command = commands.add_parser(
        "notes",
        help="render labelled notes of the instruments of a General MIDI SoundFont",
        description="Render notes as <family>/<instrument>/<pitch>-<velocity>.flac, 44.1 kHz. Notes that an "
        "instrument is not written for, or that the SoundFont has no sound for, are left out.",
    )
    command.add_argument("folder", type=option_types.path, nargs="?", default=NOTES, help=f"default: {NOTES}")
    command.add_argument(
        "--soundfont", type=option_types.path, default=SOUNDFONT, help=f"default: {SOUNDFONT}"
    )
    command.add_argument("--instruments", help="names, as in flute,violin; default: all melodic ones")
    command.add_argument(
        "--pitches", type=option_types.midi_numbers, default=range(36, 85), help="as in 36-84, the default"
    )
    command.add_argument(
        "--velocities", type=option_types.midi_numbers, default=(40, 80, 120), help="default: 40,80,120"
    )
    command.add_argument(
        "--hold", type=option_types.seconds, default=1.5, help="seconds before the key is released: 1.5"
    )
    command.add_argument("--release", type=option_types.seconds, default=0.55, help="seconds after it: 0.55")

    command = commands.add_parser(
        "drums",
        help="collect drum hits from folders and from the kits of a SoundFont",
        description="Collect drum hits as <kind>/<kit>/<name>.flac, 44.1 kHz. Their kind is read from names "
        "of files and folders; sounds whose names say none, and loops, are passed over.",
    )
    command.add_argument("folder", type=option_types.path, nargs="?", default=DRUMS, help=f"default: {DRUMS}")
    command.add_argument(
        "--from",
        type=option_types.path,
        action="append",
        default=[],
        dest="sources",
        help="a folder of one-shots",
    )
    command.add_argument("--soundfont", type=option_types.path, help="whose kits are rendered as well")

    command = commands.add_parser(
        "pitches",
        help="read the pitch of notes whose names do not say it, into a table of labels",
        description="Write a CSV table of the pitches of all recordings of a folder, with their confidence: "
        "for data.labels_file and adapt --labels-file. `train --recordings FOLDER` finds it by itself.",
    )
    command.add_argument("folder", type=option_types.path)
    command.add_argument("--table", type=option_types.path, help=f"default: FOLDER/{PITCHES_FILE}")
    command.add_argument(
        "--least",
        type=option_types.share,
        default=LEAST_CONFIDENCE,
        help=f"confidence below which a pitch is no label; default: {LEAST_CONFIDENCE}",
    )

    command = commands.add_parser(
        "config", help="print the config that is chosen for a folder of one-shots, to be edited"
    )
    command.add_argument("recordings", type=option_types.path, metavar="folder")

    commands.add_parser(
        "prepare",
        parents=[parents["configured"], parents["reading"]],
        help="read the recordings and report what is used, without training",
    )


def _add_model_commands(commands: Commands, parents: Parents) -> None:
    command = commands.add_parser(
        "train",
        parents=[parents[name] for name in ("configured", "published", "reading")],
        help="train and export a model, or resume a run that was interrupted",
        description="Train and export a model, or resume a run that was interrupted. If the recordings have "
        "changed since the run was trained, a new run begins and the old one is kept beside it.",
    )
    command.add_argument("--run", type=option_types.path, help="directory of the run; default: runs/<name>")
    anew = command.add_mutually_exclusive_group()
    anew.add_argument("--restart", action="store_true", help="keep the old run aside and begin a new one")
    anew.add_argument(
        "--resume-with-new-data",
        action="store_true",
        help="if the recordings have changed, start the new run from the weights of the old one",
    )
    command.add_argument("--no-export", action="store_true", help="stop after training")

    command = commands.add_parser("export", parents=[parents["published"]], help="write a run as a model")
    command.add_argument("--run", type=option_types.path, required=True, help="directory of the run")
    command.add_argument("--version", type=option_types.version, help="default: the one after the newest")

    command = commands.add_parser(
        "adapt",
        parents=[parents[name] for name in ("configured", "published", "exported", "reading")],
        help="add a new label value to a model, such as a speaker, from a few clips",
    )
    command.add_argument("--clips", type=option_types.path, required=True, help="the folder of the clips")
    command.add_argument("--pattern", help='the pattern of their names, such as "{digit}_{index}"')
    command.add_argument(
        "--labels-file", type=option_types.path, help="a CSV table of their labels, as `pitches` writes it"
    )
    command.add_argument(
        "--label",
        type=option_types.label,
        action="append",
        default=[],
        help="a label that all clips have, such as speaker:anna",
    )
    command.add_argument(
        "--name",
        type=option_types.name,
        help="the name of the new model; default: <name>-<value>, as in digits-vae-anna",
    )


def _add_measuring_commands(commands: Commands, parents: Parents) -> None:
    command = commands.add_parser(
        "evaluate",
        parents=[parents[name] for name in ("configured", "published", "exported")],
        help="measure an exported model",
    )
    command.add_argument(
        "--split",
        choices=["validation", "test"],
        default="validation",
        help="the clips to measure on; default: validation",
    )

    command = commands.add_parser(
        "unseen",
        parents=[parents["configured"]],
        help="leave out each speaker in turn, then adapt to that speaker: docs/unseen-speakers.md",
    )
    command.add_argument(
        "--label", help="the label whose values are left out; default: evaluators.speaker_label"
    )
    command.add_argument(
        "--n-clips",
        type=option_types.amount,
        default=10,
        help="the number of clips to adapt with; default: 10",
    )

    command = commands.add_parser("card", help="write card.md again from the manifest")
    command.add_argument("--model", type=option_types.path, required=True, help="models/<name>/<version>")

    commands.add_parser(
        "quality", parents=[parents["published"]], help="write docs/quality.md from all manifests"
    )


def _add_replication(commands: Commands) -> None:
    command = commands.add_parser("replicate", help="repeat the thesis figure by figure: docs/replication.md")
    command.add_argument("experiment", nargs="*", help="default: all; stft, images, mnist, ...")
    command.add_argument(
        "--folder",
        type=option_types.path,
        default=REPLICATION,
        help=f"the folder of figures and results; default: {REPLICATION}",
    )
    command.add_argument(
        "--recordings",
        type=option_types.path,
        help="the folder of recordings; default: that of thesis-ae.toml",
    )
    command.add_argument("--mnist", type=option_types.path, help="mnist.npz; default: what Keras loads")
    command.add_argument("--sound", type=option_types.path, help="a file of yours to analyse as well")
    command.add_argument(
        "--share", type=option_types.share, default=1.0, help="of the thesis' epochs; default: 1, all"
    )
    command.add_argument(
        "--overfit",
        type=option_types.epochs,
        default=2500,
        help="epochs of figure 51; default: 2500; the thesis took 10000",
    )
    command.add_argument("--again", action="store_true", help="replace results of the same settings")
