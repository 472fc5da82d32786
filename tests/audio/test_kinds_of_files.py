"""Every kind of file in docs/formats.md gives back the sound that was written, and says what is missing.

No program is needed to write them: soundfile and PyAV encode, and what is broken is broken here by hand.
"""

import contextlib
import io
import re
import resource
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
import scipy.signal
import soundfile
from numpy.typing import NDArray

from audio.errors import AudioError, SilentAudioError, UnreadableAudioError
from audio.files import read_audio
from audio.formats import EXTENSIONS, AudioLimits

FORMATS_PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
RATE_HZ = 16_000
DURATION_S = 1.2
IMAGES_PER_S = 10
LIMITS = AudioLimits()
LOSSLESS, LOSSY, SPEECH_CODEC = 0.9999, 0.98, 0.9  # the least correlation with what was written
N_MUTATIONS = 100  # of each kind of file
BOMB_MIB = 200  # 60 million frames took 2,200
MAX_SHIFT_S = 0.1  # by a codec whose file does not say it

Float32 = NDArray[np.float32]


def sweep(rate=RATE_HZ, seconds=DURATION_S):
    """A tone that rises from 200 to 1400 Hz, so that every moment differs from every other."""
    t = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * (200 + 500 * t) * t)).astype(np.float32)


def by_libsndfile(kind, rate=RATE_HZ, seconds=DURATION_S, endian="FILE"):
    container, subtype = kind.split("/")
    buffer = io.BytesIO()
    soundfile.write(buffer, sweep(rate, seconds), rate, format=container, subtype=subtype, endian=endian)
    return buffer.getvalue()


def by_ffmpeg(kind, rate=48_000, tracks=(1,), video_s=0, **options):
    """A file of `container/codec`, a sound track for each gain; options as FFmpeg calls them."""
    container, codec = kind.split("/")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options) as file:
        video = file.add_stream("libvpx", rate=IMAGES_PER_S) if video_s else None
        sounds = [file.add_stream(codec, rate=rate, layout="mono") for _ in tracks]
        for stream, gain in zip(sounds, tracks, strict=True):
            frame = av.AudioFrame.from_ndarray(gain * sweep(rate)[None, :], format="flt", layout="mono")
            frame.sample_rate, frame.pts = rate, 0
            resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
            for whole in (*resampler.resample(frame), *resampler.resample(None)):
                file.mux(stream.encode(whole))
            file.mux(stream.encode(None))
        for _ in range(round(video_s * IMAGES_PER_S)):
            file.mux(video.encode(av.VideoFrame(16, 16, "yuv420p")))
        file.mux(video.encode(None) if video else [])
    return buffer.getvalue()


def wav(n_claimed=int, before_data=b""):
    """A PCM WAV whose data chunk claims another size, or has bytes before it."""
    whole = by_libsndfile("WAV/PCM_16")
    at = whole.index(b"data")
    (n_bytes,) = struct.unpack_from("<I", whole, at + 4)
    return whole[:at] + before_data + b"data" + struct.pack("<I", n_claimed(n_bytes)) + whole[at + 8 :]


def cut(data, share=0.6):
    return data[: int(share * len(data))]


def mp3_without_count(mode, seconds=DURATION_S):
    """An MP3 without its first frame, which counts the others."""
    buffer = io.BytesIO()
    soundfile.write(buffer, sweep(seconds=seconds), RATE_HZ, format="MP3", bitrate_mode=mode)
    mp3 = buffer.getvalue()
    return mp3[mp3.index(mp3[:2], 4) :]


def fragmented_mp4():
    """As Safari's recorder writes it: an index in front, then pieces of sound."""
    return by_ffmpeg("mp4/aac", movflags="frag_keyframe+empty_moov+default_base_moof", frag_duration="200000")


class Kind(NamedTuple):
    """A row of the table: a file, and what is expected of it."""

    data: Callable[[], bytes]
    correlation: float = LOSSLESS
    complete: bool = True
    seconds: tuple[float, float] = (DURATION_S, DURATION_S)  # least and most
    n_times: int = 1  # how often the sound is in it


HALF = (0.4, 0.8)  # seconds that are left of 1.2 where 60 % of the bytes are
ABOUT = (DURATION_S, DURATION_S + 0.1)  # codecs round up to their frames
LATE = (DURATION_S, DURATION_S + 0.2)  # the encoder's delay is in the frame that counts
ODD_LIST = b"LIST" + struct.pack("<I", 17) + b"INFOICMT" + struct.pack("<I", 5) + b"abcde"

