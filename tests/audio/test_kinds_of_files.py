"""Every kind of file in docs/formats.md gives back the sound that was written, and says what is missing."""

import contextlib
import re
import resource
import struct
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

from audio.errors import AudioError, SilentAudioError, UnreadableAudioError
from audio.files import read_audio
from audio.formats import EXTENSIONS, AudioLimits
from tests.audio.kinds_of_files import (
    DURATION_S,
    KINDS,
    LOSSY,
    RATE_HZ,
    by_ffmpeg,
    by_libsndfile,
    fragmented_mp4,
    mp3_without_count,
    sweep,
)

FORMATS_PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
LIMITS = AudioLimits()
N_MUTATIONS = 100  # of each kind of file
BOMB_MIB = 200  # 60 million frames took 2,200
MAX_SHIFT_S = 0.1  # by a codec whose file does not say it


def read(data):
    return read_audio(data, RATE_HZ, LIMITS)


def correlation(waveform, expected):
    """The correlation with what was written, as far as there is both, at the best shift."""
    most = int(MAX_SHIFT_S * RATE_HZ)
    n = min(waveform.size, expected.size) - 2 * most
    inner = expected[most : most + n]
    products = scipy.signal.correlate(waveform[: n + 2 * most], inner, "valid")
    at = int(products.argmax())
    return float(np.corrcoef(waveform[at : at + n], inner)[0, 1])


@pytest.mark.parametrize("name", KINDS)
def test_the_sound_that_was_written_is_read(name):
    kind = KINDS[name]
    clip = read(kind.data())
    least, most = kind.seconds
    assert least - 0.001 <= clip.duration_s / kind.n_times <= most + 0.001
    assert clip.complete is kind.complete
    assert clip.channel is None
    for nth in range(kind.n_times):
        again = clip.waveform[round(nth * DURATION_S * RATE_HZ) :]
        assert correlation(again, sweep()) >= kind.correlation


def test_the_length_of_an_mp3_without_a_count_is_not_guessed():
    clip = read(mp3_without_count("VARIABLE", seconds=14.0))
    assert 14.0 < clip.duration_s < 14.2


def test_a_codec_that_is_not_allowed_is_refused():
    with pytest.raises(UnreadableAudioError, match=r"its sound is ATSC A/52A \(AC-3\), which is not read"):
        read(by_ffmpeg("mp4/ac3"))


def test_samples_of_3_and_of_4_bytes_at_once_are_refused():
    contradictory = bytearray(by_libsndfile("WAVEX/PCM_24"))
    contradictory[32:34] = struct.pack("<H", 4)  # bytes of a frame
    with pytest.raises(UnreadableAudioError, match="both 3 and 4 bytes for each sample"):
        read(bytes(contradictory))


@pytest.mark.parametrize("kind", ["ipod/aac", "webm/libopus", "mov/pcm_s16le"])
def test_the_first_track_that_is_not_silent_is_read(kind):
    clip = read(by_ffmpeg(kind, tracks=(0, 1, 0.5)))
    assert clip.complete
    assert correlation(clip.waveform, sweep()) >= LOSSY
    assert np.std(clip.waveform) == pytest.approx(np.std(sweep()), rel=0.1)


def test_several_tracks_that_are_all_silent_are_silent():
    with pytest.raises(SilentAudioError, match="The audio is silent: "):
        read(by_ffmpeg("ipod/aac", tracks=10 * (0,)))


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize(("table", "before_count"), [(b"stsz", 8), (b"trun", 4)])
def test_a_table_of_more_frames_than_bytes_takes_no_memory(table, before_count):
    mp4 = bytearray(fragmented_mp4() if table == b"trun" else by_ffmpeg("ipod/aac"))
    at = mp4.index(table) + 4
    mp4[at : at + 4] = bytes([0, 0, 0, 1])  # no sizes of its own
    mp4[at + before_count : at + before_count + 4] = struct.pack(">I", 60_000_000)
    if table == b"stsz":
        mp4[at + 4 : at + 8] = struct.pack(">I", 1)
        chunks = mp4.index(b"stsc") + 12
        mp4[chunks + 4 : chunks + 8] = struct.pack(">I", 60_000_000)
    before = peak_mib()
    with contextlib.suppress(UnreadableAudioError):
        assert not read(bytes(mp4)).complete
    assert peak_mib() - before < BOMB_MIB


def test_a_list_of_edits_repeats_nothing():
    mp4 = by_ffmpeg("ipod/aac")
    at = mp4.index(b"elst") - 4
    edit, n_edits = mp4[at + 16 : at + 28], 10_000
    edits = (
        struct.pack(">I", 16 + 12 * n_edits)
        + b"elst"
        + bytes(4)
        + struct.pack(">I", n_edits)
        + n_edits * edit
    )
    repeated = bytearray(mp4[:at] + edits + mp4[at + 28 :])
    for parent in (b"moov", b"trak", b"edts"):
        size_at = mp4.index(parent) - 4
        (size,) = struct.unpack_from(">I", mp4, size_at)
        repeated[size_at : size_at + 4] = struct.pack(">I", size + 12 * (n_edits - 1))
    assert read(bytes(repeated)).duration_s < DURATION_S + 0.1


def test_a_part_that_cannot_be_read_is_missing():
    whole = by_libsndfile("OGG/VORBIS")
    unreadable = bytearray(whole)
    unreadable[40:400] = bytes(360)
    clip = read(whole + bytes(unreadable))
    assert (clip.duration_s, clip.complete) == (DURATION_S, False)


@pytest.mark.parametrize(
    "name",
    [
        *("M4A, AAC", "M4A, ALAC", "MP4 in fragments, of a browser's recorder", "3GP, AMR", "AAC, ADTS"),
        *("WebM, Opus", "Matroska, FLAC or PCM", "WavPack", "chained Ogg Vorbis", "MP3 files in a row"),
    ],
)
def test_random_damage_gives_sound_or_a_named_error(name, damaged):
    whole = KINDS[name].data()
    for seed in range(N_MUTATIONS):
        with contextlib.suppress(AudioError):
            assert np.isfinite(read(damaged(whole, np.random.default_rng(seed))).waveform).all(), seed


def test_the_page_lists_these_kinds_and_no_others():
    kinds = FORMATS_PAGE.read_text("utf-8").partition("## What is in the file")[0]
    assert set(re.findall(r"^\| (.+?) \|", kinds, re.MULTILINE)) - {"Kind of file"} == set(KINDS)


def test_the_page_lists_the_extensions():
    listed = FORMATS_PAGE.read_text("utf-8").partition("by their extension: ")[2].partition(", in lower")[0]
    assert set(re.split(r",\s+|\s+or\s+|\s+", listed)) == EXTENSIONS
