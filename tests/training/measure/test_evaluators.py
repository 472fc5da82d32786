"""The external evaluators: used only where they are installed and the config names a label."""

import logging

import numpy as np
import pytest

from training.errors import ConfigError
from training.measure.evaluators import WordEvaluator, is_installed


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
