"""External evaluators, which were trained on none of this.

pocketsphinx recognises words, Resemblyzer speakers and swift-f0 pitches; ViSQOL compares a replica with its
original. A second evaluator of pitch is in basic_pitch.py. docs/training.md says how to install them; where
one is missing, its figures are left out and the log says so.
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

from audio.pitch import note_of

log = logging.getLogger(__name__)

Float32 = NDArray[np.float32]

RATE_HZ = 16_000
PEAK = 0.7  # of every sound: the level of a recording must not identify its speaker
PAUSE_S = 0.25  # of silence before and after a word, which pocketsphinx expects
VISQOL_RATE_HZ, SHORTEST_S = 48_000, 0.5
SURE, LEAST_SURE = 0.5, 0.8  # confidence of a pitch; where no frame is so sure, the surest fifth counts
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
        """The index of the word recognised in each clip, int64 of shape (n_clips,); -1 where none is.

        Args:
            waveforms: float32 of shape (n_samples,) each, at any level.
            sample_rate: Hz.
        """
        return np.array([self._word(waveform, sample_rate) for waveform in waveforms])

    def _word(self, waveform: Float32, sample_rate: int) -> int:
        sound = soxr.resample(waveform, sample_rate, RATE_HZ)
        sound = np.pad(as_loud(sound), round(PAUSE_S * RATE_HZ))
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
            speakers: index of the value -> real training clips of it, float32 of shape (n_samples,) each.
            sample_rate: Hz of the clips.
        """
        from resemblyzer import VoiceEncoder

        self._encoder = VoiceEncoder("cpu", verbose=False)
        self._known = np.array(list(speakers))
        means = [self._embed(clips, sample_rate).mean(axis=0) for clips in speakers.values()]
        self._means = np.stack([mean / np.linalg.norm(mean) for mean in means])

    def recognise(self, waveforms: Sequence[Float32], sample_rate: int) -> NDArray[np.int64]:
        """The index of the nearest speaker of each clip, int64 of shape (n_clips,).

        Args:
            waveforms: float32 of shape (n_samples,) each, at any level.
            sample_rate: Hz.
        """
        return np.asarray(self._known[(self._embed(waveforms, sample_rate) @ self._means.T).argmax(axis=1)])

    def _embed(self, waveforms: Sequence[Float32], sample_rate: int) -> Float32:
        from resemblyzer import preprocess_wav

        sounds = [preprocess_wav(as_loud(waveform), source_sr=sample_rate) for waveform in waveforms]
        return np.stack([self._encoder.embed_utterance(sound) for sound in sounds])


class PitchEvaluator:
    """swift-f0: the pitch of a note.

    Source: Nieradzik 2025, arXiv:2508.18440, with the smaller network that version 0.2 brought.
    """

    def __init__(self) -> None:
        from swift_f0 import SwiftF0

        self._detector = SwiftF0(threads=1)

    def recognise(self, waveforms: Sequence[Float32], sample_rate: int) -> NDArray[np.float64]:
        """The MIDI note of each sound: the median over the frames that are surely pitched.

        Args:
            waveforms: float32 of shape (n_samples,) each, at any level.
            sample_rate: Hz.

        Returns:
            float64 of shape (n_sounds,), in semitones with decimals.
        """
        return np.array([self._note(waveform, sample_rate) for waveform in waveforms])

    def _note(self, waveform: Float32, sample_rate: int) -> float:
        found = self._detector.detect(as_loud(waveform), sample_rate)
        sure = found.confidence >= min(SURE, float(np.quantile(found.confidence, LEAST_SURE)))
        return note_of(float(np.median(found.pitch_hz[sure])))


class QualityEvaluator:
    """ViSQOL in audio mode: how like its original a replica sounds, 1 to 4.75.

    Source: Chinen et al. 2020.
    """

    def __init__(self) -> None:
        from visqol import VisqolApi

        self._api = VisqolApi()
        self._api.create(mode="audio")

    def quality(self, original: Float32, replica: Float32, sample_rate: int) -> float:
        """The predicted mean opinion score of a replica, 1 to 4.75; NaN where one is shorter than SHORTEST_S.

        Args:
            original: float32 of shape (n_samples,), at any level.
            replica: likewise.
            sample_rate: Hz of both.
        """
        if min(len(original), len(replica)) < SHORTEST_S * sample_rate:
            return float("nan")
        sounds = [
            soxr.resample(as_loud(sound), sample_rate, VISQOL_RATE_HZ).astype(np.float64)
            for sound in (original, replica)
        ]
        return float(self._api.measure_from_arrays(*sounds, VISQOL_RATE_HZ).moslqo)


def as_loud(waveform: Float32) -> Float32:
    """The waveform, float32 of shape (n_samples,), with the peak that all sounds get for an evaluator."""
    return np.asarray(waveform / max(float(np.abs(waveform).max()), TINY) * PEAK, np.float32)


@cache
def is_installed(package: str) -> bool:
    """Whether an evaluator is installed; logs, once, where it is not."""
    if importlib.util.find_spec(package) is not None:
        return True
    log.warning("%s is not installed: its figures are left out (docs/training.md: Commands)", package)
    return False
