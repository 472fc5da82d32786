"""A file of every kind in docs/formats.md, and what is expected of it.

No program is needed to write them: soundfile and PyAV encode, and what is broken is broken here by hand.
"""

import io
import struct
from collections.abc import Callable
from typing import NamedTuple

import av
import numpy as np
import soundfile

RATE_HZ = 16_000
DURATION_S = 1.2
IMAGES_PER_S = 10
LOSSLESS, LOSSY, SPEECH_CODEC = 0.9999, 0.98, 0.9  # the least correlation with what was written


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
