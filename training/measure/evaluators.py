"""External evaluators, which were trained on none of this: pocketsphinx for words, Resemblyzer for speakers.

Both are in the `evaluators` extra; where one is not installed its figures are left out, and the log says so.
"""

import importlib.util
import logging
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

log = logging.getLogger(__name__)

Float32 = NDArray[np.float32]

RATE_HZ = 16_000
PEAK = 0.7  # of every sound: the level of a recording must not identify its speaker
PAUSE_S = 0.25  # of silence before and after a word, which pocketsphinx expects
TINY = 1e-9  # a silent sound stays silent


class WordEvaluator:
    """pocketsphinx with a grammar of one word out of a few."""

    def __init__(self, words: Sequence[str]) -> None:
        """Makes the decoder.

        Args:
            words: English words, one for each value of the label.
        """
        from pocketsphinx import Decoder

        grammar = f"#JSGF V1.0;\ngrammar words;\npublic <word> = {' | '.join(words)};\n"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "words.gram"
            path.write_text(grammar, encoding="utf-8")
            self._decoder = Decoder(samprate=RATE_HZ, lm=None, jsgf=str(path), loglevel="FATAL")
        self._words = list(words)

    def recognise(self, waveforms: Sequence[Float32], sample_rate: int) -> NDArray[np.int64]:
        """The index of the word recognised in each clip, -1 where none is."""
        return np.array([self._word(waveform, sample_rate) for waveform in waveforms])

    def _word(self, waveform: Float32, sample_rate: int) -> int:
        sound = soxr.resample(waveform, sample_rate, RATE_HZ)
        sound = np.pad(_as_loud(sound), round(PAUSE_S * RATE_HZ))
        self._decoder.start_utt()
        self._decoder.process_raw((sound * 32767).astype(np.int16).tobytes(), full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        word = hypothesis.hypstr.strip() if hypothesis else ""
        return self._words.index(word) if word in self._words else -1


class SpeakerEvaluator:
    """Resemblyzer: the known speaker whose mean embedding is nearest."""

    def __init__(self, speakers: Mapping[int, Sequence[Float32]], sample_rate: int) -> None:
        """Computes the mean embedding of each speaker.

        Args:
            speakers: index of the value -> real training clips of it.
            sample_rate: Hz of the clips.
        """
        from resemblyzer import VoiceEncoder

        self._encoder = VoiceEncoder("cpu", verbose=False)
        self._known = np.array(list(speakers))
        means = [self._embed(clips, sample_rate).mean(axis=0) for clips in speakers.values()]
        self._means = np.stack([mean / np.linalg.norm(mean) for mean in means])

    def recognise(self, waveforms: Sequence[Float32], sample_rate: int) -> NDArray[np.int64]:
        """The index of the nearest speaker of each clip."""
        return np.asarray(self._known[(self._embed(waveforms, sample_rate) @ self._means.T).argmax(axis=1)])

    def _embed(self, waveforms: Sequence[Float32], sample_rate: int) -> Float32:
        from resemblyzer import preprocess_wav

        sounds = [preprocess_wav(_as_loud(waveform), source_sr=sample_rate) for waveform in waveforms]
        return np.stack([self._encoder.embed_utterance(sound) for sound in sounds])


def _as_loud(waveform: Float32) -> Float32:
    return np.asarray(waveform / max(float(np.abs(waveform).max()), TINY) * PEAK, np.float32)


@cache
def is_installed(package: str) -> bool:
    """Whether an evaluator is installed; logs, once, where it is not."""
    if importlib.util.find_spec(package) is not None:
        return True
    log.warning("%s is not installed: its figures are left out (the evaluators extra)", package)
    return False
