"""Where a note can be repeated for as long as a key is held, without a click and at an even level.

The loop lies in the sustain, between attack and release. Its end is faded into what precedes its start. A
note that decays is made even within the loop, and the loop says how fast a player has to let it decay.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

BLOCK_S, SMOOTH_BLOCKS = 0.010, 5  # of the level over time
AHEAD_BLOCKS = 16  # over which the fall of the level is measured
RELEASE_DB_S = 30.0  # a level that falls faster is a release
QUIET_DB = -40.0  # under the loudest block: from here on, nothing is worth a repetition
ATTACK_DB, ATTACK_SHARE = (
    3.0,
    0.3,
)  # the attack ends near the level of the sustain, and lasts this share of it
FADE_S = 0.050
SHORTEST_S, SHORTEST_SUSTAIN_S = 0.080, 0.250
N_ENDS, END_STEP_S = 3, 0.050  # where a loop may end, counted back from the end of the sustain
LENGTH_BONUS, STEP_PENALTY_PER_DB = 0.05, 0.4  # in units of the correlation
LEAST_SCORE = 0.3
STEADY_DB_S, FASTEST_DB_S = 1.5, 20.0  # a slower decay is none, and a faster one leaves nothing to repeat
SILENCE = 1e-10  # power


class Loop(NamedTuple):
    """A part of a note that repeats while its key is held."""

    start: int  # the first sample
    end: int  # the sample after the last one
    decay_db_s: float  # how fast the level has to fall while the loop repeats, dB per second, >= 0


def looped(waveform: Float32, sample_rate: int) -> tuple[Float32, Loop | None]:
    """The note with a loop that joins its own end, and where it lies; without one, the note is as it was.

    A note without a sustain of `SHORTEST_SUSTAIN_S`, such as that of a drum, has no loop.

    Args:
        waveform: float32 of shape (n_samples,); the note begins at its first sample.
        sample_rate: Hz.
    """
    sustain = _sustain(waveform, sample_rate)
    if sustain is None:
        return waveform, None
    begin, end, decay_db_s = sustain
    flat = _flattened(waveform, begin, end, decay_db_s / sample_rate)
    place = _best_place(flat, begin, end, sample_rate)
    if place is None:
        return waveform, None
    loop = Loop(*place, decay_db_s)
    even = _flattened(waveform, loop.start, loop.end, decay_db_s / sample_rate)
    return _faded(even, loop, round(FADE_S * sample_rate)), loop


def level_step_db(waveform: Float32, loop: Loop, span: int) -> float:
    """How much louder `span` samples from the loop's start are than as many before its end, in dB."""
    after, before = waveform[loop.start : loop.start + span], waveform[loop.end - span : loop.end]
    powers = [float(np.square(part, dtype=np.float64).mean()) + SILENCE for part in (after, before)]
    return float(10 * np.log10(powers[0] / powers[1]))


def _sustain(waveform: Float32, sample_rate: int) -> tuple[int, int, float] | None:
    """The first sample of the sustain, the one after it, and its decay in dB per second."""
    block = round(BLOCK_S * sample_rate)
    if waveform.size <= 2 * AHEAD_BLOCKS * block:
        return None
    levels = _levels(waveform, block)
    falls = levels[:-AHEAD_BLOCKS] - levels[AHEAD_BLOCKS:]
    steady = falls < RELEASE_DB_S * AHEAD_BLOCKS * BLOCK_S
    first, last = _longest_run(steady & (levels[:-AHEAD_BLOCKS] > levels.max() + QUIET_DB))
    last += AHEAD_BLOCKS // 2 if last else 0  # the fall was seen ahead
    attack = int(np.argmax(levels >= levels[last - 1] - ATTACK_DB)) if last else 0
    first = max(first, attack + SMOOTH_BLOCKS, round(ATTACK_SHARE * last))
    if (last - first) * BLOCK_S < SHORTEST_SUSTAIN_S:
        return None
    earlier, later = np.array_split(levels[first:last], 2)
    decay_db_s = float(np.median(earlier) - np.median(later)) / (len(later) * BLOCK_S)
    if decay_db_s > FASTEST_DB_S:
        return None
    return first * block, last * block, decay_db_s if decay_db_s > STEADY_DB_S else 0.0


