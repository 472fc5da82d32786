"""The losses against their definitions."""

import numpy as np
import pytest
from keras import ops

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.config_model import LoudnessWeightedLoss, MeanSquaredLoss
from training.networks.losses import auditory_bands, kl_divergence, label_loss, reconstruction_loss

KL_TOLERANCE = 1e-4  # nats
LOSS_TOLERANCE = 1e-5  # relative, float32

SHAPE = (2, 8, 6, 1)
TONES = SpectrogramConfig(sample_rate=44100, n_fft=2048, hop_length=1024, win_length=2048, n_frames=4)
BANDS_ALONE = LoudnessWeightedLoss(slope=0, quiet_weight=0, loud_weight=0, bands=1, scale=1)
STRUCTURE_ALONE = LoudnessWeightedLoss(slope=0, quiet_weight=0, loud_weight=0, structure=1, scale=1)


def number(tensor):
    return float(ops.convert_to_numpy(tensor))


def divergence(mu, sigma, latent_dim=1):
    z_mean = np.full((1, latent_dim), mu, np.float32)
    z_log_var = np.full((1, latent_dim), 2 * np.log(sigma), np.float32)
    result = kl_divergence(z_mean, z_log_var)
    assert tuple(result.shape) == (1,)
    return number(result[0])


def integral(mu, sigma):
    """The integral of p ln(p / q) for p = N(mu, sigma), q = N(0, 1)."""
    x = np.linspace(mu - 12 * sigma, mu + 12 * sigma, 20_001)
    log_p = -0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi))
    log_q = -0.5 * x**2 - np.log(np.sqrt(2 * np.pi))
    return float(np.trapezoid(np.exp(log_p) * (log_p - log_q), x))


@pytest.mark.parametrize("latent_dim", [1, 2, 64])
def test_the_divergence_that_the_thesis_prints_is_positive(latent_dim):
    # The thesis prints -0.4431 for mean 0.5 and deviation 0.5; a divergence is never negative.
    assert divergence(0.5, 0.5, latent_dim) / latent_dim == pytest.approx(0.4431, abs=KL_TOLERANCE)


@pytest.mark.parametrize(("mu", "sigma"), [(0.5, 0.5), (0, 1), (-2, 0.1), (1.5, 2), (0.3, 1.1), (4, 0.02)])
def test_the_divergence_is_its_integral(mu, sigma):
    assert divergence(mu, sigma) == pytest.approx(integral(mu, sigma), abs=KL_TOLERANCE)


def test_the_divergence_of_the_prior_to_itself_is_zero():
    assert divergence(0, 1, 16) == 0


def test_the_divergence_is_per_clip():
    z_mean = np.array([[0, 0], [1, 0]], np.float32)
    found = ops.convert_to_numpy(kl_divergence(z_mean, np.zeros_like(z_mean)))
    np.testing.assert_allclose(found, [0, 0.5], rtol=LOSS_TOLERANCE)


@pytest.mark.parametrize("config", [MeanSquaredLoss(), LoudnessWeightedLoss()], ids=lambda c: c.kind)
def test_equal_pictures_cost_nothing(config):
    x = np.random.default_rng(0).random(SHAPE, np.float32)
    assert number(reconstruction_loss(x, x, config)) == 0


def test_the_mean_squared_loss_is_scaled():
    x, y = np.zeros(SHAPE, np.float32), np.full(SHAPE, 0.5, np.float32)
    assert number(reconstruction_loss(x, y, MeanSquaredLoss(scale=8))) == pytest.approx(8 * 0.25)


def test_the_same_error_weighs_more_in_a_loud_cell():
    quiet, loud = np.full(SHAPE, 0.1, np.float32), np.full(SHAPE, 0.8, np.float32)
    costs = [
        number(reconstruction_loss(x, x + np.float32(0.1), LoudnessWeightedLoss())) for x in (quiet, loud)
    ]
    # weights 0.2 and 0.2 + 4 (0.9 - 0.4); equal errors have no slope; scale 10
    assert costs == pytest.approx([10 * 0.2 * 0.1, 10 * 2.2 * 0.1], rel=LOSS_TOLERANCE)


def test_inventing_a_loud_cell_costs_what_missing_it_costs():
    x, y = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    y[0, 3, 2] = 0.9
    config = LoudnessWeightedLoss()
    assert number(reconstruction_loss(x, y, config)) == pytest.approx(
        number(reconstruction_loss(y, x, config)), rel=LOSS_TOLERANCE
    )


