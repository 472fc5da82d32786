"""A bad file is left out and listed, and the others are prepared; the person decides how many may be bad."""

import contextlib
import unicodedata
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from training.__main__ import main
from training.config import Config
from training.data.dataset import load_prepared, load_splits, prepare, read_clips, read_waveforms
from training.errors import RecordingsError

HALF_STEP = 1e-3  # of the spectrogram: float16 keeps 11 bits of [0, 1]
N_GOOD = 20

Tiny = Callable[..., Config]
Tone = Callable[..., None]


@pytest.fixture
def folder(tmp_path, tone):
    """Twenty recordings of two digits."""
    for i in range(N_GOOD):
        tone(tmp_path / "recordings" / f"{i % 2}_a_{i // 2}.wav", 400 + 50 * i, seed=i)
    return tmp_path / "recordings"


@pytest.fixture
def config(tiny, folder):
    return tiny(f"data.recordings={folder}")


def spoil(folder, n):
    """Bad files of several kinds."""
    contents = [b"RIFF, but no wave", b"", b"\x00" * 100]
    for i in range(n):
        (folder / f"0_a_{20 + i}.wav").write_bytes(contents[i % len(contents)])


def files(splits):
    return {file for split in splits.values() for file in split.files}


def test_bad_files_are_left_out_and_listed_with_reasons(config, folder, caplog):
    spoil(folder, 2)
    soundfile.write(folder / "1_a_30.wav", np.zeros(8000), 8000)
    splits = load_splits(config)
    assert len(files(splits)) == N_GOOD
    assert "3 of 23 recordings cannot be used and are left out:\n" in caplog.text
    for name, reason in [
        ("0_a_20.wav", "The audio cannot be read"),
        ("0_a_21.wav", "The audio is empty"),
        ("1_a_30.wav", "The audio is silent"),
    ]:
        assert f"  {name}: {reason}" in caplog.text


@pytest.mark.parametrize("n_bad", [2, 3])  # 2 of 22 are within a tenth, 3 of 23 are not
def test_more_than_a_tenth_has_to_be_agreed_to(n_bad, config, folder):
    spoil(folder, n_bad)
    for _ in ("first", "when the arrays are kept"):
        with contextlib.nullcontext() if n_bad == 2 else pytest.raises(RecordingsError, match="--force"):
            prepare(config, limit=0.1)
    assert len(files(load_prepared(prepare(config, limit=1.0)))) == N_GOOD


def test_strict_stops_at_one_bad_file_even_where_the_arrays_are_kept(config, folder):
    spoil(folder, 1)
    prepare(config, limit=0.1)
    with pytest.raises(RecordingsError, match=r"(?s)1 of 21 recordings cannot be used.*leave out --strict"):
        prepare(config, limit=0.0)


def test_nothing_usable_is_refused_whatever_was_agreed(tiny, tmp_path):
    (tmp_path / "bad").mkdir()
    for name in ("0_a_2.wav", "0_a_5.wav"):
        (tmp_path / "bad" / name).write_bytes(b"no sound")
    with pytest.raises(RecordingsError, match="2 of 2 recordings cannot be used"):
        prepare(tiny(f"data.recordings={tmp_path / 'bad'}", 'data.labels=["digit"]'), limit=1.0)


def test_a_name_that_does_not_match_the_pattern_is_left_out(config, folder, tone, caplog):
    tone(folder / "hello.wav", 440)
    assert len(files(load_splits(config))) == N_GOOD
    assert "hello.wav: its name does not match the pattern {digit}_{speaker}_{index}" in caplog.text


