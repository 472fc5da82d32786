"""docs/operating.md lists every setting with its default."""

import re
from pathlib import Path

from audio.files import AudioLimits
from service.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(TONESPACE_\w+)` \| (.*?) \| (.+) \|$", re.MULTILINE)


def defaults():
    """Every variable and its default; None where the machine decides."""
    settings = {f"TONESPACE_{n.upper()}": f.default for n, f in Settings.model_fields.items() if n != "audio"}
    limits = {f"TONESPACE_AUDIO__{n.upper()}": f.default for n, f in AudioLimits.model_fields.items()}
    return settings | limits | {"TONESPACE_CONCURRENCY": None}


def test_every_setting_is_in_the_table_with_its_default():
    listed = {name: default.strip("`") for name, default, _ in ROW.findall(PAGE)}
    assert listed.pop("TONESPACE_CONCURRENCY") == "the usable cores"
    expected = {name: default for name, default in defaults().items() if default is not None}
    assert listed.keys() == expected.keys()
    for name, default in expected.items():
        number = isinstance(default, int | float)
        assert (float(listed[name]) == default) if number else (listed[name] == str(default)), name
