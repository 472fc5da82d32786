"""Griffin-Lim, judged by the spectral convergence of librosa's."""

from itertools import pairwise

import librosa
import numpy as np
import pytest

from audio.phase import griffin_lim, phase_from_gradient
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig

CONVERGENCE_RATIO = 1.15  # ours over librosa's, mean over clips; single clips scatter with the start
GOOD_CONVERGENCE = 0.15  # share of the magnitude's norm left over
MOMENTUM = 0.99  # librosa's default
EQUAL_ITERATIONS = 32  # of librosa's, from its random start
TURN_ERROR = 0.05  # radians a frame
CLICK_SPREAD = 24  # samples, of a window of 256
CLICK_SHARE = 0.9  # of the energy
SILENCE = 1e-5  # of the peak
STEADY_SHARE = 1.02  # momentum may overshoot by this much between two steps


def convergence(transform, waveform, magnitude):
    """|| |STFT(waveform)| - magnitude || / || magnitude ||."""
    return float(np.linalg.norm(np.abs(transform.stft(waveform)) - magnitude) / np.linalg.norm(magnitude))


def librosa_convergence(magnitude):
    """Of librosa's waveform, in librosa's own framing without centring: the same frames."""
    waveform = librosa.griffinlim(
        magnitude,
        n_iter=EQUAL_ITERATIONS,
        hop_length=64,
        n_fft=256,
        center=False,
        momentum=MOMENTUM,
        random_state=0,
    )
    rebuilt = np.abs(librosa.stft(waveform, n_fft=256, hop_length=64, center=False))
    return float(np.linalg.norm(rebuilt - magnitude) / np.linalg.norm(magnitude))


def random_phase(seed, shape):
    return np.random.default_rng(seed).uniform(-np.pi, np.pi, shape).astype(np.float32)


def from_chance(transform, magnitude, seed, n_iter, momentum=MOMENTUM):
    """The waveform of our Griffin-Lim from a random phase."""
    padded = griffin_lim(
        np.ascontiguousarray(magnitude.T),
        transform._short_time.forward,
        transform._short_time.inverse,
        start=random_phase(seed, magnitude.T.shape),
        n_iter=n_iter,
        momentum=momentum,
    )
    return transform._short_time.unpadded(padded)


def our_convergence(transform, magnitude, seed):
    """Of our Griffin-Lim from as random a start as librosa's."""
    return convergence(transform, from_chance(transform, magnitude, seed, EQUAL_ITERATIONS), magnitude)


def assert_as_good_as_librosa(transform, clips):
    ours, theirs, default = [], [], []
    for seed, clip in enumerate(clips):
        spectrogram = transform.forward(clip)
        magnitude = transform.magnitude(*spectrogram)
        ours.append(our_convergence(transform, magnitude, seed))
        default.append(convergence(transform, transform.inverse(*spectrogram), magnitude))
        theirs.append(librosa_convergence(magnitude))
    assert np.mean(ours) < CONVERGENCE_RATIO * np.mean(theirs)
    assert np.mean(default) < CONVERGENCE_RATIO * np.mean(theirs)
    assert np.mean(ours) < GOOD_CONVERGENCE


def test_griffin_lim_converges_as_that_of_librosa(transform, speech):
    assert_as_good_as_librosa(transform, speech)


def test_griffin_lim_converges_as_that_of_librosa_on_recordings(transform, recordings):
    assert_as_good_as_librosa(transform, recordings)


def test_convergence_falls_with_the_iterations(transform, speech):
    for clip in speech:
        spectrogram = transform.forward(clip)
        magnitude = transform.magnitude(*spectrogram)
        steps = [
            convergence(transform, transform.inverse(*spectrogram, n_iter=n), magnitude)
            for n in (0, 2, 8, 32, 128)
        ]
        assert all(after < STEADY_SHARE * before for before, after in pairwise(steps))


def test_the_gradient_alone_is_nearer_than_eight_iterations_from_chance(transform, speech):
    for clip in speech:
        magnitude = transform.magnitude(*transform.forward(clip))
        found = convergence(transform, transform.resynthesise(magnitude, "gradient"), magnitude)
        assert found < convergence(transform, from_chance(transform, magnitude, 0, 8), magnitude)


@pytest.mark.parametrize(
    ("n_fft", "hop_length", "win_length"), [(256, 64, 256), (512, 64, 256), (1024, 256, 1024), (255, 50, 201)]
)
def test_a_tone_turns_by_its_frequency(n_fft, hop_length, win_length):
    config = SpectrogramConfig(n_fft=n_fft, hop_length=hop_length, win_length=win_length, n_frames=64)
    transform = SpectrogramTransform(config)
    frequency_hz = 1234.5
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(config.n_samples) / config.sample_rate)
    magnitude = np.ascontiguousarray(np.abs(transform.stft(tone.astype(np.float32))).T)
    phase = phase_from_gradient(magnitude, hop_length=hop_length, win_length=win_length, n_fft=n_fft)
    loudest = round(frequency_hz * n_fft / config.sample_rate)
    turned = np.diff(phase[8:-8, loudest]) - 2 * np.pi * frequency_hz * hop_length / config.sample_rate
    assert np.abs(np.angle(np.exp(1j * turned))).max() < TURN_ERROR


