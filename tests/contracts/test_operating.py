"""docs/operating.md lists every setting with its default."""

import re
from pathlib import Path

from audio.files import AudioLimits
from service.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(TONESPACE_\w+)` \| (.*?) \| (.+) \|$", re.MULTILINE)


DECIDED_BY_THE_MACHINE = {"TONESPACE_CONCURRENCY": "the usable cores"}


def defaults():
    """Every variable and its default as the table writes it."""
    settings = {f"TONESPACE_{n.upper()}": f.default for n, f in Settings.model_fields.items() if n != "audio"}
    limits = {f"TONESPACE_AUDIO__{n.upper()}": f.default for n, f in AudioLimits.model_fields.items()}
    written = {name: "" if value in (None, ()) else str(value) for name, value in (settings | limits).items()}
    return written | DECIDED_BY_THE_MACHINE


def as_number(text):
    try:
        return float(text)
    except ValueError:
        return text


def test_every_setting_is_in_the_table_with_its_default():
    listed = {name: as_number(default.strip("`")) for name, default, _ in ROW.findall(PAGE)}
    assert listed == {name: as_number(default) for name, default in defaults().items()}
