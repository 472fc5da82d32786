"""The notes of a MIDI file."""

import io
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

import mido
from mido.midifiles.meta import KeySignatureError

from service.contract.instruments import PlayedNote
from service.errors import MelodyTooLongError, MidiError

MAX_BYTES = 256 * 1024  # a parsed event takes a hundred times its bytes of memory
MAX_NOTES, MAX_DURATION_S = 20_000, 3600.0
MAX_VOICES = 128  # notes at once
PERCUSSION = 9  # the channel, counted from 0
SUSTAIN_PEDAL, DOWN = 64, 64
DEFAULT_TEMPO = 500_000  # microseconds per quarter note, until the file sets one
BEGINS = b"MThd"
UNREADABLE = (  # what mido raises for damaged files
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    KeySignatureError,
)


class Notes(NamedTuple):
    """The notes of a file that have a pitch."""

    notes: list[PlayedNote]  # by onset
    n_percussion: int  # notes that are left out


class _Channel:
    """What sounds on one channel."""

    def __init__(self) -> None:
        self.down: dict[int, tuple[float, int]] = {}  # key -> onset in s, velocity
        self.sustained: list[tuple[int, float, int]] = []  # keys that are up while the pedal is down
        self.pedal = False


def read_midi(data: bytes) -> Notes:
    """The notes of all tracks, with tempo changes and the sustain pedal; those of channel 10 are left out.

    Raises:
        MidiError: the file cannot be read.
        MelodyTooLongError: it is larger, longer or has more notes than is played.
    """
    if len(data) > MAX_BYTES:
        raise MelodyTooLongError(len(data), MAX_BYTES, "bytes")
    try:
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except UNREADABLE as error:
        raise MidiError(str(error).strip().rstrip(".") or "it is cut off or damaged") from error
    if file.ticks_per_beat <= 0 or file.ticks_per_beat >= 0x8000:
        raise MidiError("it counts time in frames or in nothing, not in parts of a beat")
    found: list[PlayedNote] = []
    channels: dict[int, _Channel] = defaultdict(_Channel)
    n_percussion, now_s = 0, 0.0
    for now_s, message in _timed(file):
        if now_s > MAX_DURATION_S:
            raise MelodyTooLongError(round(now_s), MAX_DURATION_S, "seconds")
        if message.channel == PERCUSSION:
            n_percussion += message.type == "note_on" and message.velocity > 0
            continue
        found += _taken(channels[message.channel], message, now_s)
        if len(found) > MAX_NOTES:
            raise MelodyTooLongError(len(found), MAX_NOTES, "notes or more")
    for channel in channels.values():
        found += _ended(channel, now_s)
    _check_voices(found)
    return Notes(sorted(found), n_percussion)


def _check_voices(notes: list[PlayedNote]) -> None:
    """Raise if too many notes sound at once.

    Raises:
        MelodyTooLongError: they do.
    """
    changes = [(note.onset_s, 1) for note in notes] + [(note.onset_s + note.held_s, -1) for note in notes]
    most = max(accumulate(change for _, change in sorted(changes)), default=0)
    if most > MAX_VOICES:
        raise MelodyTooLongError(most, MAX_VOICES, "notes at once")


def _timed(file: mido.MidiFile) -> Iterator[tuple[float, mido.Message]]:
    """The messages of channels with their times in seconds."""
    seconds, tempo = 0.0, DEFAULT_TEMPO
    for message in mido.merge_tracks(file.tracks):
        seconds += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        if message.type == "set_tempo":
            tempo = message.tempo
        elif hasattr(message, "channel"):
            yield seconds, message


def _taken(channel: _Channel, message: mido.Message, now_s: float) -> list[PlayedNote]:
    """The notes that a message ends."""
    if message.type == "note_on" and message.velocity > 0:
        ended = _up(channel, message.note, now_s)  # it is struck again
        channel.down[message.note] = now_s, message.velocity
        return ended
    if message.type in {"note_on", "note_off"}:
        if channel.pedal and message.note in channel.down:
            channel.sustained.append((message.note, *channel.down.pop(message.note)))
            return []
        return _up(channel, message.note, now_s)
    if message.type == "control_change" and message.control == SUSTAIN_PEDAL:
        channel.pedal = message.value >= DOWN
        if not channel.pedal:
            return _released(channel, now_s)
    return []


def _up(channel: _Channel, key: int, now_s: float) -> list[PlayedNote]:
    if key not in channel.down:
        return []
    onset_s, velocity = channel.down.pop(key)
    return [PlayedNote(onset_s, now_s - onset_s, key, velocity)]


def _released(channel: _Channel, now_s: float) -> list[PlayedNote]:
    """The notes that the pedal held."""
    notes = [PlayedNote(onset, now_s - onset, key, velocity) for key, onset, velocity in channel.sustained]
    channel.sustained.clear()
    return notes


def _ended(channel: _Channel, now_s: float) -> list[PlayedNote]:
    """The notes that still sound when the file ends."""
    held = [note for key in list(channel.down) for note in _up(channel, key, now_s)]
    return held + _released(channel, now_s)
