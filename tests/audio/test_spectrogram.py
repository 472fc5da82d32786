"""The transform between waveform and spectrogram, judged by tones, levels and real recordings."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from audio.spectrogram import SILENCE_LEVEL_DB
from tests.audio.transforms import build, noise, snr_db, tone

BIJECTION_TOLERANCE = 2e-5  # of each magnitude
LEVEL_TOLERANCE_DB = 0.01
SCALLOPING_LOSS_DB = 1.42  # of the Hann window, for a tone half way between two bins
TRUE_PHASE_SNR_DB = 90.0
FLOAT32_STEP = 1e-6  # relative
ROUNDING_AT_THE_FLOOR = 1e-4  # of the picture's range: what float32 FFTs differ by 80 dB under the peak
OUTER_BIN_ENERGY = 0.5  # share kept without the phase; a random start leaves sign changes in DC
QUIETEST_DB = -110.0  # what silence may sound like


@pytest.mark.parametrize("k", [1, 2, 17, 64, 127])
@pytest.mark.parametrize("dbfs", [0.0, -6.0, -60.0])
def test_a_tone_lands_in_its_bin_at_its_level(transform, k, dbfs):
    waveform = tone(transform, hz=k * 8000 / 256, amplitude=10 ** (dbfs / 20))
    spectrogram = transform.forward(waveform)
    middle = spectrogram.log_magnitude[:, 4:-4]  # away from the onset
    assert (middle.argmax(axis=0) == k).all()
    assert spectrogram.log_magnitude.max() == pytest.approx(1, abs=FLOAT32_STEP)
    if 1 < k < 127:  # next to DC and Nyquist the tone meets its own mirror image
        assert spectrogram.level_db == pytest.approx(dbfs, abs=LEVEL_TOLERANCE_DB)


def test_a_tone_between_two_bins_reads_low_by_the_scalloping_of_hann(
    transform,
):
    level_db = transform.forward(tone(transform, hz=40.5 * 8000 / 256)).level_db
    assert level_db == pytest.approx(-SCALLOPING_LOSS_DB, abs=LEVEL_TOLERANCE_DB)


def test_two_tones_keep_their_distance_in_decibels(transform):
    both = tone(transform, 20 * 31.25) + tone(transform, 90 * 31.25, amplitude=0.01)
    middle = transform.forward(both).log_magnitude[:, 60]
    distance_db = (middle[20] - middle[90]) * -transform.config.floor_db
    assert distance_db == pytest.approx(40, abs=0.1)  # the floor added to both lifts the lower one


def test_a_quiet_clip_comes_back_quiet(transform, speech):
    for waveform in speech:
        loud, quiet = transform.forward(waveform), transform.forward(waveform * np.float32(1e-3))
        assert loud.level_db - quiet.level_db == pytest.approx(60, abs=LEVEL_TOLERANCE_DB)
        assert np.abs(loud.log_magnitude - quiet.log_magnitude).max() < ROUNDING_AT_THE_FLOOR
        ratio = np.std(transform.inverse(*loud)) / np.std(transform.inverse(*quiet))
        assert 20 * np.log10(ratio) == pytest.approx(60, abs=0.1)
        assert 20 * np.log10(np.std(transform.inverse(*quiet)) / np.std(waveform)) == pytest.approx(
            -60, abs=0.5
        )


@pytest.mark.parametrize("amplitude", [0.0, 1e-30, 1e-7])
def test_silence_is_finite_both_ways(transform, amplitude):
    spectrogram = transform.forward(tone(transform, 1000, amplitude))
    assert spectrogram.level_db == SILENCE_LEVEL_DB
    assert not spectrogram.log_magnitude.any()
    for phase in ("griffin-lim", "gradient", "zero"):
        waveform = transform.inverse(*spectrogram, phase=phase)
        assert np.isfinite(waveform).all()
        assert np.abs(waveform).max() < 10 ** (QUIETEST_DB / 20)


def test_the_picture_is_float32_between_zero_and_one(transform, speech):
    for waveform in [*speech, noise(transform)]:
        image = transform.forward(waveform).log_magnitude
        assert image.dtype == np.float32
        assert image.min() >= 0
        assert image.max() == pytest.approx(1, abs=FLOAT32_STEP)


@pytest.mark.parametrize("floor_db", [-40.0, -80.0, -120.0])
def test_magnitude_undoes_forward_above_the_floor(speech, floor_db):
    transform = build(floor_db=floor_db)
    for waveform in [*speech, noise(transform)]:
        expected = np.abs(transform.stft(waveform))
        actual = transform.magnitude(*transform.forward(waveform))
        audible = expected > 10 ** (floor_db / 20) * expected.max()
        assert actual.dtype == np.float32
        relative = np.abs(actual - expected)[audible] / expected[audible]
        assert relative.max() < BIJECTION_TOLERANCE
        under_the_floor = actual[~audible]
        assert (under_the_floor <= 1.01 * 10 ** (floor_db / 20) * expected.max()).all()


def test_the_picture_orders_magnitudes_from_nothing_to_the_peak(transform):
    ladder = np.linspace(0, 1, 129 * 128, dtype=np.float32).reshape(129, 128)
    magnitude = transform.magnitude(ladder, -20.0).ravel()
    assert (np.diff(magnitude) > 0).all()
    peak = 0.1 * 256 / 4  # -20 dBFS; a full-scale sine reads half the sum of the window, n_fft / 4
    assert magnitude[-1] == pytest.approx(peak, rel=FLOAT32_STEP)
    assert magnitude[0] < 1e-7 * peak


def test_values_outside_the_picture_are_clipped(transform):
    image = np.linspace(-1, 2, 129 * 128, dtype=np.float32).reshape(129, 128)
    clipped = np.clip(image, 0, 1)
    assert np.array_equal(transform.magnitude(image, 0.0), transform.magnitude(clipped, 0.0))


@pytest.mark.parametrize("row", [0, -1], ids=["DC", "Nyquist"])
def test_the_outermost_bins_survive_the_round_trip(transform, row):
    n = np.arange(transform.config.n_samples)
    waveform = (0.25 * np.where(row == 0, 1, (-1.0) ** n)).astype(np.float32)
    spectrogram = transform.forward(waveform)
    assert (spectrogram.log_magnitude[row, 4:-4] == spectrogram.log_magnitude[:, 4:-4].max(axis=0)).all()
    restored = transform.inverse(*spectrogram, phase=np.angle(transform.stft(waveform)))
    assert snr_db(restored, waveform) > TRUE_PHASE_SNR_DB
    rebuilt = np.abs(transform.stft(transform.inverse(*spectrogram)))[row]  # phase unknown
    energy = np.sum(rebuilt**2) / np.sum(np.abs(transform.stft(waveform))[row] ** 2)
    assert OUTER_BIN_ENERGY < energy < 1.1


def test_the_true_phase_gives_the_clip_back(transform, speech):
    for waveform in [*speech, noise(transform)]:
        restored = transform.inverse(*transform.forward(waveform), phase=np.angle(transform.stft(waveform)))
        assert snr_db(restored, waveform) > TRUE_PHASE_SNR_DB


def test_the_true_phase_gives_real_recordings_back(transform, recordings):
    for waveform in recordings:
        phase = np.angle(transform.stft(waveform))
        assert snr_db(transform.inverse(*transform.forward(waveform), phase=phase), waveform) > (
            TRUE_PHASE_SNR_DB
        )


def test_one_transform_serves_many_threads(speech):
    alone = build(image_height=28, image_width=28)
    expected = [alone.inverse(*alone.forward(w)).tobytes() for w in speech]
    shared = build(image_height=28, image_width=28)  # fresh: its cached matrices are made in the race
    with ThreadPoolExecutor(4) as pool:
        actual = list(pool.map(lambda w: shared.inverse(*shared.forward(w)).tobytes(), speech * 4))
    assert actual == expected * 4
