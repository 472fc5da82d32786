"""docs/operating.md lists every setting with its default."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from audio.formats import AudioLimits
from service.settings import RaySettings, Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "operating.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(TONESPACE_\w+)` \| (.*?) \| (.+) \|$", re.MULTILINE)


DECIDED_BY_THE_MACHINE = {"TONESPACE_WORKERS": "the usable cores"}


def defaults():
    """Every variable and its default as the table writes it."""
    nested = {"audio": AudioLimits, "ray": RaySettings}
    settings = {n: f.default for n, f in Settings.model_fields.items() if n not in nested}
    settings |= {
        f"{group}__{n}": f.default for group, model in nested.items() for n, f in model.model_fields.items()
    }
    written = {
        f"TONESPACE_{name.upper()}": "" if value in (None, ()) else str(value)
        for name, value in settings.items()
    }
    return written | DECIDED_BY_THE_MACHINE


def as_number(text):
    try:
        return float(text)
    except ValueError:
        return text


def test_every_setting_is_in_the_table_with_its_default():
    listed = {name: as_number(default.strip("`")) for name, default, _ in ROW.findall(PAGE)}
    assert listed == {name: as_number(default) for name, default in defaults().items()}


def choices():
    """The values that a setting accepts, where these are few."""
    for name, field in Settings.model_fields.items():
        if get_origin(field.annotation) is Literal:
            yield f"TONESPACE_{name.upper()}", get_args(field.annotation)


@pytest.mark.parametrize(("name", "values"), list(choices()))
def test_the_table_names_every_choice(name, values):
    ((_, default, meaning),) = [row for row in ROW.findall(PAGE) if row[0] == name]
    assert all(f"`{value}`" in default + meaning for value in values)


def test_every_link_leads_to_a_file():
    for page in (DOCS / "operating.md", DOCS / "threats.md", DOCS / "scaling.md"):
        links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        assert links
        assert all((DOCS / link).exists() for link in links if "://" not in link), page
