"""`python -m training`: sounds | prepare | train | evaluate | export | adapt | unseen | card | quality."""

import argparse
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

from audio.errors import ModelDirectoryError
from audio.manifest import CARD_FILE, MODEL_NAME, load_manifest
from training.config import Config, load_config
from training.errors import RunError, TrainingError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # must stand before TensorFlow is imported

SOUNDS = Path("data/sounds")
RUNS = Path("runs")
MODELS = Path("models")
REPLICATION = Path("docs/replication")
QUALITY_PAGE = Path("docs/quality.md")
UNSEEN_PAGE, UNSEEN_RESULTS = Path("docs/unseen-voices.md"), Path("docs/unseen-voices.json")
log = logging.getLogger("training")


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, or 1 after a sentence that says what to mend."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    try:
        options.command(options)
    except (TrainingError, ModelDirectoryError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("training: interrupted; the same command goes on from the last whole epoch", file=sys.stderr)
        return 130
    return 0


def _sounds(options: argparse.Namespace) -> None:
    from training.data.example_sounds import save_sounds

    log.info("%s: %d sounds", options.folder, save_sounds(options.folder, options.each, options.seed))


def _prepare(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.data.dataset import load_splits, prepare

    path = prepare(config)
    counts = ", ".join(f"{name} {len(split)}" for name, split in load_splits(config).items())
    log.info("%s: %s", path, counts)


def _train(options: argparse.Namespace) -> None:
    config = _config(options)  # before TensorFlow: what is wrong with it is said at once
    from training.data.dataset import load_splits
    from training.fit.train import fit, open_run

    run = options.run or RUNS / config.name
    splits = load_splits(config)
    open_run(config, run, restart=options.restart)
    fit(config, splits, run)
    if not options.no_export:
        # A fresh process: the export needs TensorFlow, whichever backend trained.
        command = [sys.executable, "-m", "training", "export", "--run", run, "--models", options.models]
        if subprocess.run(command, env=os.environ | {"KERAS_BACKEND": "tensorflow"}).returncode:
            raise TrainingError(f"the export failed; the weights are safe in {run}")


def _export(options: argparse.Namespace) -> None:
    from training.data.dataset import load_splits
    from training.export import export
    from training.fit.train import load_best, load_run_config

    config = load_run_config(options.run)
    splits = load_splits(config)
    export(load_best(config, splits["train"], options.run), config, splits, options.models, options.version)


def _evaluate(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.measure.evaluate import evaluate

    directory = options.model or _newest(options.models / config.name)
    manifest = evaluate(directory, config, options.split, RUNS)
    for name, value in manifest.metrics.items():
        print(f"{name:45} {value:.4g}")


def _adapt(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.data.dataset import read_clips
    from training.fit.adapt import adapt

    directory = options.model or _newest(options.models / config.name)
    clips = read_clips(options.clips, options.pattern, config.spectrogram)
    adapt(directory, config, clips, dict(options.label), options.models, options.name)


def _newest(folder: Path) -> Path:
    from training.export import next_version

    version = next_version(folder) - 1
    if not version:
        raise RunError(f"{folder} holds no model: `python -m training train` makes one")
    return folder / str(version)


def _unseen(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.measure.unseen import unseen, unseen_page

    results = unseen(config, options.label or config.judges.voice_label, options.n_clips, RUNS)
    UNSEEN_RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    UNSEEN_PAGE.write_text(unseen_page(results), encoding="utf-8")
    print(UNSEEN_PAGE)


def _card(options: argparse.Namespace) -> None:
    from training.measure.card import card_of

    (options.model / CARD_FILE).write_text(card_of(load_manifest(options.model)), encoding="utf-8")
    print(options.model / CARD_FILE)


def _quality(options: argparse.Namespace) -> None:
    from training.measure.quality import quality_page

    QUALITY_PAGE.write_text(quality_page(options.models), encoding="utf-8")
    print(QUALITY_PAGE)


def _replicate(options: argparse.Namespace) -> None:
    from training.replication.command import replicate
    from training.replication.workshop import Workshop

    names = ("folder", "recordings", "mnist", "sound", "share", "overfit")
    workshop = Workshop(**{name: getattr(options, name) for name in names})
    replicate(workshop, options.experiment, again=options.again)


def _config(options: argparse.Namespace) -> Config:
    return load_config(options.config, options.set)


def _name(text: str) -> str:
    if not re.fullmatch(MODEL_NAME, text):
        raise argparse.ArgumentTypeError(f"{text} is not a name: lower-case letters, digits and hyphens")
    return text


def _version(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a version: 1, 2, 3, ...")
    return int(text)


def _label(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name or not value:
        raise argparse.ArgumentTypeError(f"{text} is not of the form name:value")
    return name, value


def _amount(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 10000")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share: above 0, at most 1")
    return share


def _epochs(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is no number of epochs: 1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m training", description="Learn a space of sounds.")
    commands = parser.add_subparsers(required=True, metavar="command")

    configured = argparse.ArgumentParser(add_help=False)
    configured.add_argument("--config", type=Path, required=True, help="training/configs/X.toml")
    configured.add_argument(
        "--set", action="append", metavar="KEY=VALUE", help="override a setting, such as fit.epochs=3"
    )
    published = argparse.ArgumentParser(add_help=False)
    published.add_argument("--models", type=Path, default=MODELS, help="folder of all models")
    exported = argparse.ArgumentParser(add_help=False)
    exported.add_argument(
        "--model", type=Path, help="models/<name>/<version>, default the newest of the config"
    )

    command = commands.add_parser("sounds", help="synthesise a folder of sounds to try training on")
    command.add_argument("folder", type=Path, nargs="?", default=SOUNDS, help=f"default: {SOUNDS}")
    command.add_argument("--each", type=_amount, default=100, help="of every kind, default 100")
    command.add_argument("--seed", type=int, default=0)
    command.set_defaults(command=_sounds)

    command = commands.add_parser("prepare", parents=[configured], help="recordings -> arrays")
    command.set_defaults(command=_prepare)

    command = commands.add_parser("train", parents=[configured, published], help="train, then export")
    command.add_argument("--run", type=Path, help="directory of the run, default runs/<name>")
    command.add_argument("--restart", action="store_true", help="set an older run aside and begin anew")
    command.add_argument("--no-export", action="store_true", help="stop after training")
    command.set_defaults(command=_train)

    command = commands.add_parser("export", parents=[published], help="a run -> a model directory")
    command.add_argument("--run", type=Path, required=True, help="directory of the run")
    command.add_argument("--version", type=_version, help="default the one after the newest")
    command.set_defaults(command=_export)

    command = commands.add_parser(
        "evaluate", parents=[configured, published, exported], help="measure an exported model"
    )
    command.add_argument("--split", choices=["validation", "test"], default="validation")
    command.set_defaults(command=_evaluate)

    command = commands.add_parser(
        "adapt", parents=[configured, published, exported], help="teach a model a new voice from a few clips"
    )
    command.add_argument("--clips", type=Path, required=True, help="folder of the recordings")
    command.add_argument("--pattern", help='of their names, such as "{digit}_{index}"')
    command.add_argument(
        "--label", type=_label, action="append", default=[], help="of all of them: speaker:anna"
    )
    command.add_argument("--name", type=_name, help="of the new model, default <name>-anna")
    command.set_defaults(command=_adapt)

    command = commands.add_parser(
        "unseen",
        parents=[configured],
        help="leave each voice out in turn, then teach it: docs/unseen-voices.md",
    )
    command.add_argument("--label", help="whose values are left out, default judges.voice_label")
    command.add_argument("--n-clips", type=_amount, default=10, help="to teach each with, default 10")
    command.set_defaults(command=_unseen)

    command = commands.add_parser("card", help="write card.md anew from the manifest")
    command.add_argument("--model", type=Path, required=True, help="models/<name>/<version>")
    command.set_defaults(command=_card)

    command = commands.add_parser(
        "quality", parents=[published], help="write docs/quality.md from all manifests"
    )
    command.set_defaults(command=_quality)

    command = commands.add_parser("replicate", help="the thesis figure by figure -> docs/replication.md")
    command.add_argument("experiment", nargs="*", help="default: all; stft, images, mnist, ...")
    command.add_argument(
        "--folder", type=Path, default=REPLICATION, help=f"of pictures and results, default {REPLICATION}"
    )
    command.add_argument("--recordings", type=Path, help="folder, default that of thesis-ae.toml")
    command.add_argument("--mnist", type=Path, help="mnist.npz, default what Keras loads")
    command.add_argument("--sound", type=Path, help="a file of yours to analyse as well")
    command.add_argument("--share", type=_share, default=1.0, help="of the thesis' epochs, default 1: all")
    command.add_argument(
        "--overfit",
        type=_epochs,
        default=2500,
        help="epochs of figure 51, default 2500; the thesis took 10000",
    )
    command.add_argument("--again", action="store_true", help="replace results of the same settings")
    command.set_defaults(command=_replicate)
    return parser


if __name__ == "__main__":
    sys.exit(main())
