"""docs/quality.md says what the manifests say."""

from pathlib import Path

import pytest

from audio.model_directory import load_manifest
from training.measure.quality import quality_page

ROOT = Path(__file__).parents[2]
COMMITTED = ("digits-vae", "digits-vae-fast", "thesis-ae", "thesis-vae", "tones", "unlabelled-sounds")


@pytest.fixture
def models(tmp_path):
    """The committed models alone: those of a user are not on the page."""
    for name in COMMITTED:
        (tmp_path / name).symlink_to(ROOT / "models" / name)
    return tmp_path


def test_the_page_is_what_the_manifests_say(models):
    assert (ROOT / "docs/quality.md").read_text(encoding="utf-8") == quality_page(models), (
        "python -m training quality writes it anew"
    )


def test_every_metric_of_a_committed_model_is_on_the_page(models):
    page = quality_page(models)
    for name in COMMITTED:
        newest = max((models / name).iterdir(), key=lambda path: int(path.name))
        for value in load_manifest(newest).metrics.values():
            assert f"{value:.4g}" in page
