"""What the replication says of the thesis' networks, formulas and transforms, apart from any training."""

from pathlib import Path

import numpy as np
import pytest

from audio.model_directory import load_manifest, newest_version
from training.config import load_config
from training.replication import (
    cost,
    images,
    istft,
    mnist,
    recommendations,
    spectrogram_autoencoder,
    stft,
    vae,
)
from training.replication.workshop import THESIS_TOML, Workshop

KL_NATS = 0.4431
SAMPLED_TOLERANCE_NATS = 0.01
EXACT_DB, LOSSY_DB = 100, 20


def test_without_antialiasing_some_cells_are_never_read():
    read = {
        (name, antialias): images._cells_read_percent((129, 128), name, antialias)
        for name, antialias in (("nearest", False), ("bilinear", False), ("bilinear", True))
    }
    assert read["nearest", False] == pytest.approx(100 * 28 * 28 / (129 * 128), rel=1e-6)
    assert read["nearest", False] < read["bilinear", False] < 30
    assert read["bilinear", True] > 95


def test_figure_51_has_the_epochs_that_it_is_given_and_never_fewer_than_the_stages_before_it():
    assert spectrogram_autoencoder.stages(Workshop(overfit=10_000))[-2:] == [2500, 10_000]
    assert spectrogram_autoencoder.stages(Workshop(overfit=10))[-1] == 2500
    assert spectrogram_autoencoder.stages(Workshop(overfit=10_000, share=0.1))[-1] == 1000


def test_the_divergence_is_positive_and_the_printed_formula_is_not():
    assert vae.kl() == pytest.approx(KL_NATS, abs=1e-4)
    assert vae.printed_kl() == pytest.approx(-KL_NATS, abs=1e-4)
    samples = 0.5 + 0.5 * np.random.default_rng(1).standard_normal(100_000)
    assert vae.sampled_kl(samples) == pytest.approx(KL_NATS, abs=SAMPLED_TOLERANCE_NATS)


def test_the_networks_have_as_many_parameters_as_the_thesis_counts():
    config = load_config(THESIS_TOML)
    assert mnist.parameters(config, cost.SMALL) == {
        "encoder": 99_842,
        "decoder": 121_537,
        "autoencoder": 221_379,
    }
    large = mnist.parameters(config, cost.LARGE)
    assert (large["encoder"], large["decoder"]) == (3_127_874, 4_662_721)


def test_a_window_shorter_than_the_hop_loses_what_a_longer_one_keeps(tmp_path):
    workshop = Workshop(folder=tmp_path, recordings=tmp_path / "none")
    found = stft.run(workshop)["settings"]
    by_figure = {row["figure"]: row for row in found}
    assert by_figure["8"]["round_trip_db"] < LOSSY_DB
    assert by_figure["9"]["skipped_percent"] > 0
    assert by_figure["10"]["round_trip_db"] > EXACT_DB
    assert by_figure["listing"]["skipped_percent"] == 0


def test_the_grey_of_magma_rises_with_the_level_and_that_of_jet_does_not():
    level = np.linspace(0, 1, 100, dtype=np.float32)
    assert (np.diff(images.grey(level, "magma")) > 0).all()
    assert not (np.diff(images.grey(level, "jet")) > 0).all()


def test_the_printed_inversion_of_a_second_durations_seven():
    image = np.random.default_rng(0).random((28, 28), np.float32)
    assert len(istft.printed(image)) / istft.PRINTED_RATE_HZ == pytest.approx(7.05, abs=0.01)


@pytest.mark.parametrize("name", recommendations.MODELS)
def test_the_figures_that_are_compared_are_in_the_committed_models(name):
    manifest = load_manifest(newest_version(Path(__file__).parents[2] / "models" / name))
    assert set(recommendations.METRICS) <= recommendations._metrics(manifest).keys()
