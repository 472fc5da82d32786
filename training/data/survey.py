"""Which recordings of a folder are used, what their names say, and what is reported of the others."""

import logging
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.config_data import DataConfig
from training.data.folder import Found, LeftOut, Recording
from training.data.labels import (
    CENTS,
    LEFT_OUT,
    Fields,
    composed,
    fields_reader,
    fields_table,
    is_number,
    merge_similar,
)
from training.data.splits import holds
from training.errors import RecordingsError

FEW = 0.1  # the share of recordings that may be unusable before somebody has to agree

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Survey:
    """The recordings that are used, and what is reported of the others."""

    recordings: list[Recording]
    fields: list[Fields]  # what the name of each says
    left_out: list[LeftOut]
    n_found: int  # used or not
    notes: list[str]  # sentences


def survey(data: DataConfig, found: Found) -> Survey:
    """The recordings whose labels are known and that neither the config nor its table leaves out.

    Raises:
        RecordingsError: the rule of data.without names a field that the pattern lacks, or the table of
            labels cannot be read.
    """
    read, used, fields = _fields_reader(data), [], []
    left_out = list(found.left_out)
    passed_over = []
    for recording in found.recordings:
        field = read(recording.name)
        if isinstance(field, str):
            left_out.append(LeftOut(recording.name, field))
        elif LEFT_OUT in field:
            passed_over.append(recording.name)
        elif not any(holds(rule, recording.name, field, salt="without") for rule in data.without):
            used.append(recording)
            fields.append(field)
    fields, merged = merge_similar(data, fields)
    notes = [*found.notes(), *_passed_over(data, passed_over), *_decomposed(used), *merged]
    return Survey(used, fields, left_out, found.n_found, notes)


def _fields_reader(data: DataConfig) -> Callable[[str], Fields | str]:
    """A function from a recording's name to its fields, or to the reason why it cannot be used."""
    from_name = fields_reader(data.pattern)
    table = fields_table(data.labels_file) if data.labels_file else None

    def read(name: str) -> Fields | str:
        field = from_name(name)
        if field is None:
            return f"its name does not match the pattern {data.pattern}"
        if table is not None:
            if composed(name) not in table:
                return f"{data.labels_file} has no row of it"
            field = field | table[composed(name)]
        if LEFT_OUT in field:
            return field
        if missing := [label for label in data.labels if label not in field]:
            return f"{data.labels_file} has no {missing[0]} of it"
        if wrong := [name for name in (*data.numbers, CENTS) if not is_number(field.get(name, "0"))]:
            return f"its {wrong[0]} {field[wrong[0]]} is no number"
        return field

    return read


def _passed_over(data: DataConfig, names: Sequence[str]) -> list[str]:
    """A sentence about what the table of labels leaves out."""
    return [f"{data.labels_file} leaves out {len(names)}: {', '.join(names)}."] if names else []


def cut_off(names: Sequence[str]) -> list[str]:
    """A sentence about recordings of which something is missing or damaged."""
    listed = ", ".join(names)
    return [f"Cut off or damaged, and used as far as they can be read: {listed}."] if names else []


def check_left_out(left_out: Sequence[LeftOut], n_found: int, limit: float) -> None:
    """Raise unless the share of recordings that cannot be used is within the limit and some are left.

    Args:
        left_out: what cannot be used.
        n_found: the number of recordings, used or not.
        limit: the largest share that is accepted, from 0 to 1.

    Raises:
        RecordingsError: too many cannot be used; all of them are listed.
    """
    if len(left_out) == n_found:
        raise RecordingsError(listed(left_out, n_found, "cannot be used"))
    if len(left_out) > limit * n_found:
        advice = (
            f"That is more than {limit:.0%}. Mend or remove them, or train without them with --force"
            if limit
            else "Mend or remove them, or leave out --strict to train without them"
        )
        raise RecordingsError(f"{listed(left_out, n_found, 'cannot be used')}\n{advice}")


def report(left_out: Sequence[LeftOut], n_found: int, notes: Sequence[str]) -> None:
    """Log what was left out, with reasons, and what else is worth knowing."""
    if left_out:
        log.warning(listed(left_out, n_found, "cannot be used and are left out"))
    for note in notes:
        log.warning(note)


def listed(left_out: Sequence[LeftOut], n_found: int, what: str) -> str:
    """How many recordings there is something to say about, and a line for each."""
    lines = [f"  {name}: {reason}" for name, reason in left_out]
    return "\n".join([f"{len(left_out)} of {n_found} recordings {what}:", *lines])


def _decomposed(recordings: Sequence[Recording]) -> list[str]:
    """A sentence about names in the Unicode form that nobody types."""
    n = sum(not unicodedata.is_normalized("NFC", recording.name) for recording in recordings)
    return [f"Names with decomposed letters are taken as composed ones (Unicode NFC): {n}."] if n else []
