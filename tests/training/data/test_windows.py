"""Recordings of any length are cut into clips, without being in memory."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.errors import AudioError, SilentAudioError
from audio.files import read_audio
from audio.formats import AudioLimits
from audio.spectrogram_config import SpectrogramConfig
from training.config_data import DataConfig
from training.data.reading import Reader
from training.data.windows import Span, read_spans, spans_of

RATE = 8000
WINDOW_S = 0.5
ONSET_TOLERANCE_S = 0.03  # blocks of 10 ms and a pre-roll of 20 ms
HOUR_S = 3600
MAX_MEMORY_BYTES = 60 << 20  # an hour of 8 kHz as float32 is 115 MB
RESAMPLED_TOLERANCE = 1e-3  # of full scale, between one pass and many
SPECTROGRAM = SpectrogramConfig(
    sample_rate=RATE, n_fft=256, hop_length=80, win_length=256, n_frames=int(WINDOW_S * RATE / 80)
)


def cut(segment, **settings):
    return DataConfig.model_validate({"name": "x", "recordings": "x", "segment": segment} | settings)


def tone(duration_s, pitch_hz=440, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * pitch_hz * np.arange(round(duration_s * rate)) / rate)


def recording(path, events, duration_s, rate=RATE):
    """A file that is silent but for tones: (begin, duration) in seconds."""
    waveform = np.random.default_rng(0).normal(0, 1e-4, round(duration_s * rate))
    for begin_s, lasts_s in events:
        start = round(begin_s * rate)
        sound = tone(lasts_s, rate=rate)
        waveform[start : start + sound.size] += sound
    soundfile.write(path, waveform, rate)
    return path


def seconds(spans):
    return [(span.start / RATE, span.stop / RATE) for span in spans]


def test_the_start_of_a_recording_is_one_clip_as_it_is(tmp_path):
    path = recording(tmp_path / "a.wav", [(0.2, 0.3), (3, 0.3)], 4)
    (span,) = spans_of(Reader(path, RATE), cut("start"), SPECTROGRAM)
    (waveform,) = read_spans(path, RATE, [span])
    assert span.start == 0
    np.testing.assert_array_equal(waveform, read_audio(path.read_bytes(), RATE, AudioLimits()).waveform)


@pytest.mark.parametrize("begin_s", [0.3, 0.49, 2.0, 50.0])
def test_a_sound_that_begins_late_in_the_window_or_after_it_is_where_the_clip_starts(begin_s, tmp_path):
    path = recording(tmp_path / "a.wav", [(begin_s, 0.3)], begin_s + 2)
    (span,) = spans_of(Reader(path, RATE), cut("start"), SPECTROGRAM)
    assert span.start / RATE == pytest.approx(begin_s, abs=ONSET_TOLERANCE_S)
    (waveform,) = read_spans(path, RATE, [span])
    assert np.abs(waveform[: SPECTROGRAM.n_samples]).max() > 0.4


def test_every_onset_begins_a_clip_that_ends_before_the_next(tmp_path):
    events = [(0.3, 0.2), (1.0, 0.2), (1.35, 0.2), (3.0, 0.2)]
    path = recording(tmp_path / "a.wav", events, 5)
    found = seconds(spans_of(Reader(path, RATE), cut("onset"), SPECTROGRAM))
    assert [begin for begin, _ in found] == pytest.approx([0.3, 1.0, 1.35, 3.0], abs=ONSET_TOLERANCE_S)
    assert [end - begin for begin, end in found] == pytest.approx(
        [0.5, 0.35, 0.5, 0.5], abs=ONSET_TOLERANCE_S
    )


def test_an_onset_that_follows_too_soon_begins_no_clip(tmp_path):
    path = recording(tmp_path / "a.wav", [(1.0, 0.05), (1.25, 0.05)], 3)
    assert len(spans_of(Reader(path, RATE), cut("onset", min_clip_s=0.2), SPECTROGRAM)) == 2
    assert len(spans_of(Reader(path, RATE), cut("onset", min_clip_s=0.3), SPECTROGRAM)) == 1


def test_a_sound_longer_than_the_window_gives_several_clips(tmp_path):
    path = recording(tmp_path / "a.wav", [(1.0, 1.6), (4.0, 0.6)], 6)
    starts = [begin for begin, _ in seconds(spans_of(Reader(path, RATE), cut("onset"), SPECTROGRAM))]
    # 1.6 s are three windows and a rest of 0.1 s, 0.6 s are one: a rest under min_clip_s is no clip.
    assert starts == pytest.approx([1.0, 1.5, 2.0, 4.0], abs=ONSET_TOLERANCE_S)


def test_a_hop_gives_clips_in_a_row_without_the_silent_ones(tmp_path):
    path = recording(tmp_path / "a.wav", [(0.0, 1.2), (3.1, 0.2)], 4.2)
    assert seconds(spans_of(Reader(path, RATE), cut("hop"), SPECTROGRAM)) == [
        (0, 0.5),
        (0.5, 1.0),
        (1.0, 1.5),
        (3.0, 3.5),
    ]
    overlapping = seconds(spans_of(Reader(path, RATE), cut("hop", hop_s=0.25), SPECTROGRAM))
    assert overlapping == [
        *[(n / 4, n / 4 + 0.5) for n in range(5)],
        *[(n / 4, n / 4 + 0.5) for n in (11, 12, 13)],
    ]


@pytest.mark.parametrize("segment", ["start", "onset", "hop"])
def test_a_silent_recording_is_refused_however_long_it_is(segment, tmp_path):
    for duration_s in (1, 40):
        soundfile.write(tmp_path / "a.wav", np.zeros(duration_s * RATE), RATE)
        with pytest.raises(SilentAudioError):
            spans_of(Reader(tmp_path / "a.wav", RATE), cut(segment), SPECTROGRAM)


def test_the_waveforms_of_spans_are_those_samples(tmp_path):
    waveform = np.random.default_rng(1).uniform(-0.9, 0.9, 40 * RATE).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", waveform, RATE, subtype="FLOAT")
    spans = [
        Span(0, 10),
        Span(5, 70_000),
        Span(69_999, 70_001),
        Span(250_000, 319_000),
        Span(319_990, 330_000),
    ]
    for span, found in zip(spans, read_spans(tmp_path / "a.wav", RATE, spans), strict=True):
        np.testing.assert_array_equal(found, waveform[span.start : span.stop])


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_long_recording_is_what_a_short_one_would_be(rate, channels, tmp_path):
    sound = np.tile(tone(31, rate=rate)[:, None], channels) * np.linspace(1, 0.5, channels)
    soundfile.write(tmp_path / "a.wav", sound, rate, subtype="FLOAT")
    blocks = list(Reader(tmp_path / "a.wav", RATE).blocks())
    assert len(blocks) > 1
    whole = read_audio((tmp_path / "a.wav").read_bytes(), RATE, AudioLimits(max_duration_s=40)).waveform
    streamed = np.concatenate(blocks)
    assert abs(streamed.size - whole.size) <= 1
    n = min(streamed.size, whole.size)
    assert np.abs(streamed[:n] - whole[:n]).max() < RESAMPLED_TOLERANCE


def test_a_long_recording_in_antiphase_is_its_louder_channel(tmp_path):
    sound = tone(31)
    soundfile.write(tmp_path / "a.wav", np.stack([0.8 * sound, -sound], axis=1), RATE, subtype="FLOAT")
    streamed = np.concatenate(list(Reader(tmp_path / "a.wav", RATE).blocks()))
    np.testing.assert_allclose(streamed, -sound, atol=RESAMPLED_TOLERANCE)


def test_a_long_recording_of_a_phone_is_read_in_blocks(tmp_path):
    import av

    with av.open(tmp_path / "a.m4a", "w") as container:
        stream = container.add_stream("aac", rate=RATE)
        frame = av.AudioFrame.from_ndarray(tone(40).astype(np.float32)[None], "fltp", "mono")
        frame.sample_rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    blocks = list(Reader(tmp_path / "a.m4a", RATE).blocks())
    assert len(blocks) > 1
    assert sum(block.size for block in blocks) / RATE == pytest.approx(40, abs=0.3)
    assert 0.2 < np.abs(np.concatenate(blocks)).max() < 0.8  # AAC changes the level of a tone


def test_a_long_file_that_is_no_sound_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(bytes(17 << 20))
    with pytest.raises(AudioError):
        list(Reader(tmp_path / "a.wav", RATE).blocks())


def memory_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def hour_long(path):
    """Ten tones in an hour of silence."""
    second = np.zeros(RATE, np.float32)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for n in range(HOUR_S):
            file.write(tone(0.4).astype(np.float32) if n % 360 == 10 else second)
    return path


def test_an_hour_is_cut_without_being_in_memory(tmp_path):
    path = hour_long(tmp_path / "hour.wav")
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_windows import RATE, SPECTROGRAM, cut, memory_bytes
from training.data.reading import Reader
from training.data.windows import read_spans, spans_of
path = Path({str(path)!r})
before = memory_bytes()
spans = spans_of(Reader(path, RATE), cut("onset"), SPECTROGRAM)
assert all(abs(waveform).max() > 0.4 for waveform in read_spans(path, RATE, spans))
print(len(spans), memory_bytes() - before)
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    n_clips, grown = map(int, finished.stdout.split())
    assert n_clips == 10
    assert grown < MAX_MEMORY_BYTES
