import pytest

from audio.manifest import Manifest
from audio.model_directory import save_latents, save_manifest
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from benchmarks.clips import read_recordings, recordings_folder, speech_like
from tests.audio.written_model import content, latents

N_SYNTHETIC_CLIPS = 4
N_RECORDINGS = 12
HEADER_BYTES = 100  # where most of what a decoder believes is written


@pytest.fixture(scope="session")
def transform():
    """The default transform: 8 kHz, n_fft 256, hop 64, 128 frames."""
    return SpectrogramTransform(SpectrogramConfig())


@pytest.fixture(scope="session")
def speech(transform):
    """Synthesised clips of the default transform's length."""
    return [speech_like(seed, transform.config.n_samples) for seed in range(N_SYNTHETIC_CLIPS)]


@pytest.fixture(scope="session")
def recordings(transform):
    """Real spoken digits of the default transform's length."""
    folder = recordings_folder()
    if folder is None:
        pytest.skip("no recordings: set TONESPACE_RECORDINGS to a folder of WAV files")
    return read_recordings(folder, N_RECORDINGS, transform.config.n_samples)


@pytest.fixture(scope="session")
def damaged():
    """Returns a file with random damage."""
    return _damaged


@pytest.fixture
def directory(tmp_path):
    """A whole model directory; the graphs are bytes only, no test here runs them."""
    (tmp_path / "encoder.onnx").write_bytes(b"encoder")
    (tmp_path / "decoder.onnx").write_bytes(b"decoder")
    save_latents(tmp_path / "latents.npz", latents())
    save_manifest(tmp_path, Manifest.model_validate(content(tmp_path)))
    return tmp_path


def _damaged(data, rng):
    """One of: bytes overwritten (mostly in the header), a cut, a hole, a repetition, a wrong splice."""
    changed = bytearray(data)
    kind = rng.integers(8)
    start, end = sorted(int(i) for i in rng.integers(0, len(data), 2))
    if kind <= 3:
        reach = HEADER_BYTES if kind <= 2 else len(data)
        for at in rng.integers(0, min(reach, len(data)), rng.integers(1, 9)):
            changed[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)])
    elif kind == 4:
        del changed[start:]
    elif kind == 5:
        del changed[start:end]
    elif kind == 6:
        changed[start:start] = changed[start:end]
    else:
        changed[start:end] = rng.bytes(end - start)
    return bytes(changed)
