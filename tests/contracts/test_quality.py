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

README_ROWS = {
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


@pytest.mark.parametrize("row", README_ROWS)
def test_the_readme_has_the_figures_of_the_newest_digits_and_rounds_none_up(row, models):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (cells,) = re.findall(rf"^\| {re.escape(row)} \|(.*)$", readme, re.MULTILINE)
    figures = re.findall(r"(\d+(?:\.\d+)?)( %)?", cells)
    metrics = metrics_of(models / "digits-vae")
    for metric, (figure, percent) in zip(README_ROWS[row], figures, strict=True):
        left_off = metrics[metric] * (100 if percent else 1) - float(figure)
        assert -1e-9 < left_off < 10 ** -len(figure.partition(".")[2]), f"{metric}: {metrics[metric]}"
