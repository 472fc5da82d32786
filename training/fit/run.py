"""The directory of a run: its config, the data it is trained on, and what becomes of it when they change."""

import hashlib
import logging
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from training.config import Config
from training.data.dataset import Dataset, load_prepared, load_splits
from training.errors import RunError

log = logging.getLogger(__name__)

CONFIG_FILE = "config.json"
DATA_FILE = "data.json"
BEST_FILE = "best.weights.h5"
START_FILE = "start.weights.h5"


class TrainedOn(BaseModel):
    """The training and validation clips of a run, recording by recording."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recordings: dict[str, str]  # name -> a digest of its split, labels and clips
    values: dict[str, tuple[str, ...]]  # label -> its values in order
    prepared: Path | None  # the arrays

    def is_same(self, other: "TrainedOn") -> bool:
        """Whether the clips, labels and splits are the same, wherever the arrays lie."""
        return (self.recordings, self.values) == (other.recordings, other.values)

    def changes_to(self, other: "TrainedOn") -> str:
        """What the other data has that this one has not, and the other way round, in words."""
        old, new = self.recordings, other.recordings
        counts = {
            "new": len(new.keys() - old.keys()),
            "gone": len(old.keys() - new.keys()),
            "changed": sum(old[name] != new[name] for name in old.keys() & new.keys()),
        }
        counted = ", ".join(f"{n} {what}" for what, n in counts.items() if n)
        changes = [f"recordings: {counted}"] if counted else []
        for label in sorted(self.values.keys() | other.values.keys()):
            before, after = (", ".join(data.values.get(label, ())) for data in (self, other))
            if before != after:
                changes.append(f"{label}: {before or 'none'} -> {after or 'none'}")
        return "; ".join(changes)


def open_run(config: Config, run: Path, *, restart: bool) -> None:
    """A run directory that holds this config: a new one, or the one to resume.

    Raises:
        RunError: the directory holds a run of another config.
    """
    path = run / CONFIG_FILE
    if restart and run.is_dir():
        _set_aside(run)
    if path.exists() and load_run_config(run) != config:
        raise RunError(f"{run} holds a run of another config: choose another --run, or --restart")
    run.mkdir(parents=True, exist_ok=True)
    path.write_text(config.model_dump_json(indent=2) + "\n", encoding="utf-8")


def load_run_config(run: Path) -> Config:
    """The config that a run was started with.

    Raises:
        RunError: there is no run, or one of settings that are no longer known.
    """
    try:
        return Config.model_validate_json((run / CONFIG_FILE).read_bytes())
    except OSError as error:
        raise RunError(f"{run} holds no run: {CONFIG_FILE} cannot be read") from error
    except ValidationError as error:
        raise RunError(
            f"{run / CONFIG_FILE} has settings that this version does not know: train anew"
        ) from error


def bind_data(
    config: Config,
    run: Path,
    splits: Mapping[str, Dataset],
    prepared: Path | None = None,
    *,
    keep_weights: bool = False,
) -> None:
    """Bind an open run to its data; where it was trained on other data, a new run takes its place.

    The old run is kept beside it. A run of which nothing is known is taken to be of this data.

    Args:
        config: of the run.
        run: its directory, from `open_run`.
        splits: the data.
        prepared: the file of the arrays, which the export reads again.
        keep_weights: the new run starts from the best weights of the old one.

    Raises:
        RunError: the weights cannot be kept: there are none, or they are of other label values.
    """
    data, old = trained_on(splits, prepared), load_trained_on(run)
    if old is None and (run / BEST_FILE).exists():
        log.warning("%s does not say what it was trained on: it is taken to be these recordings", run)
    if old is not None and not old.is_same(data):
        obstacle = _obstacle(config, run, old, data)
        if keep_weights and obstacle:
            raise RunError(obstacle)
        aside = _set_aside(run)
        open_run(config, run, restart=False)
        log.warning("The recordings have changed since %s was trained: %s.", run, old.changes_to(data))
        if keep_weights:
            shutil.copy2(aside / BEST_FILE, run / START_FILE)
            log.warning("A new run starts from its best weights; the old run is now %s.", aside)
        else:
            advice = "" if obstacle else " --resume-with-new-data would start from its weights."
            log.warning("A new run starts from random weights; the old run is now %s.%s", aside, advice)
    (run / DATA_FILE).write_text(data.model_dump_json(indent=1) + "\n", encoding="utf-8")


def load_run_splits(config: Config, run: Path) -> dict[str, Dataset]:
    """The splits that a run was trained on, even where the folder of recordings has changed since.

    Raises:
        RecordingsError: the recordings have to be read again, and cannot be.
        RunError: the arrays are gone, and the recordings are no longer those that the run was trained on.
    """
    data = load_trained_on(run)
    if data is None:
        log.warning("%s does not say what it was trained on: it is taken to be these recordings", run)
        return load_splits(config)
    prepared = data.prepared
    splits = load_prepared(prepared) if prepared and prepared.exists() else load_splits(config)
    found = trained_on(splits)
    if not data.is_same(found):
        raise RunError(
            f"the recordings have changed since {run} was trained: {data.changes_to(found)}. "
            "Train again, which begins a new run"
        )
    return splits


def load_trained_on(run: Path) -> TrainedOn | None:
    """The data that a run is bound to; None where it does not say.

    Raises:
        RunError: the file that says so is damaged.
    """
    try:
        return TrainedOn.model_validate_json((run / DATA_FILE).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise RunError(f"{run / DATA_FILE} is damaged: begin anew with --restart") from error


def trained_on(splits: Mapping[str, Dataset], prepared: Path | None = None) -> TrainedOn:
    """What a run on these splits is bound to.

    Args:
        splits: of which train and validation count.
        prepared: the file of the arrays.
    """
    digests: dict[str, hashlib._Hash] = {}
    for name in ("train", "validation"):
        split = splits[name]
        for i, file in enumerate(split.files):
            labels = {label: split.values[label][column[i]] for label, column in split.labels.items()}
            digest = digests.setdefault(file, hashlib.sha256(f"{name} {sorted(labels.items())}".encode()))
            digest.update(split.log_magnitude[i].tobytes())
            digest.update(split.level_db[i].tobytes())
    recordings = {file: digest.hexdigest()[:16] for file, digest in digests.items()}
    return TrainedOn(recordings=recordings, values=splits["train"].values, prepared=prepared)


def _set_aside(run: Path) -> Path:
    """Where the run lies after it was renamed."""
    return run.rename(run.with_name(f"{run.name}.{datetime.now():%Y%m%d-%H%M%S-%f}"))


def _obstacle(config: Config, run: Path, old: TrainedOn, new: TrainedOn) -> str | None:
    """Why a run on the new data cannot start from the weights of this run; None where it can."""
    if not (run / BEST_FILE).exists():
        return f"{run} holds no weights to start from: leave --resume-with-new-data away"
    for label in config.conditions:
        if old.values.get(label) != new.values.get(label):
            known, found = (", ".join(data.values.get(label, ())) for data in (old, new))
            return (
                f"the weights of {run} know the {label} values {known}, but the recordings have {found}: "
                "leave --resume-with-new-data away to begin a new run"
            )
    return None
