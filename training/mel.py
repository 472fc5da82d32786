"""Bands of the mel scale, by which ears tell sounds apart."""

import warnings
from functools import lru_cache

import numpy as np
from librosa.filters import mel
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramConfig

N_BANDS = 40


@lru_cache(maxsize=8)
def mel_bank(spectrogram: SpectrogramConfig) -> NDArray[np.float32]:
    """The weights of a spectrum's bins in each band, (n_bands, n_bins): 40 bands, or fewer.

    Source: Slaney 1998, by librosa.
    """
    n_bands = min(N_BANDS, spectrogram.n_bins // 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of bands without a bin, which are left out
        bank = mel(sr=spectrogram.sample_rate, n_fft=spectrogram.n_fft, n_mels=n_bands)
    bank = np.asarray(bank[bank.any(axis=1)])  # a low band may fall between two bins
    bank.setflags(write=False)
    return bank