KINDS = {
    "WAV, PCM of 8 to 32 bits": Kind(lambda: by_libsndfile("WAV/PCM_24")),
    "WAV, floating point": Kind(lambda: by_libsndfile("WAV/DOUBLE")),
    "WAV, A-law and mu-law": Kind(lambda: by_libsndfile("WAV/ULAW"), LOSSY),
    "WAV, ADPCM and GSM 6.10": Kind(lambda: by_libsndfile("WAV/MS_ADPCM"), LOSSY, seconds=ABOUT),
    "WAV, MP3": Kind(lambda: by_ffmpeg("wav/libmp3lame"), LOSSY, seconds=ABOUT),
    "WAV, extensible": Kind(lambda: by_libsndfile("WAVEX/PCM_16")),
    "RF64": Kind(lambda: by_libsndfile("RF64/PCM_16")),
    "BW64": Kind(lambda: b"BW64" + by_libsndfile("RF64/PCM_16")[4:]),
    "W64": Kind(lambda: by_libsndfile("W64/PCM_16")),
    "AIFF": Kind(lambda: by_libsndfile("AIFF/PCM_16")),
    "AIFC, little-endian": Kind(lambda: by_libsndfile("AIFF/PCM_16", endian="LITTLE")),
    "AIFC, floating point or compressed": Kind(lambda: by_libsndfile("AIFF/ULAW"), LOSSY),
    "AU": Kind(lambda: by_libsndfile("AU/PCM_16")),
    "CAF, PCM": Kind(lambda: by_libsndfile("CAF/PCM_16")),
    "CAF, ALAC": Kind(lambda: by_libsndfile("CAF/ALAC_16")),
    "NIST SPHERE": Kind(lambda: by_libsndfile("NIST/PCM_16")),
    "FLAC": Kind(lambda: by_libsndfile("FLAC/PCM_16")),
    "Ogg Vorbis": Kind(lambda: by_libsndfile("OGG/VORBIS"), LOSSY),
    "Ogg Opus": Kind(lambda: by_libsndfile("OGG/OPUS"), LOSSY),
    "Ogg FLAC": Kind(lambda: by_ffmpeg("ogg/flac")),
    "MP3": Kind(lambda: by_libsndfile("MP3/MPEG_LAYER_III"), LOSSY),
    "M4A, AAC": Kind(lambda: by_ffmpeg("ipod/aac"), LOSSY, seconds=ABOUT),
    "M4A, ALAC": Kind(lambda: by_ffmpeg("ipod/alac")),
    "MP4, sound track": Kind(lambda: by_ffmpeg("mp4/aac"), LOSSY, seconds=ABOUT),
    "MP4 in fragments, of a browser's recorder": Kind(fragmented_mp4, LOSSY, seconds=ABOUT),
    "QuickTime, PCM": Kind(lambda: by_ffmpeg("mov/pcm_s16le")),
    "3GP, AMR": Kind(lambda: by_ffmpeg("3gp/libopencore_amrnb", 8000), SPEECH_CODEC, seconds=ABOUT),
    "3GP, AAC": Kind(lambda: by_ffmpeg("3gp/aac"), LOSSY, seconds=ABOUT),
    "AMR": Kind(lambda: by_ffmpeg("amr/libopencore_amrnb", 8000), SPEECH_CODEC, seconds=ABOUT),
    "AAC, ADTS": Kind(lambda: by_ffmpeg("adts/aac"), LOSSY, seconds=ABOUT),
    "WebM, Opus": Kind(lambda: by_ffmpeg("webm/libopus"), LOSSY, seconds=ABOUT),
    "WebM of a live recorder, without sizes": Kind(
        lambda: by_ffmpeg("webm/libopus", live="1"), LOSSY, seconds=ABOUT
    ),
    "WebM with a longer video track": Kind(
        lambda: by_ffmpeg("webm/libopus", video_s=2 * DURATION_S), LOSSY, seconds=ABOUT
    ),
    "Matroska, Opus": Kind(lambda: by_ffmpeg("matroska/libopus"), LOSSY, seconds=ABOUT),
    "Matroska, FLAC or PCM": Kind(lambda: by_ffmpeg("matroska/pcm_s16le")),
    "WavPack": Kind(lambda: by_ffmpeg("wv/wavpack")),
    "WAV that claims a byte more": Kind(lambda: wav(lambda n: n + 1), complete=False),
    "WAV that claims two bytes more": Kind(lambda: wav(lambda n: n + 2), complete=False),
    "WAV that claims 10^9 bytes": Kind(lambda: wav(lambda _: 10**9), complete=False),
    "WAV that claims 0x7effffff bytes": Kind(lambda: wav(lambda _: 0x7EFFFFFF), complete=False),
    "WAV of unknown length, 0xffffffff": Kind(lambda: wav(lambda _: 0xFFFFFFFF)),
    "WAV of unknown length, 0": Kind(lambda: wav(lambda _: 0)),
    "WAV with an odd chunk without its pad byte": Kind(lambda: wav(before_data=ODD_LIST)),
    "WAV or FLAC after a tag of ID3": Kind(
        lambda: b"ID3\x04\0\0" + bytes([0, 0, 1, 72]) + bytes(200) + wav()
    ),
    "FLAC before a tag or zeros": Kind(lambda: by_libsndfile("FLAC/PCM_16") + b"TAG" + bytes(125)),
    "WAV, cut": Kind(lambda: cut(wav()), complete=False, seconds=HALF),
    "AIFF, cut": Kind(lambda: cut(by_libsndfile("AIFF/PCM_16")), complete=False, seconds=HALF),
    "AU, cut": Kind(lambda: cut(by_libsndfile("AU/PCM_16")), complete=False, seconds=HALF),
    "CAF, cut": Kind(lambda: cut(by_libsndfile("CAF/PCM_16"), 0.65), complete=False, seconds=HALF),
    "W64, cut": Kind(lambda: cut(by_libsndfile("W64/PCM_16")), complete=False, seconds=HALF),
    "RF64, cut": Kind(lambda: cut(by_libsndfile("RF64/PCM_16")), complete=False, seconds=HALF),
    "NIST SPHERE, cut": Kind(lambda: cut(by_libsndfile("NIST/PCM_16")), complete=False, seconds=HALF),
    "FLAC, cut": Kind(lambda: cut(by_libsndfile("FLAC/PCM_16")), complete=False, seconds=HALF),
    "Ogg Vorbis, cut": Kind(lambda: cut(by_libsndfile("OGG/VORBIS"), 0.9), LOSSY, False, HALF),
    "Ogg Opus, cut": Kind(lambda: cut(by_libsndfile("OGG/OPUS")), LOSSY, False, HALF),
    "MP3, cut": Kind(lambda: cut(by_libsndfile("MP3/MPEG_LAYER_III")), LOSSY, False, HALF),
    "MP4 in fragments, cut": Kind(lambda: cut(fragmented_mp4(), 0.7), LOSSY, False, (0.4, 0.9)),
    "AAC, cut": Kind(lambda: cut(by_ffmpeg("adts/aac")), LOSSY, False, HALF),
    "WebM, cut": Kind(lambda: cut(by_ffmpeg("webm/libopus")), LOSSY, False, HALF),
    "MP3 without a count of its frames, constant rate": Kind(
        lambda: mp3_without_count("CONSTANT"), LOSSY, seconds=LATE
    ),
    "MP3 without a count of its frames, variable rate": Kind(
        lambda: mp3_without_count("VARIABLE"), LOSSY, seconds=LATE
    ),
    "MP3 after bytes of garbage": Kind(
        lambda: bytes([1, 2, 3, 255, 4, 5]) + by_libsndfile("MP3/MPEG_LAYER_III"), LOSSY
    ),
    "MP3 files in a row": Kind(lambda: 2 * by_libsndfile("MP3/MPEG_LAYER_III"), LOSSY, n_times=2),
    "chained Ogg Vorbis": Kind(lambda: 2 * by_libsndfile("OGG/VORBIS"), LOSSY, n_times=2),
    "chained Ogg Opus": Kind(lambda: 2 * by_libsndfile("OGG/OPUS"), LOSSY, n_times=2),
    "chained Ogg of two rates": Kind(
        lambda: by_libsndfile("OGG/VORBIS", 44_100) + by_libsndfile("OGG/VORBIS"), LOSSY, n_times=2
    ),
}


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
