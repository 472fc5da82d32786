"""Which split each recording belongs to; all clips of a recording belong to the same one."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from training.config_data import DataConfig, Split
from training.data.labels import Fields
from training.errors import RecordingsError

SPLITS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)


def split_recordings(data: DataConfig, names: Sequence[str], fields: Sequence[Fields]) -> NDArray[np.int8]:
    """The index in `SPLITS` of each recording, int8 of shape (n_recordings,).

    A fraction takes recordings by a hash of their names, so that a new recording moves no other. Where a
    fraction would leave no recording of a label value for training, or none for validation, the one nearest
    to its edge is moved.

    Args:
        data: the rules of the splits.
        names: of the recordings.
        fields: what the names say, in the same order.

    Raises:
        RecordingsError: a rule by field holds out every recording of a label value, or there are too few
            recordings.
    """
    split = [_split_of(data, name, field) for name, field in zip(names, fields, strict=True)]
    groups = _groups(data, fields)
    for shared, members in groups.items():
        if all(split[i] != TRAIN for i in members):
            split[_given_back(data, names, split, members, shared)] = TRAIN
    if VALIDATION not in split:
        split[_held_out(data, names, split, groups.values())] = VALIDATION
    return np.array(split, np.int8)


def holds(rule: Split, name: str, field: Fields, salt: str) -> bool:
    """Whether a rule takes a recording.

    Args:
        rule: of a split.
        name: of the recording.
        field: what the name says.
        salt: two fractions with different salts take recordings independently.

    Raises:
        RecordingsError: the rule names a field that the pattern lacks.
    """
    if rule.field is None or rule.values is None:
        return _place(name, salt) < (rule.fraction or 0)
    if rule.field not in field:
        raise RecordingsError(f"the split by {rule.field} needs {{{rule.field}}} in data.pattern")
    for value in unicodedata.normalize("NFC", rule.values).split(","):
        first, dash, last = value.strip().partition("-")
        if dash and first.isdecimal() and last.isdecimal():
            if field[rule.field].isdecimal() and int(first) <= int(field[rule.field]) <= int(last):
                return True
        elif field[rule.field] == value.strip():
            return True
    return False


def _split_of(data: DataConfig, name: str, field: Fields) -> int:
    if data.test is not None and holds(data.test, name, field, salt="test"):
        return TEST
    return VALIDATION if holds(data.validation, name, field, salt="validation") else TRAIN


def _place(name: str, salt: str) -> float:
    """A number in [0, 1) that depends on the name and the salt alone."""
    digest = hashlib.sha256(f"{salt}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _groups(data: DataConfig, fields: Sequence[Fields]) -> dict[str, list[int]]:
    """What recordings share -> their indices: all recordings, then those of each label value."""
    groups = {"": list(range(len(fields)))}
    for label in data.labels:
        for i, field in enumerate(fields):
            groups.setdefault(f' with {label} "{field[label]}"', []).append(i)
    return groups


def _given_back(
    data: DataConfig, names: Sequence[str], split: Sequence[int], members: Sequence[int], shared: str
) -> int:
    """The recording of a group that a fraction holds out and that lies nearest to its edge."""
    rules = {VALIDATION: data.validation, TEST: data.test}
    by_fraction = [i for i in members if (rule := rules[split[i]]) and rule.fraction]
    if not by_fraction:
        raise RecordingsError(
            f"no recording{shared} is left for training: the test and validation splits hold out all "
            f"{len(members)}. Change these splits, or leave the recordings out with data.without"
        )
    return max(by_fraction, key=lambda i: _place(names[i], SPLITS[split[i]]))


def _held_out(
    data: DataConfig, names: Sequence[str], split: Sequence[int], groups: Iterable[Sequence[int]]
) -> int:
    """The recording nearest to the edge of the fraction for validation that can be spared elsewhere."""
    if not data.validation.fraction:
        raise RecordingsError("no recording is left for validation: the rule of data.validation takes none")
    trained = [[i for i in members if split[i] == TRAIN] for members in groups]
    needed = {own[0] for own in trained if len(own) == 1}
    spare = [i for i, own in enumerate(split) if own == TRAIN and i not in needed]
    if not spare and data.test and data.test.fraction:
        spare = [i for i, own in enumerate(split) if own == TEST]
    if not spare:
        counted = "1 recording is" if len(names) == 1 else f"{len(names)} recordings are"
        raise RecordingsError(
            f"{counted} too few: training needs one of every label value, and validation one more. "
            "All clips of a recording stay in one split, so a single long recording has to be cut in two"
        )
    return min(spare, key=lambda i: _place(names[i], "validation"))
