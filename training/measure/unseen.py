"""How near a model comes to an unseen speaker, before and after it is adapted with a few clips.

Each value of a label is left out in turn: a model is trained on all other clips, evaluated on that value's
held-out clips, then adapted with a few of its training clips and evaluated again. The recogniser and the
external evaluators know every value; no model and no adaptation saw a clip that is evaluated.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audio.model_directory import load_manifest
from training.config import Config
from training.config_data import Split
from training.data.dataset import Clips, Dataset, load_splits
from training.errors import ConfigError
from training.export import check_backend, export
from training.exported import ExportedModel
from training.fit.adapt import adapt
from training.fit.run import bind_data, open_run
from training.fit.train import fit, load_best
from training.measure.readings import (
    evaluator_figures,
    recognised_figures,
    replica_figures,
    trained_recogniser,
)
from training.measure.results import Results, merged, table
from training.measure.sounds import Sounds, noise, recorded, replicas

log = logging.getLogger(__name__)

N_SAMPLES = 100
N_OTHERS = 100
SEED = 0
N_DECIMALS = 4
ROWS = ("real", "inverted", "before", "after", "samples", "converted", "others", "others after", "noise")
FIGURES = ("accuracy", "stoi", "pesq", "distance_db", "distortion_db")  # ends of the names of those reported
Study = dict[str, Any]  # settings, and `figures`: value -> row -> figure

ABOUT = """\
# Unseen {label}s

How well a model replicates an unseen {label}, before and after it is adapted.
`python -m training unseen --config training/configs/{config}.toml` leaves each {label} out in turn, trains
on the others as that config says ({epochs} epochs), and then adapts the model to the missing one with
{n_clips} clips, as `python -m training adapt` does for any new value: two minutes of CPU,
without the recordings that the model was trained on. The high-pass of the transform is at {high_pass_hz:g} Hz
(0: there is none, as up to `digits-vae` 6).

Measured on the held-out clips of the {label} that was left out, by evaluators that know all of them:

- `real`: the recordings; `inverted`: their true spectrograms through the same inverse, the upper reference.
- `before`: their replicas by the model that was not trained on the {label}.
- `after`: by the adapted model, with the labels that it recognises itself.
- `samples`: of the adapted model with the new {label}; `converted`: other clips converted to it.
- `others`: replicas of held-out clips of the other {label}s, on which the model was trained: what a known
  one gets; `others after`: the same by the adapted model, so what the adaptation costs them.
- `noise`: the lower reference.

