"""The sounds to try training on are what they are called, and always the same."""

from pathlib import Path

import numpy as np
import pytest

from audio.files import read_audio
from audio.formats import AudioLimits
from training.config import load_config
from training.data.dataset import load_splits
from training.data.example_sounds import KINDS, MAX_DURATION_S, SAMPLE_RATE, save_sounds
from training.errors import RecordingsError

CONFIG = Path(__file__).parents[3] / "training" / "configs" / "own-sounds.toml"
N_EACH = 12
BRIGHTNESS_HZ = {  # where the middle of a kind's energy may lie
    "kick": (30, 300),
    "tom": (80, 800),
    "siren": (400, 2500),
    "snare": (800, 5500),
    "chirp": (2000, 6500),
    "hat": (4500, 8000),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("data") / "sounds"
    assert save_sounds(root, N_EACH, seed=0) == N_EACH * len(KINDS)
    return root


def waveforms(folder, kind):
    files = sorted((folder / kind).glob("*.wav"))
    return [read_audio(file.read_bytes(), SAMPLE_RATE, AudioLimits()).waveform for file in files]


def centroid_hz(waveform):
    power = np.abs(np.fft.rfft(waveform)) ** 2
    return float((power * np.fft.rfftfreq(waveform.size, 1 / SAMPLE_RATE)).sum() / power.sum())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_sounds_as_bright_as_its_name_and_fits_the_window(folder, kind):
    low, high = BRIGHTNESS_HZ[kind]
    for waveform in waveforms(folder, kind):
        assert low < centroid_hz(waveform) < high
        assert 0.1 < waveform.size / SAMPLE_RATE <= MAX_DURATION_S
        assert 0.05 < np.abs(waveform).max() < 0.95


@pytest.mark.parametrize("kind", ["kick", "tom", "snare", "hat"])
def test_a_drum_is_struck_and_dies_away(folder, kind):
    for waveform in waveforms(folder, kind):
        first, *_, last = (float((part**2).sum()) for part in np.array_split(waveform, 4))
        assert last < 0.1 * first


def test_no_two_sounds_are_the_same(folder):
    files = [file.read_bytes() for file in folder.rglob("*.wav")]
    assert len(set(files)) == len(files) == N_EACH * len(KINDS)


def test_the_same_seed_gives_the_same_files_and_more_leave_the_first(folder, tmp_path):
    save_sounds(tmp_path / "more", N_EACH + 1, seed=0)
    for file in folder.rglob("*.wav"):
        assert (tmp_path / "more" / file.relative_to(folder)).read_bytes() == file.read_bytes()
    save_sounds(tmp_path / "other", 1, seed=1)
    assert (tmp_path / "other/kick/000.wav").read_bytes() != (folder / "kick/000.wav").read_bytes()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "dog").mkdir()
    with pytest.raises(RecordingsError, match="holds dog, which is not of this set"):
        save_sounds(tmp_path, 1, seed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["dog"]


def test_the_config_reads_the_kinds_from_the_sub_folders(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load_config(CONFIG, [f"data.recordings={folder}"])
    splits = load_splits(config)
    assert splits["train"].values == {"kind": tuple(sorted(KINDS))}
    assert sum(len(split) for split in splits.values()) == N_EACH * len(KINDS)
    assert all(len(split) > 0 for split in splits.values())
    assert splits["train"].log_magnitude.shape[1:] == (257, 128, 1)
