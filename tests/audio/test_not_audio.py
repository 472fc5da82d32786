"""Bytes that were never audio, or are of a kind that is not read, are refused by their name."""

import subprocess
import sys

import pytest

from audio.errors import (
    EmptyAudioError,
    UnreadableAudioError,
)
from tests.audio.sound_files import file_of, read, tone, wav


def test_no_bytes_are_empty_audio():
    with pytest.raises(EmptyAudioError):
        read(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"This is a letter, not a sound. " * 40,
        b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x84webm" + bytes(500),
        b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + bytes(500),
        b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(500),
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"PK\x03\x04" + bytes(500),
        b"%PDF-1.7\n" + bytes(500),
        bytes(5000),
        b"RIFF",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"fLaC",
        b"OggS" + bytes(100),
        b"ID3\x04\x00\x00\x00\x00\x00\x00",
    ],
    ids=[
        "one byte", "text", "WebM", "M4A", "AAC", "PNG", "ZIP", "PDF", "zeros",
        "RIFF alone", "WAV without chunks", "FLAC alone", "Ogg page of zeros", "ID3 alone",
    ],
)  # fmt: skip
def test_what_is_no_audio_is_unreadable(data):
    with pytest.raises(UnreadableAudioError) as caught:
        read(data)
    assert caught.value.reason
    assert "0x" not in str(caught.value)  # no memory address in the message


@pytest.mark.parametrize("kind", ["VOC/PCM_16", "MAT5/PCM_16", "SVX/PCM_16", "PAF/PCM_16"])
def test_formats_that_are_not_allowed_are_refused_though_libsndfile_reads_them(kind):
    with pytest.raises(UnreadableAudioError, match="not recognised as WAV, AIFF"):
        read(file_of(tone(), kind))


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\nc=IN IP4 127.0.0.1\n",
    ],
    ids=["HLS", "concat", "SDP"],
)
def test_a_playlist_opens_nothing(data):
    with pytest.raises(UnreadableAudioError, match="not recognised"):
        read(data)


def test_without_ffmpeg_its_files_are_refused_and_the_others_are_read(
    monkeypatch,
):
    monkeypatch.setitem(sys.modules, "av", None)  # as if it were not installed
    with pytest.raises(UnreadableAudioError, match="package av, which is not installed"):
        read(b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + bytes(500))
    assert read(file_of(tone(), "AIFF/PCM_16")).duration_s == 0.25


def test_ffmpeg_is_imported_for_its_own_files_alone():
    program = (
        "import sys; from audio.files import read_audio; from audio.formats import AudioLimits; "
        "from tests.audio.sound_files import file_of, tone; "
        "kinds = 'WAV/PCM_16', 'AIFF/PCM_16', 'OGG/OPUS', 'MP3/MPEG_LAYER_III'; "
        "[read_audio(file_of(tone(), kind), 8000, AudioLimits()) for kind in kinds]; "
        "sys.exit('av' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_header_without_samples_is_empty_audio():
    with pytest.raises(EmptyAudioError):
        read(wav(b""))
