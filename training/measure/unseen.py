"""How near a model comes to a voice that it has never heard, before and after it is taught a few clips.

Each value of a label is left out in turn: a model is trained on all other clips, judged on that value's
held-out clips, then adapted with a few of its training clips and judged again. The recogniser and the judges
from outside know every voice; no model and no adaptation saw a clip that is judged.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from audio.manifest import load_manifest
from training.config import Config, Split
from training.data.dataset import Clips, Dataset, load_splits
from training.errors import ConfigError
from training.export import check_backend, export
from training.fit.adapt import adapt
from training.fit.train import fit, load_best, open_run
from training.measure import measures
from training.measure.card import table
from training.measure.evaluate import ExportedModel, Sounds, judged, noise, recognised, recorded, replicas

log = logging.getLogger(__name__)

N_DRAWS = 100
N_OTHERS = 100
SEED = 0
ROWS = ("real", "inverted", "before", "after", "draws", "converted", "others", "others after", "noise")
Results = dict[str, Any]

ABOUT = """\
# Unseen voices

How near a model comes to a voice that it has never heard: the title of the thesis, taken at its word.
`python -m training unseen --config training/configs/{config}.toml` leaves each {label} out in turn, trains
on the others as that config says ({epochs} epochs), and then teaches the model the missing one with
{n_clips} clips, as `python -m training adapt` does for anybody's voice: two minutes of CPU, without the
recordings that the model was trained on.

Read on the held-out clips of the {label} that was left out, by judges who know all of them:

- `real`: the recordings; `inverted`: their true pictures through the same inverse, the ceiling.
- `before`: their replicas by the model that never heard the {label}.
- `after`: by the model that was taught, with the labels that it hears itself.
- `draws`: asked of the taught model in the new {label}; `converted`: other clips said in it.
- `others`: replicas of held-out clips of the other {label}s, on which the model was trained: what a known
  one gets; `others after`: the same by the taught model, so what teaching costs them.
- `noise`: the floor.

