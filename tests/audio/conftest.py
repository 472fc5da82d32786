import pytest

from audio.spectrogram import SpectrogramConfig, SpectrogramTransform
from benchmarks.clips import read_recordings, recordings_folder, speech_like

N_SYNTHETIC_CLIPS = 4
N_RECORDINGS = 12


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