def test_a_click_is_one_moment_in_all_bins():
    transform = SpectrogramTransform(SpectrogramConfig(n_frames=32))
    click = np.zeros(transform.config.n_samples, np.float32)
    click[1000] = 1
    found = transform.resynthesise(np.abs(transform.stft(click)))
    near = np.abs(found[1000 - CLICK_SPREAD : 1000 + CLICK_SPREAD])
    assert np.square(near).sum() > CLICK_SHARE * np.square(found).sum()


def test_without_momentum_no_iteration_makes_it_worse(transform, speech):
    """Griffin and Lim 1984 prove it for the original algorithm, which momentum 0 is."""
    magnitude = np.abs(transform.stft(speech[0]))
    waveforms = [from_chance(transform, magnitude, 3, n, momentum=0.0) for n in range(12)]
    assert all(np.diff([convergence(transform, waveform, magnitude) for waveform in waveforms]) < 0)


def test_the_silent_end_of_a_spectrogram_is_not_computed_and_nothing_else_changes(transform, speech):
    log_magnitude, level_db = transform.forward(speech[0])
    log_magnitude[:, 70:] = 0
    magnitude = transform.magnitude(log_magnitude, level_db)
    frames = np.ascontiguousarray(magnitude.T)
    short_time = transform._short_time
    whole = griffin_lim(
        frames,
        short_time.forward,
        short_time.inverse,
        start=phase_from_gradient(frames, hop_length=64, win_length=256, n_fft=256),
        n_iter=3,
        momentum=0.0,
    )
    expected = short_time.unpadded(whole)
    found = transform.resynthesise(magnitude, n_iter=3)
    np.testing.assert_allclose(found, expected, atol=SILENCE * np.abs(expected).max())
    assert not found[70 * 64 + 256 :].any()


def test_zero_phase_is_worse_than_griffin_lim(transform, speech):
    for clip in speech:
        spectrogram = transform.forward(clip)
        magnitude = transform.magnitude(*spectrogram)
        zero = convergence(transform, transform.inverse(*spectrogram, phase="zero"), magnitude)
        found = convergence(transform, transform.inverse(*spectrogram), magnitude)
        assert zero > 2 * found


@pytest.mark.parametrize("phase", ["griffin-lim", "gradient", "zero"])
def test_same_input_gives_the_same_bytes(speech, phase):
    first, second = (SpectrogramTransform(SpectrogramConfig()) for _ in range(2))
    spectrogram = first.forward(speech[0])
    np.random.seed(5)  # the global generator must not matter
    expected = first.inverse(*spectrogram, phase=phase).tobytes()
    np.random.seed(6)
    assert first.inverse(*spectrogram, phase=phase).tobytes() == expected
    assert second.inverse(*spectrogram, phase=phase).tobytes() == expected


@pytest.mark.parametrize("level_db", [-120.0, -60.0, 0.0, 40.0])
@pytest.mark.parametrize("size", [None, 28])
def test_any_picture_gives_finite_sound(level_db, size):
    transform = SpectrogramTransform(SpectrogramConfig(image_height=size, image_width=size))
    shape = transform.config.image_shape
    rng = np.random.default_rng(7)
    lonely = np.zeros(shape, np.float32)
    lonely[shape[0] // 2, shape[1] // 2] = 1
    for image in (
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
        rng.random(shape, dtype=np.float32),
        (rng.random(shape) > 0.5).astype(np.float32),
        lonely,
    ):
        waveform = transform.inverse(image, level_db)
        assert waveform.dtype == np.float32
        assert waveform.shape == (transform.config.n_samples,)
        assert np.isfinite(waveform).all()
        # A frame cannot exceed its magnitudes summed with one phase: n_bins times the peak's sine.
        assert np.abs(waveform).max() < 2 * transform.config.n_bins * 10 ** (level_db / 20)


def test_griffin_lim_takes_windows_that_do_not_divide_evenly():
    transform = SpectrogramTransform(SpectrogramConfig(n_fft=255, hop_length=60, win_length=201))
    rng = np.random.default_rng(0)
    spectrogram = transform.forward(rng.standard_normal(transform.config.n_samples).astype(np.float32))
    magnitude = transform.magnitude(*spectrogram)
    found = convergence(transform, transform.inverse(*spectrogram, n_iter=32), magnitude)
    assert found < convergence(transform, transform.inverse(*spectrogram, phase="zero"), magnitude) / 1.5


def test_griffin_lim_leaves_its_input_alone(transform):
    image = np.random.default_rng(0).random(transform.config.image_shape, dtype=np.float32)
    before = image.copy()
    transform.inverse(image, -6.0, n_iter=2)
    assert np.array_equal(image, before)
