"""A note for as long as its key is held: its loop repeats, and then it is released."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.loop import FADE_S, SILENCE, Loop

Float32 = NDArray[np.float32]


class Note(NamedTuple):
    """A note that can be held; without a loop it rings for as long as it does."""

    waveform: Float32  # (n_samples,), as `looped` returns it
    loop: Loop | None
    sample_rate: int  # Hz

    def length(self, n_held: int) -> int:
        """The number of samples of the note if its key is held for `n_held` samples and then released."""
        if self.loop is None:
            return self.waveform.size
        return max(n_held, self._fade) + self.waveform.size - self.loop.end

    def part(self, n_held: int, first: int, last: int) -> Float32:
        """The samples from `first` to `last` of the note if its key is held for `n_held` samples.

        While it is held, the loop repeats. Then it fades into what follows the loop, which is its release.

        Returns:
            float32 of shape (up to last - first,).
        """
        last = min(last, self.length(n_held))
        if self.loop is None:
            return self.waveform[first:last]
        off = max(n_held, self._fade)
        part = np.zeros(max(0, last - first), np.float32)
        times = np.arange(first, min(last, off))
        share = np.clip((off - times) / self._fade, 0, 1)
        part[: times.size] = self._sustained(self.loop, times) * np.sqrt(share)
        begin = max(first, off - self._fade)
        if begin < last:
            part[begin - first :] += self._released(self.loop, off, np.arange(begin, last))
        return part

    @property
    def _fade(self) -> int:
        return round(FADE_S * self.sample_rate)

    def _sustained(self, loop: Loop, times: NDArray[np.int64]) -> Float32:
        """The note while it is held, at some of its samples, of the shape of `times`."""
        later = np.maximum(times - loop.end, 0)
        places = np.where(times < loop.end, times, loop.start + later % (loop.end - loop.start))
        fall = 10 ** (-loop.decay_db_s / 20 / self.sample_rate * later)
        return np.asarray(self.waveform[places] * fall, np.float32)

    def _released(self, loop: Loop, off: int, times: NDArray[np.int64]) -> Float32:
        """The release of a key that is up at `off`, as loud as the note is then, of the shape of `times`."""
        since = times - (off - self._fade)
        before = self._sustained(loop, np.arange(off - self._fade, off))
        gain = _rms(before) / _rms(self.waveform[loop.end - self._fade : loop.end])
        share = np.clip(since / self._fade, 0, 1)
        return np.asarray(gain * np.sqrt(share) * self.waveform[loop.end - self._fade + since], np.float32)


def _rms(part: Float32) -> float:
    return float(np.sqrt(np.square(part, dtype=np.float64).mean() + SILENCE))