def test_a_blurred_harmonic_costs_more_than_a_moved_level():
    x = np.full(SHAPE, 0.5, np.float32)
    level, ripple = x + np.float32(0.1), x.copy()
    ripple[:, ::2] += 0.1
    ripple[:, 1::2] -= 0.1
    config = LoudnessWeightedLoss(loud_weight=0, slope=0.7)
    costs = [number(reconstruction_loss(x, y, config)) for y in (level, ripple)]
    assert costs[1] == pytest.approx(costs[0] * (1 + 0.7 * 2), rel=LOSS_TOLERANCE)


@pytest.mark.parametrize("evenness", [0, 0.5, 1])
def test_a_clip_of_few_sounding_cells_weighs_as_much_as_evenness_says(evenness):
    narrow, wide = np.zeros((2, 100, 100, 1), np.float32)
    narrow[0], wide[:] = 0.9, 0.9  # a hundredth of the cells sounds, and all of them
    x = np.stack([narrow, wide])
    missed = [np.stack([x[0] * 0, x[1]]), np.stack([x[0], x[1] * 0])]
    config = LoudnessWeightedLoss(evenness=evenness, slope=0)
    costs = [number(reconstruction_loss(x, y, config)) for y in missed]
    assert costs[1] / costs[0] == pytest.approx(100 ** (1 - evenness), rel=0.2)


def test_a_small_error_costs_its_square_and_a_large_one_itself():
    x = np.zeros((1, 4, 4, 1), np.float32)
    config = LoudnessWeightedLoss(slope=0, quiet_weight=1, loud_weight=0, scale=1, rounded=0.1)
    small, double, large = (number(reconstruction_loss(x, x + error, config)) for error in (0.005, 0.01, 0.9))
    assert double / small == pytest.approx(4, rel=0.01)
    assert large == pytest.approx(0.9 - 0.1, rel=0.01)


def band_cost(x, y):
    return number(reconstruction_loss(x, y, BANDS_ALONE, TONES))


def test_an_auditory_band_is_as_wide_as_measured():
    fine = TONES.model_copy(update={"n_fft": 16384, "win_length": 16384})
    bands, bin_hz = auditory_bands(fine), 44100 / 16384
    assert bands.shape == (8193, 64)
    middles = bands.argmax(axis=0) * bin_hz
    assert middles[0] == pytest.approx(50, abs=bin_hz)
    assert middles[-1] == 22050
    band = int(np.abs(middles - 1000).argmin())
    width_hz = 1.019 * 24.7 * (1 + 0.00437 * middles[band])  # where the filter has a sixteenth of the power
    there = round((middles[band] + width_hz) / bin_hz)
    assert bands[there, band] == pytest.approx(1 / 16, rel=0.05)


def test_no_band_of_an_ear_lies_between_two_bands_that_are_compared():
    fine = TONES.model_copy(update={"n_fft": 16384, "win_length": 16384})
    middles = auditory_bands(fine).argmax(axis=0) * 44100 / 16384
    widths = 24.7 * (1 + 0.00437 * middles)  # equivalent rectangular bandwidths in Hz
    assert (np.diff(middles) < 0.75 * widths[1:]).all()


def test_a_level_that_is_wrong_everywhere_costs_itself_in_every_band():
    x = np.full((1, 1025, 4, 1), 0.9, np.float32)
    assert band_cost(x, x - np.float32(0.1)) == pytest.approx(0.1, rel=1e-3)


def test_power_that_moves_within_a_band_costs_less_than_power_that_moves_out_of_it():
    x = np.zeros((1, 1025, 4, 1), np.float32)
    beside, away = x.copy(), x.copy()
    x[:, 700], beside[:, 704], away[:, 500] = 0.8, 0.8, 0.8  # bins of 22 Hz; a band there is 1.8 kHz wide
    assert band_cost(x, beside) < 0.1 * band_cost(x, away)


def test_what_lies_below_the_floor_of_a_band_costs_hardly_anything():
    x = np.zeros((1, 1025, 4, 1), np.float32)
    x[:, 20] = 1
    inaudible, faint = x.copy(), x.copy()
    inaudible[:, 900:] += 5e-4  # -125 dB in each bin, once the floor is taken away
    faint[:, 900:] += 0.03  # -88 dB in each of 125 bins
    assert band_cost(x, inaudible) < 1e-4
    assert band_cost(x, faint) > 2e-3


def test_the_power_of_a_band_is_that_of_the_sound():
    rng, transform = np.random.default_rng(0), SpectrogramTransform(TONES)
    spectrogram = transform.forward(rng.standard_normal(TONES.n_samples).astype(np.float32))
    image = spectrogram.log_magnitude
    power = transform.magnitude(image, spectrogram.level_db)
    quieter = transform.spectrogram(power * np.where(np.arange(TONES.n_bins) < 500, 1.0, 0.5)[:, None])
    expected = 20 * np.log10(2) / 80 * (auditory_bands(TONES).argmax(axis=0) > 520).mean()
    found = band_cost(image[None, ..., None], quieter.log_magnitude[None, ..., None])
    assert found == pytest.approx(expected, rel=0.1)