What each figure is: [quality.md](quality.md).
"""


def unseen(config: Config, label: str, n_clips: int, runs: Path) -> Results:
    """The figures of every value of a label that was left out and taught; what is finished is not done again.

    Args:
        config: the experiment, in which no clip is left out.
        label: one of its labels.
        n_clips: to teach each value with.
        runs: the folder of all runs.

    Raises:
        ConfigError: the label does not steer the decoder.
        TrainingError: a training, an export or an adaptation fails, or a fold is of another config.
    """
    check_backend()
    if label not in config.conditions:
        raise ConfigError(f"{label or 'no label'} is not among the labels that steer {config.name}")
    splits = load_splits(config)
    results: Results = {
        "config": config.name,
        "label": label,
        "epochs": config.fit.epochs,
        "n_clips": n_clips,
        "figures": {},
    }
    for index, value in enumerate(splits["train"].values[label]):
        run = runs / f"{config.name}-{value}"
        before = _left_out(config, label, value, run)
        taught_by = load_manifest(before).decoder.sha256[:8]
        after = run / f"taught-{n_clips}-{taught_by}" / config.name / "1"
        if not after.exists():
            lesson = _lesson(splits["train"], label, index, n_clips)
            fold = _fold(config, label, value)
            adapt(before, fold, lesson, {label: value}, after.parents[1], config.name)
        figures = _figures(config, splits, label, index, before, after, runs)
        results["figures"][value] = {name: round(figure, 4) for name, figure in figures.items()}
        told = " -> ".join(f"{figures[f'{what}_{label}_accuracy']:.3f}" for what in ("before", "after"))
        log.info("%s %s: replicas heard as it %s", label, value, told)
    return results


def unseen_page(results: Results) -> str:
    """The Markdown text of docs/unseen-voices.md."""
    figures: Mapping[str, Mapping[str, float]] = results["figures"]
    names = dict.fromkeys(name for of_value in figures.values() for name in of_value)
    means = {name: float(np.mean([f[name] for f in figures.values() if name in f])) for name in names}
    lines = [
        ABOUT.format(**results),
        f"## All {len(figures)} of them, each left out once",
        "",
        *table(means, ROWS),
        "",
    ]
    for value, of_value in figures.items():
        lines += [f"## {value}", "", *table(of_value, ROWS), ""]
    return "\n".join(lines)


def _fold(config: Config, label: str, value: str) -> Config:
    data = config.data.model_copy(update={"without": Split(field=label, values=value)})
    return config.model_copy(update={"name": f"{config.name}-{value}", "data": data})


def _left_out(config: Config, label: str, value: str, run: Path) -> Path:
    """The directory of the model that never heard the value."""
    fold = _fold(config, label, value)
    directory = run / "models" / fold.name / "1"
    open_run(fold, run, restart=False)
    if directory.exists():
        return directory
    log.info("without %s %s", label, value)
    splits = load_splits(fold)
    fit(fold, splits, run)
    keras.mixed_precision.set_global_policy("float32")
    return export(load_best(fold, splits["train"], run), fold, splits, run / "models", 1)


def _lesson(train: Dataset, label: str, index: int, n_clips: int) -> Clips:
    """Training clips of the value, evenly spread over their names, and what else the names tell."""
    own = np.flatnonzero(train.labels[label] == index)
    chosen = train.take(own[np.linspace(0, len(own), min(n_clips, len(own)), endpoint=False).astype(int)])
    fields = [
        {name: values[chosen.labels[name][i]] for name, values in train.values.items()}
        for i in range(len(chosen))
    ]
    return Clips(chosen.log_magnitude, chosen.level_db, fields, chosen.files)


def _figures(
    config: Config,
    splits: Mapping[str, Dataset],
    label: str,
    index: int,
    before: Path,
    after: Path,
    cache: Path,
) -> dict[str, float]:
    clips = splits["validation"]
    own = clips.take(np.flatnonzero(clips.labels[label] == index))
    strangers = np.flatnonzero(clips.labels[label] != index)
    others = clips.take(strangers[:: max(1, len(strangers) // N_OTHERS)])
    models = {"before": ExportedModel(before), "after": ExportedModel(after)}
    taught = models["after"]
    real, of_others = recorded(config, own), recorded(config, others)
    inverted = taught.waveforms(own.log_magnitude.astype(np.float32), own.level_db, "inverted")
    rows = {
        "real": Sounds(real, dict(own.labels)),
        "inverted": Sounds(inverted, dict(own.labels), real),
        "before": replicas(models["before"], own, real, "before"),
        "after": replicas(taught, own, real, "after"),
        "others": replicas(models["before"], others, of_others, "others"),
        "others after": replicas(taught, others, of_others, "others after"),
        "noise": Sounds(noise(real, np.random.default_rng(SEED)), dict(own.labels), real),
    }
    new = len(taught.manifest.labels[label]) - 1
    asked = {label: np.eye(new + 1, dtype=np.float32)[new]}
    drawn, labels = taught.sample(N_DRAWS, np.random.default_rng(SEED), asked)
    levels = np.full(N_DRAWS, taught.manifest.level_db, np.float32)
    rows["draws"] = Sounds(
        taught.waveforms(drawn, levels, "draws"), labels | {label: np.full(N_DRAWS, index)}
    )
    said = taught.changed(others.log_magnitude.astype(np.float32), label, np.full(len(others), new))
    rows["converted"] = Sounds(
        taught.waveforms(said, others.level_db, "converted"),
        dict(others.labels) | {label: np.full(len(others), index)},
    )
    figures = recognised(rows, config, splits["train"], cache) | judged(rows, config, splits["train"])
    for what, sounds in rows.items():
        if sounds.originals is not None:
            likeness = measures.likeness(sounds.originals, sounds.waveforms, taught.transform)
            figures |= {f"{what}_{name}": figure for name, figure in likeness.items()}
    kept = ("accuracy", "stoi", "pesq", "distance_db", "distortion_db")
    return {name: figure for name, figure in figures.items() if name.endswith(kept)}
