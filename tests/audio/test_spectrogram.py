"""The transform, judged by librosa, by a DFT written out, by least squares, and by tones."""

from concurrent.futures import ThreadPoolExecutor

import librosa
import numpy as np
import pytest
from pydantic import ValidationError

from audio.errors import SpectrogramShapeError
from audio.spectrogram import SILENCE_LEVEL_DB, SpectrogramTransform, _resize_matrix
from audio.spectrogram_config import SpectrogramConfig

STFT_TOLERANCE = 1e-5  # of the STFT's peak
RECONSTRUCTION_TOLERANCE = 2e-6  # of full scale
LEAST_SQUARES_TOLERANCE = 1e-5  # of the waveform's peak
BIJECTION_TOLERANCE = 2e-5  # of each magnitude
LEVEL_TOLERANCE_DB = 0.01
SCALLOPING_LOSS_DB = 1.42  # of the Hann window, for a tone half way between two bins
TRUE_PHASE_SNR_DB = 90.0
FLOAT32_STEP = 1e-6  # relative
RESIZE_TOLERANCE = 1e-5  # of the picture's range
RESIZED_CORRELATION = 0.8  # between a picture and the same through 28 x 28
ROUNDING_AT_THE_FLOOR = 1e-4  # of the picture's range: what float32 FFTs differ by 80 dB under the peak
OUTER_BIN_ENERGY = 0.5  # share kept without the phase; a random start leaves sign changes in DC
QUIETEST_DB = -110.0  # what silence may sound like

FRAMINGS: list[dict[str, int]] = [
    {"n_fft": 256, "hop_length": 64, "win_length": 256},
    {"n_fft": 2048, "hop_length": 512, "win_length": 2048, "n_frames": 20},
    {"n_fft": 512, "hop_length": 128, "win_length": 300, "n_frames": 40},
    {"n_fft": 256, "hop_length": 100, "win_length": 256},  # hop does not divide n_fft
    {"n_fft": 255, "hop_length": 64, "win_length": 200},  # odd padding, odd margin of the window
    {"n_fft": 441, "hop_length": 147, "win_length": 441},
    {"n_fft": 255, "hop_length": 51, "win_length": 201, "n_frames": 33},
    {"n_fft": 64, "hop_length": 16, "win_length": 64, "n_frames": 5},
]
framings = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda f: "-".join(map(str, f.values())))


def build(**settings):
    return SpectrogramTransform(SpectrogramConfig(**settings))


def noise(transform, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, transform.config.n_samples).astype(np.float32)


def tone(transform, hz, amplitude=1.0):
    c = transform.config
    return (amplitude * np.sin(2 * np.pi * hz / c.sample_rate * np.arange(c.n_samples))).astype(np.float32)


