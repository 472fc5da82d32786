"""The sections of a config about recordings: those to learn, and those to measure replicas on."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from audio.manifest import LabelName


def expanded(path: Path) -> Path:
    """The path with `~` and `~name` replaced by the home directory.

    Raises:
        ValueError: there is no such home directory.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path}: no such home directory") from error


def check_pattern(pattern: str | None) -> None:
    """Raise unless the fields of a pattern are words, each named once.

    Raises:
        ValueError: they are not.
    """
    names = re.findall(r"\{(\w*)\}", pattern or "")
    if len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
        raise ValueError(f"pattern {pattern} names a field twice, or not by a word")


class Strict(BaseModel):
    """A section that refuses keys it does not know, and numbers that are not finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Split(Strict):
    """Which clips a split holds: those whose `field` lies in `values`, or a fraction of all.

    A fraction is chosen by a hash of the file name, so that a new recording moves no other.
    """

    field: str | None = Field(None, description="a name in the pattern")
    values: str | None = Field(None, description='"0-4" or "anna,ben"; ranges are of whole numbers')
    fraction: float | None = Field(None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        by_field = self.field is not None and self.values is not None
        if by_field == (self.fraction is not None) or (self.field is None) != (self.values is None):
            raise ValueError("give either field and values, or fraction")
        return self


class DataConfig(Strict):
    """A folder of recordings and how to read it."""

    name: str
    source: str = "a local folder"
    licence: str = "not stated"
    recordings: Annotated[Path, AfterValidator(expanded)]
    archive_url: str | None = Field(None, description="a ZIP to fetch when the folder does not exist")
    pattern: str | None = Field(
        None,
        description='of the path below the folder without its ending, such as "{digit}_{speaker}_{index}"',
    )
    labels: tuple[LabelName, ...] = Field((), description="those of the recordings that the model learns")
    labels_file: Annotated[Path, AfterValidator(expanded)] | None = Field(
        None,
        description="a CSV table of labels beside those of the pattern: a column `file`, the path below the "
        "folder, and one for each label; what has a text in `left_out` is not used",
    )
    numbers: dict[LabelName, str] = Field(
        {}, description="labels whose values are numbers -> their unit, such as MIDI note"
    )
    similar_labels: Literal["merge", "keep"] = Field(
        "merge", description="label values that differ in upper and lower case alone: one value, or several"
    )
    segment: Literal["start", "onset", "hop"] = Field(
        "start",
        description="clips of a recording: one at its start, one at every onset, or one every hop_s seconds",
    )
    hop_s: float | None = Field(None, gt=0, description="seconds; default: the length of the window")
    min_clip_s: float = Field(0.3, gt=0, description="an onset that follows another sooner begins no clip")
    without: tuple[Split, ...] = Field((), description="clips that are left out of everything, by any rule")
    test: Split | None = None
    validation: Split = Split(fraction=0.1)

    @field_validator("without", mode="before")
    @classmethod
    def _rules(cls, rules: Any) -> Any:
        return (rules,) if isinstance(rules, dict) else rules or ()

    @model_validator(mode="after")
    def _pattern_can_be_read(self) -> Self:
        check_pattern(self.pattern)
        if unknown := sorted(self.numbers.keys() - set(self.labels)):
            raise ValueError(f"data.numbers: {unknown} are not in data.labels")
        return self


class UnseenConfig(Strict):
    """Recordings that took no part in training, which replicas are measured on as well."""

    recordings: Annotated[Path, AfterValidator(expanded)] | None = Field(
        None, description="their folder; default: data.recordings"
    )
    rule: Split | None = Field(None, description="which of them; default: all whose labels are known")


class EvaluatorsConfig(Strict):
    """What the external evaluators are asked; without it they are not used."""

    word_label: str = Field("", description="the label whose values are words")
    words: dict[str, str] = Field({}, description="value of the label -> the English word")
    speaker_label: str = Field("", description="the label whose values are speakers")
    n_clips: int = Field(300, ge=1, description="of each set of notes or hits at most")
    unseen: dict[str, UnseenConfig] = Field({}, description="name of a set -> recordings")
