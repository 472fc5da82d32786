"""What benchmarks read of the committed models is there, and their tables say what was left out."""

import pytest

from audio.model_directory import load_manifest, newest_version
from benchmarks.chain import REPOSITORY, Checkout
from benchmarks.models import MODELS, measured, quality
from benchmarks.serving.__main__ import _report
from benchmarks.serving.contenders import contenders


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir()))
def test_the_figures_of_a_digit_model_are_found(name):
    manifest = load_manifest(newest_version(MODELS / name))
    assert ("-" in quality(manifest)) == (name in {"tones", "drums", "unlabelled-sounds"})


def test_the_time_from_z_to_waveform_is_measured():
    name, _, *times = measured(newest_version(MODELS / "thesis-ae"))[:6]
    decoder, gradient, griffin_lim, of_a_second = map(float, times)
    assert name == "thesis-ae"
    assert 0 < decoder < min(gradient, griffin_lim)
    assert of_a_second > 0


def test_the_chain_runs_until_there_is_a_sound(tmp_path):
    checkout = Checkout(REPOSITORY, str(tmp_path))
    assert len(checkout.run("waveform", 2)) == 2  # its process checks the sounds, and answers nothing else
    checkout.close()


def test_a_load_that_was_left_out_is_a_dash_in_the_table():
    paths = ("generate", "sample")
    rates = {("bare", path, 2): [100.0] for path in paths} | {("0.1.0", path, 8): [80.0] for path in paths}
    medians = {("bare", path): [4.0] for path in paths} | {("0.1.0", path): [] for path in paths}
    report = _report(rates, medians, n_workers=2, n_left_out=4)
    assert report.count("| 0.1.0 | - | 80 | - | 0.80 |") == 2
    assert "4 loads were left out" in report


def test_an_older_version_is_called_by_its_number(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.0.9"\n', encoding="utf-8")
    names = [contender.name for contender in contenders(tmp_path, "python", "python", "python")]
    assert names[:2] == ["tonespace", "0.0.9"]