def test_mixed_rates_and_channels_are_the_same_sound(tiny, tmp_path):
    folder, t = tmp_path / "mixed", np.arange(44_100) / 44_100
    folder.mkdir()
    kinds = [(8000, 1), (22_050, 2), (44_100, 1), (44_100, 2)]
    for i, (rate, channels) in enumerate(kinds * 2):
        sound = 0.5 * np.sin(2 * np.pi * 1000 * t[: rate // 8] * 44_100 / rate)
        soundfile.write(folder / f"0_a_{i}.wav", np.tile(sound[:, None], channels), rate)
    splits = load_splits(tiny(f"data.recordings={folder}", 'data.labels=["digit"]'))
    images = np.concatenate([split.log_magnitude for split in splits.values()]).astype(np.float32)
    assert len(images) == len(kinds) * 2
    loud = images[0] > 0.7
    assert np.abs(images[:, loud] - images[0][loud]).max() < 0.03


def test_the_letters_of_a_label_are_composed_and_case_is_merged(tiny, tmp_path, tone, caplog):
    spellings = ["Größe", unicodedata.normalize("NFD", "Größe"), "größe"]
    for i in range(6):
        tone(tmp_path / "drums" / spellings[i % 3] / f"take {i}.wav", 100 + i)
    config = tiny(
        f"data.recordings={tmp_path / 'drums'}",
        "data.pattern={kind}/{take}",
        'data.labels=["kind"]',
        "data.test={fraction=0.01}",
        "data.validation={fraction=0.3}",
    )
    assert load_splits(config)["train"].values == {"kind": ("Größe",)}
    assert "Names with decomposed letters are taken as composed ones (Unicode NFC): 2." in caplog.text
    assert '"Größe" (4), "größe" (2) are taken as one value, "Größe"' in caplog.text


def test_all_clips_of_a_recording_are_in_one_split(tiny, tmp_path):
    for i in range(8):
        sound = np.tile(np.r_[0.5 * np.sin(np.arange(800)), np.zeros(3200)], 10)
        (tmp_path / "long").mkdir(exist_ok=True)
        soundfile.write(tmp_path / "long" / f"0_a_{i}.wav", sound, 8000)
    config = tiny(f"data.recordings={tmp_path / 'long'}", 'data.labels=["digit"]', "data.segment=onset")
    splits = load_splits(config)
    assert {name: len(split) for name, split in splits.items()} == {"train": 40, "validation": 20, "test": 20}
    assert sum(len(set(split.files)) for split in splits.values()) == 8


def test_what_was_recorded_of_a_clip_is_what_it_was_prepared_from(tiny, tmp_path):
    from audio.spectrogram import SpectrogramTransform

    rng = np.random.default_rng(0)
    for i in range(5):
        (tmp_path / "long").mkdir(exist_ok=True)
        bursts = [np.r_[rng.normal(0, 0.2, 800), np.zeros(3200)] for _ in range(5)]
        soundfile.write(tmp_path / "long" / f"0_a_{i}.wav", np.concatenate(bursts), 8000)
    config = tiny(f"data.recordings={tmp_path / 'long'}", 'data.labels=["digit"]', "data.segment=onset")
    train = load_splits(config)["train"]
    clips = train.take(np.arange(len(train))[::-1])
    transform = SpectrogramTransform(config.spectrogram)
    for i, waveform in enumerate(read_waveforms(config.data.recordings, clips, 8000)):
        image, _ = transform.forward(transform.fit_length(waveform)[0])
        assert np.abs(image - clips.log_magnitude[i, ..., 0]).max() < HALF_STEP


def test_a_recording_that_is_cut_off_is_used_and_named(config, folder, caplog):
    whole = (folder / "0_a_5.wav").read_bytes()
    (folder / "0_a_5.wav").write_bytes(whole[: len(whole) * 3 // 4])
    assert len(files(load_splits(config))) == N_GOOD
    assert "Cut off or damaged, and used as far as they can be read: 0_a_5.wav." in caplog.text


def test_the_clips_to_adapt_with_are_read_as_leniently(folder, config, caplog):
    spoil(folder, 1)
    clips = read_clips(folder, "{digit}_{speaker}_{index}", config.spectrogram)
    assert len(clips.files) == len(clips.fields) == N_GOOD
    assert "1 of 21 recordings cannot be used" in caplog.text
    with pytest.raises(RecordingsError, match="--strict"):
        read_clips(folder, None, config.spectrogram, limit=0.0)


def test_a_file_that_may_not_be_read_is_left_out(tiny, open_folder, as_nobody, tone, caplog):
    for i in range(12):
        tone(open_folder / f"0_a_{i}.wav", 440)
    (open_folder / "0_a_7.wav").chmod(0)
    config = tiny(f"data.recordings={open_folder}", 'data.labels=["digit"]')
    (open_folder / "prepared").mkdir()
    (open_folder / "prepared").chmod(0o777)
    with as_nobody():
        path = prepare(config, open_folder / "prepared")
    assert len(files(load_prepared(path))) == 11
    assert "  0_a_7.wav: it cannot be read: Permission denied" in caplog.text


@pytest.fixture
def run_as_nobody(as_nobody, capsys):
    def run(*arguments):
        with as_nobody():
            assert main([str(argument) for argument in arguments]) == 1
        return capsys.readouterr().err

    return run


def test_folders_that_cannot_be_written_are_named_before_anything_is_computed(
    tiny_toml,
    open_folder,
    tone,
    run_as_nobody,
    monkeypatch,
):
    for i in range(12):
        tone(open_folder / "sounds" / f"0_a_{i}.wav", 440)
    config = open_folder / "tiny.toml"
    config.write_text(tiny_toml.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(open_folder)  # which nobody may write into
    chosen = ["--config", config, "--set", "data.recordings=sounds", "--set", 'data.labels=["digit"]']
    assert run_as_nobody("prepare", *chosen) == (
        "training: data cannot be read or written: Permission denied\n"
    )
    assert run_as_nobody("train", *chosen) == (
        "training: runs/tiny cannot be written: no permission to write into .\n"
    )
    (open_folder / "runs").mkdir()
    (open_folder / "runs").chmod(0o777)
    assert run_as_nobody("train", *chosen, "--models", open_folder / "models") == (
        f"training: {open_folder / 'models' / 'tiny'} cannot be written: "
        f"no permission to write into {open_folder}\n"
    )
    assert not (open_folder / "data").exists()
