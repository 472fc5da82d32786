"""A folder of recordings of any kind becomes arrays with labels and splits."""

import os
from collections.abc import Callable

import numpy as np
import pytest

from audio.spectrogram import SpectrogramTransform
from training.config import Config
from training.data.dataset import load_splits, prepare
from training.errors import RecordingsError

HALF_STEP = 1e-3  # of the picture: float16 keeps 11 bits of [0, 1]

Tiny = Callable[..., Config]
Tone = Callable[..., None]
NO_LABELS = ("model.conditional=false", "data.labels=[]")


@pytest.fixture
def take(tone, folder):
    """Writes recordings under the folder by their names."""

    def write(*names):
        for seed, name in enumerate(names):
            tone(folder / name, 300 + 100 * seed, seed=seed)

    return write


@pytest.fixture
def unlabelled(tiny, folder):
    """The tiny experiment on the folder, without labels, pattern and splits by field."""

    def load(*overrides):
        config = tiny(*NO_LABELS, f"data.recordings={folder}", "data.validation={fraction=0.3}", *overrides)
        return config.model_copy(
            update={"data": config.data.model_copy(update={"pattern": None, "test": None})}
            if not any(override.startswith("data.pattern") for override in overrides)
            else {}
        )

    return load


def whole(splits):
    """file -> (split, its labels in words)."""
    return {
        file: (name, {label: split.values[label][indices[i]] for label, indices in split.labels.items()})
        for name, split in splits.items()
        for i, file in enumerate(split.files)
    }


def test_labels_come_from_the_pattern(tiny):
    clips = whole(load_splits(tiny()))
    assert len(clips) == 40
    for file, (_, labels) in clips.items():
        digit, speaker, _ = file.removesuffix(".wav").split("_")
        assert labels == {"digit": digit, "speaker": speaker}


def test_labels_come_from_sub_folders(tiny, folder, take):
    takes = [f"{instrument}/{n}.wav" for instrument in ("oboe", "grand piano") for n in range(5)]
    take(*takes)
    config = tiny(
        f"data.recordings={folder}",
        "data.pattern={instrument}/{take}",
        'data.labels=["instrument"]',
        'data.test={field="take", values="4"}',
        'data.validation={field="take", values="2-3"}',
    )
    splits = load_splits(config)
    assert splits["train"].values == {"instrument": ("grand piano", "oboe")}
    assert {f: labels["instrument"] for f, (_, labels) in whole(splits).items()} == {
        t: t.split("/")[0] for t in takes
    }
    assert sorted(splits["test"].files) == ["grand piano/4.wav", "oboe/4.wav"]


def test_a_folder_without_labels_is_enough(unlabelled, take):
    take(*(f"deep/er/{n}.wav" for n in range(12)))
    splits = load_splits(unlabelled())
    assert sum(map(len, splits.values())) == 12
    assert splits["train"].labels == {}


def test_labels_are_in_natural_order(tiny, folder, take):
    take(*(f"{digit}_{speaker}_{i}.wav" for digit in (10, 9, 2) for speaker in ("b", "a") for i in range(5)))
    values = load_splits(tiny(f"data.recordings={folder}"))["train"].values
    assert values == {"digit": ("2", "9", "10"), "speaker": ("a", "b")}


def test_values_that_only_look_like_numbers_are_ordered_too(tiny, folder, take):
    take(*(f"{digit}_a_{i}.wav" for digit in ("²", "2", "x") for i in range(5)))
    assert load_splits(tiny(f"data.recordings={folder}"))["train"].values["digit"] == ("2", "x", "²")


def test_pictures_are_what_the_one_transform_sees(tiny, recordings):
    import soundfile

    config = tiny()
    transform = SpectrogramTransform(config.spectrogram)
    train = load_splits(config)["train"]
    for i in (0, len(train) - 1):
        waveform, _ = soundfile.read(recordings / train.files[i], dtype="float32")
        image, level_db = transform.forward(transform.fit_length(waveform)[0])
        assert np.abs(train.log_magnitude[i, ..., 0] - image).max() < HALF_STEP
        assert train.level_db[i] == pytest.approx(level_db)
    assert train.log_magnitude.shape == (24, 16, 16, 1)