What each figure is: [quality.md](quality.md).
"""


def unseen(config: Config, label: str, n_clips: int, runs: Path) -> Study:
    """The figures of every value of a label, left out and adapted to; what is finished is not done again.

    Args:
        config: the experiment, in which no clip is left out.
        label: one of its labels.
        n_clips: to adapt to each value with.
        runs: the folder of all runs.

    Raises:
        ConfigError: the label does not steer the decoder.
        TrainingError: a training, an export or an adaptation fails, or a fold is of another config.
    """
    check_backend()
    if label not in config.conditions:
        raise ConfigError(f"{label or 'no label'} is not among the labels that steer {config.name}")
    splits = load_splits(config)
    study: Study = {
        "config": config.name,
        "label": label,
        "epochs": config.fit.epochs,
        "n_clips": n_clips,
        "high_pass_hz": config.spectrogram.high_pass_hz,
        "figures": {},
    }
    for index, value in enumerate(splits["train"].values[label]):
        run = runs / f"{config.name}-{value}"
        before = _left_out(config, label, value, run)
        after = _adapted(config, label, value, n_clips, before, splits["train"])
        results = _measured(config, splits, label, index, before, after, runs)
        study["figures"][value] = results
        recognised = " -> ".join(f"{results[row][f'{label}.accuracy']:.3f}" for row in ("before", "after"))
        log.info("%s %s: replicas recognised as it %s", label, value, recognised)
    return study


def unseen_page(study: Study) -> str:
    """The Markdown text of docs/unseen-speakers.md."""
    figures: Mapping[str, Results] = study["figures"]
    title = f"## All {len(figures)} of them, each left out once"
    lines = [ABOUT.format(**study), title, "", *_table(_means(list(figures.values()))), ""]
    for value, results in figures.items():
        lines += [f"## {value}", "", *_table(results), ""]
    return "\n".join(lines)


def _table(results: Results) -> list[str]:
    return table({row: results[row] for row in ROWS if row in results})


def _means(all_results: Sequence[Results]) -> Results:
    """The mean of each figure over the results that have it."""
    everything = merged(*all_results)
    return {
        row: {
            name: float(np.mean([r[row][name] for r in all_results if name in r.get(row, {})]))
            for name in figures
        }
        for row, figures in everything.items()
    }


def _fold(config: Config, label: str, value: str) -> Config:
    data = config.data.model_copy(
        update={"without": (*config.data.without, Split(field=label, values=value))}
    )
    return config.model_copy(update={"name": f"{config.name}-{value}", "data": data})


def _left_out(config: Config, label: str, value: str, run: Path) -> Path:
    """The directory of the model that was not trained on the value."""
    fold = _fold(config, label, value)
    directory = run / "models" / fold.name / "1"
    open_run(fold, run, restart=False)
    splits = load_splits(fold)
    bind_data(fold, run, splits)
    if directory.exists():
        return directory
    log.info("without %s %s", label, value)
    fit(fold, splits, run)
    return export(load_best(fold, splits["train"], run), fold, splits, run / "models", 1)


def _adapted(config: Config, label: str, value: str, n_clips: int, before: Path, train: Dataset) -> Path:
    """The directory of the model adapted to the value."""
    base = load_manifest(before).decoder.sha256[:8]
    directory = before.parents[2] / f"adapted-{n_clips}-{base}" / config.name / "1"
    if not directory.exists():
        clips = _few(train, label, train.values[label].index(value), n_clips)
        fold = _fold(config, label, value)
        adapt(before, fold, clips, {label: value}, directory.parents[1], config.name)
    return directory


def _few(train: Dataset, label: str, index: int, n_clips: int) -> Clips:
    """Training clips of the value, evenly spread over their names, with the fields of their names."""
    own = np.flatnonzero(train.labels[label] == index)
    chosen = train.take(own[np.linspace(0, len(own), min(n_clips, len(own)), endpoint=False).astype(int)])
    fields = [
        {name: values[chosen.labels[name][i]] for name, values in train.values.items()}
        for i in range(len(chosen))
    ]
    return Clips(chosen.log_magnitude, chosen.level_db, fields, chosen.files)


def _measured(
    config: Config,
    splits: Mapping[str, Dataset],
    label: str,
    index: int,
    before: Path,
    after: Path,
    cache: Path,
) -> Results:
    """The figures of one value, `index` among those of the label."""
    train, clips = splits["train"], splits["validation"]
    own = clips.take(np.flatnonzero(clips.labels[label] == index))
    strangers = np.flatnonzero(clips.labels[label] != index)
    others = clips.take(strangers[:: max(1, len(strangers) // N_OTHERS)])
    adapted = ExportedModel(after)
    sets = _sets(config, own, others, ExportedModel(before), adapted)
    sets |= _of_the_new(adapted, others, label, index)
    recogniser, known = trained_recogniser(config, train.values, cache)
    results = merged(
        recognised_figures(sets, recogniser, known),
        evaluator_figures(sets, config, train),
        replica_figures(sets, adapted),
    )
    return {
        row: {name: round(figure, N_DECIMALS) for name, figure in figures.items() if name.endswith(FIGURES)}
        for row, figures in results.items()
    }


def _sets(
    config: Config, own: Dataset, others: Dataset, before: ExportedModel, adapted: ExportedModel
) -> dict[str, Sounds]:
    """Recordings and replicas of the value's clips and of others."""
    real, of_others = recorded(config, own), recorded(config, others)
    inverted = adapted.waveforms(own.log_magnitude.astype(np.float32), own.level_db, "inverted")
    return {
        "real": Sounds(real, dict(own.labels)),
        "inverted": Sounds(inverted, dict(own.labels), real),
        "before": replicas(before, own, real, "before"),
        "after": replicas(adapted, own, real, "after"),
        "others": replicas(before, others, of_others, "others"),
        "others after": replicas(adapted, others, of_others, "others after"),
        "noise": Sounds(noise(real, np.random.default_rng(SEED)), dict(own.labels), real),
    }


def _of_the_new(adapted: ExportedModel, others: Dataset, label: str, index: int) -> dict[str, Sounds]:
    """Samples of the new value, which is the model's last, and other clips converted to it."""
    new = len(adapted.manifest.labels[label]) - 1
    asked = {label: np.eye(new + 1, dtype=np.float32)[new]}
    sampled, labels = adapted.sample(N_SAMPLES, np.random.default_rng(SEED), asked)
    levels = np.full(N_SAMPLES, adapted.manifest.level_db, np.float32)
    converted = adapted.converted(others.log_magnitude.astype(np.float32), label, np.full(len(others), new))
    return {
        "samples": Sounds(
            adapted.waveforms(sampled, levels, "samples"), labels | {label: np.full(N_SAMPLES, index)}
        ),
        "converted": Sounds(
            adapted.waveforms(converted, others.level_db, "converted"),
            dict(others.labels) | {label: np.full(len(others), index)},
        ),
    }
