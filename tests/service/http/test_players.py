"""Our files in other programs: ffmpeg and sox open every format, without a word of complaint."""

import io
import json
import shutil
import subprocess

import numpy as np
import pytest
import soundfile

LOSSLESS = ["wav", "wav-float", "flac", "pcm"]
LOSSY = ["ogg", "mp3"]
ROUNDING = 2**-24  # full scale is 1; sox computes in 32-bit integers
SAME_SOUND = 0.995  # correlation of what two decoders make of one lossy file
MISSING_S = 0.1  # ffmpeg ends a short Ogg a block early, sox an MP3 a frame, and begins it a frame late
MORPH = {"from": [0.0] * 4, "to": [3.0, -2.0, 1.0, 2.0], "steps": 12}  # long enough that this is little

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="ffmpeg is not installed"
)
needs_sox = pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")


@pytest.fixture(params=[*LOSSLESS, *LOSSY])
def file(request, client, tmp_path):
    """A file of each format, its rate, and its samples as libsndfile reads them."""
    response = client.post("/morph", json={**MORPH, "format": request.param})
    rate = int(response.headers["tonespace-sample-rate"])
    raw = {"format": "RAW", "subtype": "PCM_16", "channels": 1, "samplerate": rate}
    options = raw if request.param == "pcm" else {}
    waveform, _ = soundfile.read(io.BytesIO(response.content), dtype="float32", **options)
    path = tmp_path / f"sound.{request.param.removesuffix('-float')}"
    path.write_bytes(response.content)
    return request.param, path, rate, waveform


def run(*command):
    """The standard output of a program that complains of nothing."""
    finished = subprocess.run([str(word) for word in command], capture_output=True, timeout=60, check=False)
    assert (finished.returncode, finished.stderr) == (0, b""), finished.stderr.decode()
    return finished.stdout


def check(audio_format, played, rate, waveform):
    """Lossless files are the same samples; lossy ones the same sound where both decoders give one."""
    if audio_format in LOSSLESS:
        assert played.size == waveform.size
        assert np.abs(played - waveform).max() <= ROUNDING
        return
    delay = int(np.correlate(played, waveform, "full").argmax()) - waveform.size + 1
    aligned = played[max(delay, 0) :][: waveform.size]
    assert aligned.size > waveform.size - MISSING_S * rate
    assert np.corrcoef(aligned, waveform[: aligned.size])[0, 1] > SAME_SOUND


@needs_ffmpeg
def test_ffmpeg_plays_every_format(file):
    audio_format, path, rate, waveform = file
    options = ["-f", "s16le", "-ar", rate, "-ac", 1] if audio_format == "pcm" else []
    raw = run("ffmpeg", "-nostdin", "-v", "error", *options, "-i", path, "-f", "f32le", "-ar", rate, "-")
    check(audio_format, np.frombuffer(raw, np.float32), rate, waveform)


@needs_sox
def test_sox_plays_every_format(file):
    audio_format, path, rate, waveform = file
    if audio_format == "mp3" and " mp3 " not in run("sox", "--help").decode():
        pytest.skip("sox reads no MP3: libsox-fmt-mp3 is not installed")
    options = ["-t", "raw", "-e", "signed", "-b", 16, "-r", rate, "-c", 1] if audio_format == "pcm" else []
    quiet = "-V1"  # it warns that libsndfile's float WAV has the short form of the fmt chunk
    raw = run("sox", quiet, *options, path, "-t", "raw", "-e", "float", "-b", 32, "-")
    check(audio_format, np.frombuffer(raw, np.float32), rate, waveform)


@needs_ffmpeg
def test_ffprobe_reads_the_rate_and_how_the_sound_was_made(file):
    audio_format, path, rate, _ = file
    if audio_format == "pcm":
        return
    entries = "stream=sample_rate,channels:stream_tags=comment:format_tags=comment"
    found = json.loads(run("ffprobe", "-v", "error", "-show_entries", entries, "-of", "json", path))
    (stream,) = found["streams"]
    assert (stream["sample_rate"], stream["channels"]) == (str(rate), 1)
    tags = {**found["format"].get("tags", {}), **stream.get("tags", {})}
    comment = next(value for name, value in tags.items() if name.lower() == "comment")
    assert json.loads(comment)["body"]["steps"] == MORPH["steps"]
