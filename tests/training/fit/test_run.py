"""A run is bound to the data it was trained on: other data are another run."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.config import Config
from training.data.dataset import load_splits, prepare
from training.errors import RunError
from training.fit.run import (
    bind_data,
    load_run_splits,
    load_trained_on,
    open_run,
    trained_on,
)

Tiny = Callable[..., Config]


@pytest.fixture
def folder(recordings, tmp_path):
    """A copy of the recordings that a test may change."""
    return Path(shutil.copytree(recordings, tmp_path / "recordings"))


@pytest.fixture
def config(tiny, folder):
    return tiny(f"data.recordings={folder}")


@pytest.fixture
def run(config, tmp_path):
    """A run on the folder as it is at first, with the weights of a training."""
    run = tmp_path / "runs" / "tiny"
    open_run(config, run, restart=False)
    bind_data(config, run, load_splits(config), prepare(config))
    (run / "best.weights.h5").write_bytes(b"the weights of the first run")
    return run


def bind(config, run, **options):
    open_run(config, run, restart=False)
    bind_data(config, run, load_splits(config), prepare(config), **options)


def others(run):
    return [path for path in run.parent.iterdir() if path != run]


def test_the_same_recordings_resume_the_run(config, run):
    (config.data.recordings / "0_anna_4.wav").touch()  # another time is no other sound
    bind(config, run)
    assert (run / "best.weights.h5").exists()
    assert others(run) == []


def new_clips(folder):
    for i in range(12):
        shutil.copy(folder / "0_anna_5.wav", folder / f"0_anna_{20 + i}.wav")
    return "recordings: 12 new"


def gone(folder):
    (folder / "0_anna_5.wav").unlink()
    return "recordings: 1 gone"


def other_sound_of_the_same_size(folder):
    shutil.copy(folder / "1_ben_5.wav", folder / "0_anna_5.wav")
    return "recordings: 1 changed"


def renamed_label_value(folder):
    for path in folder.glob("*_ben_*"):
        path.rename(path.with_name(path.name.replace("ben", "zoe")))
    return "speaker: anna, ben -> anna, zoe"


def new_label_value(folder):
    for i in range(5):
        shutil.copy(folder / "0_anna_5.wav", folder / f"2_anna_{i}.wav")
    return "digit: 0, 1 -> 0, 1, 2"


@pytest.mark.parametrize(
    "change", [new_clips, gone, other_sound_of_the_same_size, renamed_label_value, new_label_value]
)
def test_changed_recordings_begin_a_new_run_and_it_is_said(change, config, run, caplog):
    said = change(config.data.recordings)
    bind(config, run)
    assert not (run / "best.weights.h5").exists()
    (aside,) = others(run)
    assert (aside / "best.weights.h5").read_bytes() == b"the weights of the first run"
    assert f"The recordings have changed since {run} was trained" in caplog.text
    assert said in caplog.text
    assert str(aside) in caplog.text
    keeps_values = change in {new_clips, gone, other_sound_of_the_same_size}
    assert ("--resume-with-new-data would start from its weights" in caplog.text) is keeps_values
    assert load_trained_on(run) == trained_on(load_splits(config), prepare(config))


def test_a_recording_that_moves_to_another_split_is_changed_data(config):
    splits = load_splits(config)
    moved = dict(splits, train=splits["validation"], validation=splits["train"])
    assert not trained_on(splits).is_same(trained_on(moved))
    assert trained_on(splits).is_same(
        trained_on(dict(splits, test=splits["train"]))
    )  # nothing learns from it


@pytest.mark.parametrize("change", [new_clips, gone, other_sound_of_the_same_size])
def test_a_new_run_may_start_from_the_weights_of_the_old_one(change, config, run):
    change(config.data.recordings)
    bind(config, run, keep_weights=True)
    assert (run / "start.weights.h5").read_bytes() == b"the weights of the first run"
    assert not (run / "best.weights.h5").exists()
    assert len(others(run)) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (renamed_label_value, "know the speaker values anna, ben, but the recordings have anna, zoe"),
        (new_label_value, "know the digit values 0, 1, but the recordings have 0, 1, 2"),
    ],
)
def test_the_weights_of_other_label_values_are_never_kept(change, said, config, run):
    change(config.data.recordings)
    with pytest.raises(RunError, match=said):
        bind(config, run, keep_weights=True)
    assert (run / "best.weights.h5").exists()
    assert others(run) == []


def test_weights_that_are_not_there_cannot_be_kept(config, run):
    (run / "best.weights.h5").unlink()
    gone(config.data.recordings)
    with pytest.raises(RunError, match="holds no weights to start from"):
        bind(config, run, keep_weights=True)


def same(one, other):
    return trained_on(one).is_same(trained_on(other))


def test_a_run_is_exported_with_the_data_it_was_trained_on(config, run):
    before = load_splits(config)
    renamed_label_value(config.data.recordings)
    splits = load_run_splits(config, run)
    assert same(splits, before)
    assert splits["train"].values["speaker"] == ("anna", "ben")


def test_where_the_arrays_are_gone_the_recordings_are_read_again_or_the_change_is_named(config, run):
    before = load_splits(config)
    prepare(config).unlink()
    assert same(load_run_splits(config, run), before)
    prepare(config).unlink()
    gone(config.data.recordings)
    with pytest.raises(RunError, match=r"have changed since .* was trained: recordings: 1 gone"):
        load_run_splits(config, run)


def test_a_run_that_does_not_say_what_it_was_trained_on_is_taken_at_its_word(config, run, caplog):
    (run / "data.json").unlink()
    assert same(load_run_splits(config, run), load_splits(config))
    bind(config, run)
    assert (run / "best.weights.h5").exists()
    assert caplog.text.count("does not say what it was trained on") == 2


def test_a_damaged_record_of_the_data_is_named(config, run):
    (run / "data.json").write_text(json.dumps({"recordings": 3}), encoding="utf-8")
    with pytest.raises(RunError, match=r"data\.json is damaged"):
        bind(config, run)


def test_every_number_of_a_clip_counts(config):
    splits = load_splits(config)
    louder = replace(splits["train"], level_db=splits["train"].level_db + np.float32(1))
    assert not same(splits, dict(splits, train=louder))
