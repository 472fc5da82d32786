"""A browser plays every format that has a header."""

import pytest

DECODE = """async (url) => {
  const answer = await fetch(url);
  const sound = await new OfflineAudioContext(1, 8000, 8000).decodeAudioData(await answer.arrayBuffer());
  const samples = sound.getChannelData(0);
  return { seconds: sound.duration, peak: samples.map(Math.abs).reduce((a, b) => Math.max(a, b), 0) };
}"""
PADDING_S = 0.3  # that an MP3 may carry before and after
LOUDNESS = 0.3  # share by which a lossy peak may miss


@pytest.mark.parametrize("audio_format", ["wav", "wav-float", "flac", "ogg", "mp3"])
def test_a_browser_decodes_every_format(visitor, audio_format):
    wav = visitor.page.evaluate(DECODE, "sample?seed=7")
    decoded = visitor.page.evaluate(DECODE, f"sample?seed=7&format={audio_format}")
    assert wav["peak"] > 0.01
    assert decoded["seconds"] == pytest.approx(wav["seconds"], abs=PADDING_S)
    assert decoded["peak"] == pytest.approx(wav["peak"], rel=LOUDNESS)
