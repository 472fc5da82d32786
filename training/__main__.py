"""`python -m training`: synthesise, prepare, train, export, adapt, measure, replicate."""

import argparse
import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from audio.errors import AudioError, ModelDirectoryError
from audio.model_directory import CARD_FILE, load_manifest, newest_version
from training.config import Config, load_config, parse_config
from training.data.layout import PITCHES_FILE
from training.errors import RunError, TrainingError
from training.options import parse
from training.proposal import Proposal, proposed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # must stand before TensorFlow is imported

RUNS = Path("runs")
QUALITY_PAGE = Path("docs/quality.md")
UNSEEN_PAGE, UNSEEN_RESULTS = Path("docs/unseen-speakers.md"), Path("docs/unseen-speakers.json")
log = logging.getLogger("training")


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, or 1 after a sentence that says what to mend."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file name may have letters that the terminal lacks
            stream.reconfigure(errors="backslashreplace")
    options = parse(arguments)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    try:
        COMMANDS[options.command](options)
    except (TrainingError, ModelDirectoryError, AudioError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        named = error.filename and f"{error.filename} cannot be read or written: {error.strerror}"
        print(f"training: {named or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("training: interrupted; the same command goes on from the last whole epoch", file=sys.stderr)
        return 130
    return 0


def _sounds(options: argparse.Namespace) -> None:
    from training.data.example_sounds import save_sounds

    log.info("%s: %d sounds", options.folder, save_sounds(options.folder, options.each, options.seed))


def _notes(options: argparse.Namespace) -> None:
    from training.data.notes import Notes, melodic_instruments, named, save_notes

    instruments = melodic_instruments()
    if options.instruments:
        instruments = named(instruments, options.instruments.split(","))
    notes = Notes(options.pitches, options.velocities, options.hold, options.release)
    log.info(
        "%s: %d notes", options.folder, save_notes(options.folder, options.soundfont, instruments, notes)
    )


def _drums(options: argparse.Namespace) -> None:
    from training.data.drums import save_drums

    counts = save_drums(options.folder, options.sources, options.soundfont)
    listed = ", ".join(f"{n} {kind}" for kind, n in counts.items())
    log.info("%s: %d hits: %s", options.folder, sum(counts.values()), listed)


def _pitches(options: argparse.Namespace) -> None:
    from training.data.pitches import save_pitches
    from training.data.survey import report

    table = options.table or options.folder / PITCHES_FILE
    n_read, left_out = save_pitches(options.folder, table, options.least)
    log.info("%s: the pitches of %d recordings", table, n_read)
    report(left_out, n_read + len(left_out), [])


def _print_config(options: argparse.Namespace) -> None:
    print(_proposed(options.recordings).text, end="")


def _prepare(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.data.dataset import load_prepared, prepare

    path = prepare(config, limit=options.unusable)
    counts = ", ".join(f"{name} {len(split)}" for name, split in load_prepared(path).items())
    log.info("%s: %s", path, counts)


def _train(options: argparse.Namespace) -> None:
    config = _config(options)  # before TensorFlow: a mistake in it is reported at once
    from training.data.dataset import load_prepared, prepare

    run = options.run or RUNS / config.name
    for folder in (run, options.models / config.name):
        _check_writable(folder)
    prepared = prepare(config, limit=options.unusable)

    from training.fit.run import bind_data, open_run
    from training.fit.train import fit

    splits = load_prepared(prepared)
    open_run(config, run, restart=options.restart)
    bind_data(config, run, splits, prepared.resolve(), keep_weights=options.resume_with_new_data)
    fit(config, splits, run)
    if not options.no_export:
        # A fresh process: the export needs TensorFlow, whichever backend trained.
        command = [sys.executable, "-m", "training", "export", "--run", run, "--models", options.models]
        if subprocess.run(command, env=os.environ | {"KERAS_BACKEND": "tensorflow"}).returncode:
            raise TrainingError(f"the export failed; the weights are safe in {run}")


def _check_writable(folder: Path) -> None:
    """Raise unless files can be written there, before hours of training end in a refusal."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    effective = os.access in os.supports_effective_ids
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK, effective_ids=effective)):
        raise RunError(f"{folder} cannot be written: no permission to write into {nearest}")


def _export(options: argparse.Namespace) -> None:
    from training.export import export
    from training.fit.run import load_run_config, load_run_splits
    from training.fit.train import load_best

    config = load_run_config(options.run)
    splits = load_run_splits(config, options.run)
    export(load_best(config, splits["train"], options.run), config, splits, options.models, options.version)


def _evaluate(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.measure.evaluate import evaluate

    directory = options.model or newest_version(options.models / config.name)
    manifest = evaluate(directory, config, options.split, RUNS)
    for name, value in manifest.metrics.items():
        print(f"{name:45} {value:.4g}")


def _adapt(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.data.dataset import read_clips
    from training.fit.adapt import adapt

    directory = options.model or newest_version(options.models / config.name)
    clips = read_clips(
        options.clips, options.pattern, config.spectrogram, options.unusable, options.labels_file
    )
    adapt(directory, config, clips, dict(options.label), options.models, options.name)


def _unseen(options: argparse.Namespace) -> None:
    config = _config(options)
    from training.measure.unseen import unseen, unseen_page

    results = unseen(config, options.label or config.evaluators.speaker_label, options.n_clips, RUNS)
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
    if options.config:
        return load_config(options.config, options.set)
    origin = f"the config chosen for {options.recordings}"
    config = parse_config(_proposed(options.recordings).text, options.set, origin)
    if options.set:
        log.info("Overruled by --set: %s.", ", ".join(options.set))
    return config


def _proposed(folder: Path) -> Proposal:
    proposal = proposed(folder)
    for reason in proposal.reasons:
        log.info(reason)
    return proposal


COMMANDS = {
    "sounds": _sounds,
    "notes": _notes,
    "drums": _drums,
    "pitches": _pitches,
    "config": _print_config,
    "prepare": _prepare,
    "train": _train,
    "export": _export,
    "evaluate": _evaluate,
    "adapt": _adapt,
    "unseen": _unseen,
    "card": _card,
    "quality": _quality,
    "replicate": _replicate,
}

if __name__ == "__main__":
    sys.exit(main())
