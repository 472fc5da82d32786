"""What benchmarks read of the committed models is there."""

import pytest

from audio.model_directory import load_manifest, versions_of
from benchmarks.models import MODELS, quality


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir()))
def test_the_figures_of_a_digit_model_are_found(name):
    manifest = load_manifest(versions_of(MODELS / name)[-1])
    assert ("-" in quality(manifest)) == (name in {"tones", "drums", "unlabelled-sounds"})