def test_a_field_splits_by_ranges_and_lists(tiny):
    config = tiny(
        'data.test={field="index", values="0-1, 9"}',
        'data.validation={field="speaker", values="ben"}',
        'data.labels=["digit"]',
    )
    for file, (split, _) in whole(load_splits(config)).items():
        _, speaker, index = file.removesuffix(".wav").split("_")
        is_test = index in {"0", "1", "9"}
        assert split == ("test" if is_test else "validation" if speaker == "ben" else "train")


def test_a_range_is_of_numbers_and_not_of_letters(tiny, folder, take):
    take(*(f"0_a_{i}.wav" for i in (2, 3, 10, 25, 30)))
    splits = load_splits(
        tiny(
            f"data.recordings={folder}",
            'data.test={field="index", values="2-10"}',
            'data.validation={field="index", values="30"}',
            'data.labels=["digit"]',
        )
    )
    assert sorted(splits["test"].files) == ["0_a_10.wav", "0_a_2.wav", "0_a_3.wav"]
    assert splits["train"].files == ("0_a_25.wav",)


def test_a_test_clip_is_never_trained_on_nor_chosen_by(tiny):
    config = tiny('data.test={field="index", values="0-4"}', 'data.validation={field="index", values="0-6"}')
    splits = load_splits(config)
    for file in splits["test"].files:
        assert int(file.removesuffix(".wav").split("_")[2]) <= 4
    assert len(splits["test"]) == 20
    assert not set(splits["test"].files) & {*splits["train"].files, *splits["validation"].files}
    assert not set(splits["train"].files) & set(splits["validation"].files)


def test_a_new_recording_moves_no_other(unlabelled, take):
    names = [f"{n}.wav" for n in range(40)]
    take(*names)
    before = whole(load_splits(unlabelled("data.name=first")))
    take("000.wav", "zebra.wav")
    after = whole(load_splits(unlabelled("data.name=second")))
    assert {name: after[name] for name in names} == before
    assert {split for split, _ in before.values()} == {"train", "validation"}


def test_test_and_validation_fractions_are_drawn_apart(tiny, folder, take):
    take(*(f"{n}.wav" for n in range(60)))
    splits = load_splits(
        tiny(
            *NO_LABELS,
            f"data.recordings={folder}",
            "data.pattern={take}",
            "data.test={fraction=0.4}",
            "data.validation={fraction=0.4}",
        )
    )
    assert all(len(split) > 5 for split in splits.values())  # one draw would leave validation empty


@pytest.mark.parametrize(
    ("names", "overrides", "sentence"),
    [
        (["0_a_1.wav"], ['data.test={field="take", values="1"}'], "needs {take} in data.pattern"),
        (["0_a_0.wav", "0_a_2.wav"], [], "no recording is left for training"),
        (["0_a_0.wav", "0_a_7.wav"], [], "no recording is left for validation"),
        (["notes.txt"], [], "holds no recording"),
    ],
)
def test_what_cannot_be_used_is_said(names, overrides, sentence, tiny, folder, tone):
    for name in names:
        if name.endswith(".txt"):
            folder.mkdir()
            (folder / name).write_text("no sound")
        else:
            tone(folder / name, 440)
    with pytest.raises(RecordingsError) as raised:
        prepare(tiny(f"data.recordings={folder}", *overrides))
    assert sentence in str(raised.value)


def test_prepared_arrays_are_used_again(tiny, folder, take):
    take("0_a_5.wav", "0_a_2.wav")
    config = tiny(f"data.recordings={folder}")
    path = prepare(config)
    made = path.stat().st_mtime_ns
    assert prepare(config) == path
    assert path.stat().st_mtime_ns == made
    assert [p.name for p in path.parent.glob("*.new*")] == []


def test_prepared_arrays_are_made_anew_when_something_changes(tiny, folder, take):
    take("0_a_5.wav", "0_a_2.wav")
    config = tiny(f"data.recordings={folder}")
    paths = [prepare(config)]
    later = (folder / "0_a_5.wav").stat().st_mtime_ns + 10**9
    os.utime(folder / "0_a_5.wav", ns=(later, later))
    paths.append(prepare(config))
    take("1_a_6.wav")
    paths.append(prepare(config))
    paths.append(prepare(tiny(f"data.recordings={folder}", "spectrogram.hop_length=16")))
    paths.append(prepare(tiny(f"data.recordings={folder}", 'data.labels=["digit"]')))
    assert len(set(paths)) == len(paths)


def test_the_training_settings_do_not_make_them_anew(tiny):
    assert prepare(tiny("fit.epochs=7", "seed=9")) == prepare(tiny())
