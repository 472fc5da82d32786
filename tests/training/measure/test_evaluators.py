"""The external evaluators: used only where they are installed and the config names a label."""

import logging

import numpy as np
import pytest

from training.errors import ConfigError
from training.measure.evaluators import PitchEvaluator, QualityEvaluator, WordEvaluator, is_installed

RATE = 44_100  # Hz


def test_a_missing_evaluator_is_logged(caplog):
    with caplog.at_level(logging.INFO):
        assert not is_installed("an_evaluator_that_nobody_wrote")
        assert is_installed("numpy")
    assert "an_evaluator_that_nobody_wrote is not installed" in caplog.text
    assert "numpy" not in caplog.text


def test_a_config_asks_only_for_its_own_labels(tiny):
    with pytest.raises(ConfigError, match=r"data\.labels"):
        tiny("evaluators.speaker_label=singer")
    with pytest.raises(ConfigError, match="belong together"):
        tiny("evaluators.word_label=digit")
    config = tiny("evaluators.word_label=digit", 'evaluators.words={"0" = "zero", "1" = "one"}')
    assert config.evaluators.words == {"0": "zero", "1": "one"}


def test_noise_is_no_word():
    pytest.importorskip("pocketsphinx", reason="the evaluators extra is not installed")
    noise = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    words = WordEvaluator(["zero", "one"]).recognise([noise, np.zeros(8000, np.float32)], 8000)
    assert words.shape == (2,)
    assert set(words) <= {-1, 0, 1}


def tone(note, seconds=1.0):
    t = np.arange(int(seconds * RATE)) / RATE
    f0 = 440 * 2 ** ((note - 69) / 12)
    return sum(np.sin(2 * np.pi * f0 * k * t) / k for k in range(1, 6)).astype(np.float32) * 0.2


def test_swift_f0_reads_the_pitch_of_a_note_in_semitones():
    pytest.importorskip("swift_f0")
    read = PitchEvaluator().recognise([tone(60), tone(60.5), tone(72)], RATE)
    assert np.abs(read - [60, 60.5, 72]).max() < 0.1


def test_visqol_hears_that_a_noisy_replica_is_worse():
    pytest.importorskip("visqol")
    original, evaluator = tone(60, 2.0), QualityEvaluator()
    noisy = original + np.random.default_rng(0).normal(0, 0.05, original.size).astype(np.float32)
    assert evaluator.quality(original, original, RATE) > 4.5 > evaluator.quality(original, noisy, RATE)
