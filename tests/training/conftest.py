"""A folder of tones, a tiny experiment on it, and one tiny model that was trained and exported."""

import contextlib
import functools
import importlib.util
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import soundfile

MISSING = [n for n in ("keras", "tensorflow", "tf2onnx", "rich") if importlib.util.find_spec(n) is None]

SAMPLE_RATE = 8000
N_TAKES = 10  # of each digit by each speaker
PITCH_HZ = {"0": 400, "1": 1600}
LOUDNESS = {"anna": 0.7, "ben": 0.2}
DURATION_S = 0.1

TINY = """
name = "tiny"
description = "Tones"
seed = 3

[data]
name = "Tones"
licence = "CC0"
recordings = "{recordings}"
pattern = "{{digit}}_{{speaker}}_{{index}}"
labels = ["digit", "speaker"]
test = {{ field = "index", values = "0-1" }}
validation = {{ field = "index", values = "2-3" }}

[spectrogram] # 64 ms
sample_rate = 8000
n_fft = 64
hop_length = 32
win_length = 64
n_frames = 16
image_height = 16

[model]
kind = "variational-autoencoder"
latent_dim = 3
conditional = true
beta = 1e-3
beta_warmup_epochs = 2

[model.network]
family = "residual"
strides = [2]
encoder_width = 8
decoder_width = 8
condition_dim = 4
input_noise = 0.02

[model.loss]
kind = "loudness-weighted"

[fit]
epochs = 2
batch_size = 8
learning_rate = 1e-2
optimizer = "adamw"
max_shift_frames = 2

[export]
refinement_steps = 4
"""
THESIS_NETWORK = (
    "model.network.family=thesis",
    "model.network.filters=[4, 4]",
    "model.network.strides=[1, 2]",
)
RESIDUAL_KEYS = ("strides", "encoder_width", "decoder_width", "condition_dim", "input_noise", "refinement")

if MISSING:

    class _NotHere(pytest.Module):
        """A test module that is reported, not imported."""

        def collect(self):
            pytest.skip(
                f"needs the training environment: {', '.join(MISSING)} not installed (make test-full)"
            )

    def pytest_pycollect_makemodule(module_path, parent):
        return _NotHere.from_parent(parent, path=module_path)


def pytest_configure(config):
    # Keras 3.15 reads TensorFlow 2.21 variables in a way that numpy 2 will not take for ever: theirs to mend.
    config.addinivalue_line(
        "filterwarnings",
        "ignore:__array__ implementation:DeprecationWarning:keras.src.backend.tensorflow.core",
    )


class Exported(NamedTuple):
    """A published model and what it came from."""

    directory: Path
    model: Any  # training.networks.autoencoder.Autoencoder
    config: Any  # training.config.Config
    splits: dict[str, Any]  # training.data.dataset.Dataset
    run: Path


def write_tone(path, pitch_hz, loudness=0.5, seed=0):
    """A tone with a fading end and a little noise."""
    t = np.arange(int(DURATION_S * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.random.default_rng(seed).normal(0, 0.01, t.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = np.sin(2 * np.pi * pitch_hz * t + seed) * (1 - t / DURATION_S)
    soundfile.write(path, loudness * (tone + noise), SAMPLE_RATE)


@pytest.fixture(scope="session")
def tone():
    return write_tone


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """Where commands run, so that nothing is written into the repository."""
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(autouse=True)
def _in_the_workspace(workspace, monkeypatch):
    monkeypatch.chdir(workspace)
    yield
    import keras

    keras.mixed_precision.set_global_policy("float32")


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """{digit}_{speaker}_{index}.wav: two pitches, two loudnesses, ten takes."""
    folder = tmp_path_factory.mktemp("recordings")
    names = [(d, s, i) for d in PITCH_HZ for s in LOUDNESS for i in range(N_TAKES)]
    for seed, (digit, speaker, index) in enumerate(names):
        write_tone(folder / f"{digit}_{speaker}_{index}.wav", PITCH_HZ[digit], LOUDNESS[speaker], seed)
    return folder


@pytest.fixture(scope="session")
def tiny_toml(recordings, tmp_path_factory):
    """The tiny experiment as a file."""
    path = tmp_path_factory.mktemp("configs") / "tiny.toml"
    path.write_text(TINY.format(recordings=recordings.as_posix()), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny(tiny_toml):
    """The tiny experiment with overrides; family="thesis" takes the other family."""
    from training.config import load_config

    def load(*overrides, family="residual"):
        if family == "residual":
            return load_config(tiny_toml, list(overrides))
        text = tiny_toml.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith(RESIDUAL_KEYS)]
        path = tiny_toml.with_name("tiny-thesis.toml")
        path.write_text("\n".join(lines), encoding="utf-8")
        return load_config(path, [*THESIS_NETWORK, *overrides])

    return load


@contextlib.contextmanager
def compiled(**settings):
    """Compiles training steps like this; by default XLA takes ten seconds for milliseconds of work."""
    import keras

    from training.networks.autoencoder import Autoencoder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Autoencoder, "compile", functools.partialmethod(keras.Model.compile, **settings))
        yield


@pytest.fixture(autouse=True)
def _eagerly():
    """A few steps are faster than tracing them; processes of their own compile as users' do."""
    with compiled(run_eagerly=True):
        yield


@pytest.fixture
def in_graphs(_eagerly):
    """The steps are traced into a graph."""
    with compiled(jit_compile=False):
        yield


@pytest.fixture(scope="session")
def exported(tiny, workspace, tmp_path_factory):
    """The tiny conditional VAE, trained for two epochs and published as models/tiny/1."""
    from training.data.dataset import load_splits
    from training.export import export
    from training.fit.run import bind_data, open_run
    from training.fit.train import fit

    folder = tmp_path_factory.mktemp("exported")
    config, run = tiny(), folder / "runs" / "tiny"
    with contextlib.chdir(workspace), compiled(run_eagerly=True):
        splits = load_splits(config)
        open_run(config, run, restart=False)
        bind_data(config, run, splits)
        model = fit(config, splits, run)
        directory = export(model, config, splits, folder / "models")
    return Exported(directory, model, config, splits, run)


@pytest.fixture(scope="module")
def pictures(exported):
    """Spectrograms of four of its training clips, (4, height, width, 1)."""
    return np.asarray(exported.splits["train"].log_magnitude[:4].astype(np.float32))