def padded(transform, waveform):
    """The documented framing: zeros by (n_fft - hop) / 2 on both sides, the odd one on the right."""
    missing = transform.config.n_fft - transform.config.hop_length
    return np.pad(waveform, (missing // 2, missing - missing // 2))


def snr_db(actual, expected):
    return float(10 * np.log10(np.sum(expected**2) / np.sum((actual - expected) ** 2)))


# --- framing -----------------------------------------------------------------------------------------


@framings
def test_stft_is_that_of_librosa(framing):
    transform = build(**framing)
    c, waveform = transform.config, noise(transform)
    expected = librosa.stft(
        padded(transform, waveform),
        n_fft=c.n_fft,
        hop_length=c.hop_length,
        win_length=c.win_length,
        window="hann",
        center=False,
    )
    actual = transform.stft(waveform)
    assert actual.dtype == np.complex64
    assert actual.shape == expected.shape == (c.n_bins, c.n_frames)
    assert np.abs(actual - expected).max() < STFT_TOLERANCE * np.abs(expected).max()


def test_stft_of_real_recordings_is_that_of_librosa(transform, recordings):
    for waveform in recordings:
        expected = librosa.stft(padded(transform, waveform), n_fft=256, hop_length=64, center=False)
        error = np.abs(transform.stft(waveform) - expected).max()
        assert error < STFT_TOLERANCE * np.abs(expected).max()


def test_stft_is_the_windowed_dft_written_out():
    transform = build(n_fft=30, hop_length=7, win_length=21, n_frames=9)
    waveform = noise(transform).astype(np.float64)
    n = np.arange(30)
    window = np.where((n >= 4) & (n < 25), np.sin(np.pi * (n - 4) / 21) ** 2, 0)  # 4 = (30 - 21) // 2
    dft = np.exp(-2j * np.pi * np.outer(np.arange(16), n) / 30)
    signal = np.concatenate([np.zeros(11), waveform, np.zeros(12)])  # 11 = (30 - 7) // 2
    expected = np.stack([dft @ (window * signal[7 * i : 7 * i + 30]) for i in range(9)], axis=1)
    error = np.abs(transform.stft(waveform.astype(np.float32)) - expected).max()
    assert error < STFT_TOLERANCE * np.abs(expected).max()


@framings
def test_istft_of_the_stft_is_the_waveform_to_its_edges(framing):
    transform = build(**framing)
    waveform = noise(transform)
    restored = transform.istft(transform.stft(waveform))
    assert restored.dtype == np.float32
    assert restored.shape == waveform.shape
    assert np.abs(restored - waveform).max() < RECONSTRUCTION_TOLERANCE


@pytest.mark.parametrize("position", [0, 1, -2, -1])
def test_a_click_at_the_very_edge_comes_back(transform, position):
    waveform = np.zeros(transform.config.n_samples, np.float32)
    waveform[position] = 1
    restored = transform.istft(transform.stft(waveform))
    assert np.abs(restored - waveform).max() < RECONSTRUCTION_TOLERANCE


def test_istft_of_any_matrix_is_the_least_squares_waveform():
    """No waveform has a random matrix for its STFT; istft must give the one that comes nearest."""
    transform = build(n_fft=16, hop_length=4, win_length=16, n_frames=6)
    c, rng = transform.config, np.random.default_rng(1)
    shape = (c.n_bins, c.n_frames)
    wanted = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
    wanted[[0, -1]] = wanted[[0, -1]].real  # DC and Nyquist of a real signal
    twice = np.full((c.n_bins, 1), np.sqrt(2))  # each bin between stands for two of the full spectrum
    twice[[0, -1]] = 1

    def flat(stft):
        weighted = (stft * twice).ravel()
        return np.concatenate([weighted.real, weighted.imag])

    matrix = np.stack([flat(transform.stft(e)) for e in np.eye(c.n_samples, dtype=np.float32)], axis=1)
    expected = np.linalg.lstsq(matrix, flat(wanted), rcond=None)[0]
    error = np.abs(transform.istft(wanted) - expected).max()
    assert error < LEAST_SQUARES_TOLERANCE * np.abs(expected).max()


@pytest.mark.parametrize(("win_length", "hop_length"), [(256, 256), (64, 64), (100, 128), (60, 64)])
def test_windows_that_leave_gaps_are_refused(win_length, hop_length):
    with pytest.raises(
        ValidationError, match=f"a window of {win_length} samples every {hop_length} leaves gaps"
    ):
        build(win_length=win_length, hop_length=hop_length, n_frames=16)


def test_windows_of_twice_the_hop_leave_no_gap():
    transform = build(win_length=128, hop_length=64)
    waveform = noise(transform)
    assert np.abs(transform.istft(transform.stft(waveform)) - waveform).max() < RECONSTRUCTION_TOLERANCE


def test_arrays_of_another_shape_are_refused(transform):
    c = transform.config
    with pytest.raises(SpectrogramShapeError) as caught:
        transform.stft(np.zeros(c.n_samples + 1, np.float32))
    assert (caught.value.actual, caught.value.expected) == ((c.n_samples + 1,), (c.n_samples,))
    image = np.zeros(c.image_shape, np.float32)
    for call in (
        lambda: transform.forward(np.zeros((1, c.n_samples), np.float32)),
        lambda: transform.forward(np.zeros((c.n_samples, 2), np.float32)),
        lambda: transform.istft(np.zeros((c.n_frames, c.n_bins), np.complex64)),
        lambda: transform.magnitude(image[:-1], 0.0),
        lambda: transform.inverse(image[None], 0.0),
        lambda: transform.inverse(image, 0.0, phase=np.zeros((c.n_bins - 1, c.n_frames), np.float32)),
    ):
        with pytest.raises(SpectrogramShapeError):
            call()


def test_a_clip_is_cut_or_padded_to_the_one_length_and_told(transform):
    n_samples = transform.config.n_samples
    whole = np.arange(n_samples, dtype=np.float32)
    assert transform.fit_length(whole)[1] is False
    short, cut = transform.fit_length(whole[:100])
    assert not cut
    assert np.array_equal(short, np.pad(whole[:100], (0, n_samples - 100)))
    long, cut = transform.fit_length(np.append(whole, np.float32(7)))
    assert cut
    assert np.array_equal(long, whole)
    assert transform.fit_length(np.zeros(0, np.float32))[0].shape == (n_samples,)


@pytest.mark.parametrize(
    "settings",
    [
        {"hop_length": 257},
        {"win_length": 257},
        {"hop_length": 0},
        {"floor_db": 0.0},
        {"n_frames": 0},
        {"sample_rate": 0},
        {"n_mels": 80},
    ],
)
def test_settings_that_make_no_transform_are_refused(settings):
    with pytest.raises(ValidationError):
        SpectrogramConfig(**settings)


def test_what_follows_from_the_settings_is_computed():
    config = SpectrogramConfig()
    assert (config.n_bins, config.n_samples, config.duration_s) == (129, 8192, 1.024)
    assert config.image_shape == (129, 128)
    assert SpectrogramConfig(image_height=28).image_shape == (28, 128)


# --- tones and levels --------------------------------------------------------------------------------


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


# --- pictures of another size ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_in", "n_out"), [(129, 28), (128, 28), (28, 129), (28, 128), (129, 64), (7, 7), (2, 690), (1025, 2)]
)
def test_each_row_of_a_resizing_matrix_sums_to_one(n_in, n_out):
    matrix = _resize_matrix(n_in, n_out)
    assert matrix.shape == (n_out, n_in)
    assert matrix.min() >= 0
    assert matrix.sum(axis=1) == pytest.approx(np.ones(n_out), abs=FLOAT32_STEP)
    assert (matrix.sum(axis=0) > 0).all()  # every input cell counts
    assert np.array_equal(matrix, matrix[::-1, ::-1])  # no half-cell shift to one side


def test_resizing_to_the_same_size_is_the_identity():
    assert np.array_equal(_resize_matrix(28, 28), np.eye(28, dtype=np.float32))


def test_a_straight_ramp_stays_straight_when_enlarged():
    ramp = _resize_matrix(28, 129) @ np.arange(28, dtype=np.float32)
    inner = np.diff(ramp)[4:-4]
    assert inner == pytest.approx(np.full(inner.size, 28 / 129), abs=RESIZE_TOLERANCE)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_picture_stays_constant(value):
    small, full = build(image_height=28, image_width=28), build()
    actual = small.magnitude(np.full((28, 28), value, np.float32), -10.0)
    expected = full.magnitude(np.full((129, 128), value, np.float32), -10.0)
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() < RESIZE_TOLERANCE * max(expected.max(), 1)


@pytest.mark.parametrize("shape", [(28, 28), (64, 64), (128, 64), (200, 300)])
def test_a_resized_picture_keeps_the_gross_structure(shape, speech, transform):
    resized = build(image_height=shape[0], image_width=shape[1])
    for waveform in speech:
        spectrogram = resized.forward(waveform)
        assert spectrogram.log_magnitude.shape == shape
        assert 0 <= spectrogram.log_magnitude.min() <= spectrogram.log_magnitude.max() <= 1 + FLOAT32_STEP
        assert spectrogram.level_db == transform.forward(waveform).level_db
        decibels = 20 * np.log10(resized.magnitude(*spectrogram) + 1e-6)
        original = 20 * np.log10(np.abs(transform.stft(waveform)) + 1e-6)
        assert np.corrcoef(decibels.ravel(), original.ravel())[0, 1] > RESIZED_CORRELATION


def test_a_tone_lands_in_its_row_of_a_small_picture():
    transform = build(image_height=28, image_width=28)
    for k in (10, 60, 120):
        rows = transform.forward(tone(transform, k * 31.25)).log_magnitude[:, 14]
        assert abs(rows.argmax() - ((k + 0.5) * 28 / 129 - 0.5)) <= 1