def _longest_run(wanted: NDArray[np.bool_]) -> tuple[int, int]:
    """The first index of the longest run of wanted blocks, and the index after its last one."""
    edges = np.flatnonzero(np.diff(wanted.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    if not len(edges):
        return 0, 0
    first, last = edges[int(np.argmax(edges[:, 1] - edges[:, 0]))]
    return int(first), int(last)


def _levels(waveform: Float32, block: int) -> Float64:
    """The level of each block in dB, averaged over `SMOOTH_BLOCKS`, (n_blocks,)."""
    whole = waveform[: waveform.size // block * block].reshape(-1, block).astype(np.float64)
    power = np.convolve(np.square(whole).mean(axis=1), np.ones(SMOOTH_BLOCKS) / SMOOTH_BLOCKS, "same")
    return np.asarray(10 * np.log10(power + SILENCE))


def _flattened(waveform: Float32, start: int, end: int, decay_db: float) -> Float32:
    """The waveform without a decay of so many dB per sample from start to end; later samples stay as loud."""
    steps = np.clip(np.arange(waveform.size) - start, 0, end - start)
    return np.asarray(waveform * 10 ** (decay_db * steps / 20), np.float32) if decay_db else waveform


def _best_place(waveform: Float32, begin: int, end: int, sample_rate: int) -> tuple[int, int] | None:
    """Start and end of the loop whose joint is the least noticeable, or None where all would be noticed."""
    fade = round(FADE_S * sample_rate)
    best, place = LEAST_SCORE, None
    for step in range(N_ENDS):
        stop = end - step * round(END_STEP_S * sample_rate)
        first, last = begin + fade, stop - round(SHORTEST_S * sample_rate)
        if last <= first:
            break
        scores = _scores(waveform, first, last, stop, fade)
        at = int(np.argmax(scores))
        if scores[at] > best:
            best, place = float(scores[at]), (first + at, stop)
    return place


def _scores(waveform: Float32, first: int, last: int, stop: int, fade: int) -> Float64:
    """How well each start from `first` to `last` continues what ends at `stop`, (last - first,).

    It is the correlation of the samples around both, less for a step of the level, more for a long loop.
    """
    around = waveform[first - fade : last + fade].astype(np.float64)
    wanted = waveform[stop - fade : stop + fade].astype(np.float64)
    n_starts, size = last - first, 1 << (around.size + wanted.size).bit_length()
    spectrum = np.fft.rfft(around, size) * np.conj(np.fft.rfft(wanted, size))
    products = np.fft.irfft(spectrum, size)[:n_starts]
    energy = np.concatenate([[0.0], np.cumsum(np.square(around))])
    own = energy[2 * fade :][:n_starts] - energy[:n_starts] + SILENCE
    correlation = products / np.sqrt(own * (np.square(wanted).sum() + SILENCE))
    after = energy[2 * fade :][:n_starts] - energy[fade:][:n_starts] + SILENCE
    before = energy[fade:][:n_starts] - energy[:n_starts] + np.square(wanted[:fade]).sum() + 2 * SILENCE
    steps = np.abs(10 * np.log10(2 * after / before))
    length = np.arange(n_starts, 0, -1) / n_starts
    return np.asarray(correlation - STEP_PENALTY_PER_DB * steps + LENGTH_BONUS * length)


def _faded(waveform: Float32, loop: Loop, fade: int) -> Float32:
    """The waveform whose loop ends in what precedes its start, at an even power.

    The two parts are added with weights whose power is divided out, whatever their correlation.
    """
    old = waveform[loop.end - fade : loop.end].astype(np.float64)
    new = waveform[loop.start - fade : loop.start].astype(np.float64)
    correlation = float(old @ new / np.sqrt((old @ old) * (new @ new) + SILENCE))
    share = (np.arange(fade) + 1) / fade
    power = (1 - share) ** 2 + share**2 + 2 * share * (1 - share) * max(correlation, 0.0)
    faded = waveform.copy()
    faded[loop.end - fade : loop.end] = ((1 - share) * old + share * new) / np.sqrt(power)
    return faded