def structure_cost(x, y, share=1.0):
    return number(reconstruction_loss(x, y, STRUCTURE_ALONE, TONES, share))


def tilted(slope):
    """A spectrogram that rises by so much of the range from the lowest bin to the highest."""
    rows = 0.5 + slope * np.linspace(-0.5, 0.5, TONES.n_bins, dtype=np.float32)
    return np.broadcast_to(rows[None, :, None, None], (1, TONES.n_bins, 4, 1))


def test_structure_costs_nothing_where_it_is_right_and_two_where_it_is_upside_down():
    image = np.random.default_rng(0).random((2, TONES.n_bins, 4, 1), np.float32)
    assert structure_cost(image, image) == pytest.approx(0, abs=1e-5)
    assert structure_cost(tilted(-0.8), tilted(-0.8)) == pytest.approx(0, abs=1e-5)
    flat, falling = structure_cost(tilted(-0.8), tilted(-0.4)), structure_cost(tilted(-0.8), tilted(0.8))
    assert 0 < flat < falling < 2


def test_structure_does_not_hear_a_level_that_is_wrong_everywhere():
    x = np.clip(tilted(0.4), 0.2, 0.9)
    assert structure_cost(x, x - np.float32(0.02)) < 0.01


def test_structure_is_the_similarity_of_three_neighbours_by_its_definition():
    x, y = np.random.default_rng(0).random((2, 1, TONES.n_bins, 4, 1), np.float32)
    levels = [band_levels(image) for image in (x, y)]
    total = 0.0
    for band in range(62):
        a, b = (level[band : band + 3] for level in levels)
        weights = np.array([1 / 6, 2 / 3, 1 / 6])[:, None]
        a, b = a - (weights * a).sum(axis=0), b - (weights * b).sum(axis=0)
        common, own = (weights * a * b).sum(axis=0), (weights * (a**2 + b**2)).sum(axis=0)
        total += ((2 * common + 2.5e-5) / (own + 2.5e-5)).mean() / 62
    assert structure_cost(x, y) == pytest.approx(1 - total, rel=1e-3)


def band_levels(image):
    """Of (1, n_bins, n_frames, 1), in float64."""
    magnitude = 10 ** ((image[0, ..., 0].astype(np.float64) - 1) * 4) * (1 + 1e-4) - 1e-4
    return 1 + np.log10(auditory_bands(TONES).T @ magnitude**2 + 1e-9) / 8


def peak_cost(x, y, share=1.0):
    config = LoudnessWeightedLoss(slope=0, quiet_weight=0, loud_weight=0, peak=1, scale=1)
    return number(reconstruction_loss(x, y, config, share=share))


def test_the_peak_costs_what_it_lacks_where_it_is():
    x, lower, elsewhere, louder = np.zeros((4, 1, 64, 8, 1), np.float32)
    x[0, 5, 2], lower[0, 5, 2], elsewhere[0, 40, 6] = 1, 0.8, 1
    louder[0, 5, 2], louder[0, 30, 3] = 1, 0.5  # 40 dB below the peak
    assert peak_cost(x, lower) == pytest.approx(0.2, rel=1e-3)
    assert peak_cost(x, elsewhere) == pytest.approx(1, rel=1e-3)
    assert peak_cost(x, louder) < 1e-6


def test_silent_frames_that_are_left_out_change_no_cost():
    rng, config = np.random.default_rng(0), LoudnessWeightedLoss(bands=1, structure=1, peak=1)
    x, y = np.zeros((2, 1, 1025, 8, 1), np.float32)
    x[:, :, :4], y[:, :, :4] = rng.random((2, 1, 1025, 4, 1), np.float32)
    whole = number(reconstruction_loss(x, y, config, TONES))
    part = number(reconstruction_loss(x[:, :, :4], y[:, :, :4], config, TONES, share=0.5))
    assert part == pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize("n_values", [2, 6, 10])
def test_a_guess_costs_one(n_values):
    truth = np.eye(n_values, dtype=np.float32)
    guess = np.full((n_values, n_values), 1 / n_values, np.float32)
    assert number(label_loss(truth, guess)) == pytest.approx(1, rel=LOSS_TOLERANCE)


def test_the_certain_truth_costs_nothing_and_a_certain_lie_stays_finite():
    truth = np.eye(3, dtype=np.float32)
    assert number(label_loss(truth, truth)) == pytest.approx(0, abs=LOSS_TOLERANCE)
    lie = number(label_loss(truth, truth[[1, 2, 0]]))
    assert np.isfinite(lie)
    assert lie > 1
