"""Every speaker is left out once, and the model adapted to it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.model_directory import load_manifest
from training.config import Config
from training.data.dataset import load_splits
from training.errors import ConfigError, RunError
from training.fit import adapt as adaptation
from training.measure import recogniser
from training.measure import unseen as leaving_out
from training.measure.unseen import unseen, unseen_page

N_CLIPS = 3
DOCS = Path(__file__).parents[3] / "docs"

Tiny = Callable[..., Config]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(recogniser, "N_STEPS", 1)
    monkeypatch.setattr(adaptation, "N_STEPS", 1)
    monkeypatch.setattr(leaving_out, "N_SAMPLES", 4)


@pytest.fixture
def three_voices(recordings, tmp_path, tone):
    folder = tmp_path / "recordings"
    shutil.copytree(recordings, folder)
    for index in range(5):
        tone(folder / f"0_cara_{index}.wav", 500, 0.4, index)
        tone(folder / f"1_cara_{index}.wav", 2000, 0.4, index)
    return folder


def test_each_speaker_is_left_out_adapted_to_and_evaluated(tiny, three_voices, tmp_path, monkeypatch):
    config = tiny("fit.epochs=1", f"data.recordings={three_voices.as_posix()}")
    results = unseen(config, "speaker", N_CLIPS, tmp_path)
    assert list(results["figures"]) == ["anna", "ben", "cara"]
    left_out = load_manifest(tmp_path / "tiny-anna" / "models" / "tiny-anna" / "1")
    assert left_out.labels["speaker"] == ("ben", "cara")
    assert left_out.data.splits.startswith("left out: speaker anna; ")
    (directory,) = (tmp_path / "tiny-anna").glob(f"adapted-{N_CLIPS}-*")
    adapted = load_manifest(directory / "tiny" / "1")
    assert adapted.labels["speaker"] == ("ben", "cara", "anna")
    for figures in results["figures"].values():
        for row in leaving_out.ROWS:
            assert 0 <= figures[row]["speaker.accuracy"] <= 1
        assert figures["before"]["mel_cepstral_distortion_db"] > 0
    page = unseen_page(results)
    mean = np.mean([figures["real"]["digit.accuracy"] for figures in results["figures"].values()])
    assert f"| digit accuracy | {mean:.4g} |" in page
    assert "{" not in page

    def never(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(leaving_out, "fit", never)
    monkeypatch.setattr(leaving_out, "adapt", never)
    assert unseen(config, "speaker", N_CLIPS, tmp_path) == results
    other = config.model_copy(update={"seed": 8})
    with pytest.raises(RunError, match="a run of another config"):
        unseen(other, "speaker", N_CLIPS, tmp_path)


def test_a_label_that_steers_nothing_is_refused(tiny, tmp_path):
    with pytest.raises(ConfigError, match="mood is not among the labels"):
        unseen(tiny(), "mood", N_CLIPS, tmp_path)


def test_clips_that_are_left_out_are_in_no_split(tiny):
    without = load_splits(tiny('data.without={ field = "speaker", values = "anna" }'))
    everything = load_splits(tiny())
    assert without["train"].values["speaker"] == ("ben",)
    for name, split in everything.items():
        assert without[name].files == tuple(file for file in split.files if "_ben_" in file)


def test_the_committed_page_is_what_its_results_say():
    results = json.loads((DOCS / "unseen-speakers.json").read_text(encoding="utf-8"))
    assert (DOCS / "unseen-speakers.md").read_text(encoding="utf-8") == unseen_page(results)
