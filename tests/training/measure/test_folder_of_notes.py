"""A folder of notes without labels in their names is measured by the pitches of its table."""

import numpy as np
import pytest

from training.config import parse_config
from training.data.dataset import load_splits
from training.export import export
from training.fit.train import build_model
from training.measure.evaluate import evaluate
from training.measure.notes import PITCH_EVALUATORS
from training.proposal import proposed

SMALL = (
    "fit.epochs=1",
    "model.latent_dim=3",
    "model.network.encoder_width=8",
    "model.network.decoder_width=8",
    "spectrogram.n_fft=64",
    "spectrogram.hop_length=32",
    "spectrogram.win_length=64",
    "spectrogram.n_frames=16",
    "export.refinement_steps=1",
    "data.validation={ fraction = 0.4 }",
)


@pytest.fixture(params=["", "kick/"], ids=["pitches alone", "kinds and pitches"])
def folder_of_notes(request, tmp_path, tone):
    """Notes without labels in their names, and the table that `python -m training pitches` writes."""
    folder = tmp_path / "my-notes"
    names = [f"{request.param and ('kick/', 'bell/')[i % 2]}{i}.wav" for i in range(24)]
    for i, name in enumerate(names):
        tone(folder / name, 300 + 30 * (i % 3), seed=i)
    rows = [f"{name},{60 + i % 3},20" for i, name in enumerate(names)]
    (folder / "pitches.csv").write_text("\n".join(["file,pitch,cents", *rows]), encoding="utf-8")
    return folder


def test_a_folder_with_a_table_of_pitches_is_measured_as_notes(folder_of_notes, tmp_path, monkeypatch):
    class Sharp:
        """Hears every sound a quarter of a semitone above 60."""

        def recognise(self, waveforms, _):
            return np.full(len(waveforms), 60.25)

    config = parse_config(proposed(folder_of_notes).text, list(SMALL), "test")
    splits = load_splits(config)
    model = build_model(config, splits["train"])
    directory = export(model, config, splits, tmp_path / "models")
    monkeypatch.setattr("training.measure.notes.is_installed", lambda package: package == "swift_f0")
    monkeypatch.setitem(PITCH_EVALUATORS, "pitch", ("swift_f0", Sharp))
    metrics = evaluate(directory, config, "validation", tmp_path).metrics
    clips = splits["validation"]
    low = float(np.mean([clips.values["pitch"][i] == "60" for i in clips.labels["pitch"]]))
    for row in ("real", "reconstruction", "sample", "other pitch"):
        assert row + ".attack_ms" in metrics
    assert 0 < low < 1
    assert metrics["real.pitch_within_20_cents"] == pytest.approx(
        low, abs=1e-4
    )  # the cents of the table count
    assert not [name for name in metrics if "stoi" in name]
    assert {"samples.png", "morphs.png"} <= {path.name for path in directory.iterdir()}
