"""docs/quality.md and README.md say what the manifests say."""

import re
from pathlib import Path

import pytest

from audio.model_directory import load_manifest
from training.measure.quality import quality_page

ROOT = Path(__file__).parents[2]
COMMITTED = (
    "digits-vae",
    "digits-vae-fast",
    "drums",
    "thesis-ae",
    "thesis-vae",
    "tones",
    "unlabelled-sounds",
)

DIGITS_ROWS = {
    "replicas: digit / speaker recognised": (
        "reconstruction.digit.accuracy",
        "reconstruction.speaker.accuracy",
        "real.digit.accuracy",
        "real.speaker.accuracy",
    ),
    "samples: requested digit / speaker recognised": ("sample.digit.accuracy", "sample.speaker.accuracy"),
    "external evaluators, samples: word (pocketsphinx) / speaker (Resemblyzer)": (
        "sample.pocketsphinx_accuracy",
        "sample.resemblyzer_accuracy",
        "real.pocketsphinx_accuracy",
        "real.resemblyzer_accuracy",
    ),
    "replicas: intelligibility (STOI) / perceptual quality (PESQ)": (
        "reconstruction.stoi",
        "reconstruction.pesq",
        "inverted.stoi",
        "inverted.pesq",
    ),
}
TONES_ROWS = {
    "replicas: pitch within 50 cents (swift-f0) / instrument": (
        "reconstruction.pitch_within_50_cents",
        "reconstruction.instrument.accuracy",
        "real.pitch_within_50_cents",
        "real.instrument.accuracy",
    ),
    "samples: requested pitch / instrument; a quarter tone off within 20 cents": (
        "sample.pitch_within_50_cents",
        "sample.instrument.accuracy",
        "quarter tones.pitch_within_20_cents",
        "real.pitch_within_50_cents",
        "real.instrument.accuracy",
    ),
    "replicas of never-trained instruments: pitch": (
        "unseen instrument.pitch_within_50_cents",
        "real unseen instrument.pitch_within_50_cents",
    ),
    "conversions to another instrument: pitch / instrument": (
        "other instrument.pitch_within_50_cents",
        "other instrument.instrument.accuracy",
        "real.pitch_within_50_cents",
        "real.instrument.accuracy",
    ),
    "replicas: log-spectral distance / ViSQOL": (
        "reconstruction.log_spectral_distance_db",
        "reconstruction.visqol",
        "inverted.log_spectral_distance_db",
        "inverted.visqol",
    ),
}
README_ROWS = [
    (model, row, metrics)
    for model, rows in (("digits-vae", DIGITS_ROWS), ("tones", TONES_ROWS))
    for row, metrics in rows.items()
]


@pytest.fixture
def models(tmp_path):
    """The committed models alone: those of a user are not on the page."""
    for name in COMMITTED:
        (tmp_path / name).symlink_to(ROOT / "models" / name)
    return tmp_path


def metrics_of(model):
    return load_manifest(max(model.iterdir(), key=lambda path: int(path.name))).metrics


def test_the_page_is_what_the_manifests_say(models):
    assert (ROOT / "docs/quality.md").read_text(encoding="utf-8") == quality_page(models), (
        "python -m training quality writes it anew"
    )


def test_every_metric_of_a_committed_model_is_on_the_page(models):
    page = quality_page(models)
    for name in COMMITTED:
        for value in metrics_of(models / name).values():
            assert f"{value:.4g}" in page


@pytest.mark.parametrize(("model", "row", "names"), README_ROWS)
def test_the_readme_rounds_figures_of_models_to_the_worse_side_and_those_of_recordings_to_the_nearest(
    model, row, names, models
):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (cells,) = re.findall(rf"^\| {re.escape(row)} \|(.*)$", readme, re.MULTILINE)
    figures = re.findall(r"(\d+(?:\.\d+)?)( %)?", cells)
    metrics = metrics_of(models / model)
    for name, (figure, percent) in zip(names, figures, strict=True):
        step = 10 ** -len(figure.partition(".")[2])
        lowest = 0.0
        if name.startswith(("real", "inverted")):
            lowest = -step / 2
        elif name.endswith("distance_db"):
            lowest = -step
        left_off = metrics[name] * (100 if percent else 1) - float(figure)
        assert lowest - 1e-9 < left_off < lowest + step, f"{name}: {metrics[name]}"
