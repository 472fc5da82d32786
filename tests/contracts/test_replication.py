"""docs/replication.md says what the results files say, and shows the pictures that lie beside them."""

import json
import re
from pathlib import Path

import pytest

from training.replication.page import SECTIONS, page_of

PAGE = Path(__file__).parents[2] / "docs/replication.md"
FOLDER = PAGE.with_suffix("")
MAX_PICTURE_BYTES, MAX_FOLDER_BYTES = 90_000, 1_500_000


def test_the_page_is_what_the_results_files_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_of(FOLDER), "python -m training replicate writes it anew"


@pytest.mark.parametrize("experiment", SECTIONS)
def test_every_experiment_has_been_run(experiment: str) -> None:
    assert (FOLDER / f"{experiment}.json").exists()


def test_every_picture_is_on_the_page_and_every_picture_of_the_page_is_here() -> None:
    shown = set(re.findall(r"\]\(replication/([\w-]+\.png)\)", PAGE.read_text(encoding="utf-8")))
    assert shown == {path.name for path in FOLDER.glob("*.png")}


def test_the_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert {name: size for name, size in sizes.items() if size > MAX_PICTURE_BYTES} == {}
    assert sum(sizes.values()) < MAX_FOLDER_BYTES


def test_no_results_file_tells_where_it_was_made() -> None:
    for path in FOLDER.glob("*.json"):
        texts = re.findall(r'"([^"]*)"', json.dumps(json.loads(path.read_text(encoding="utf-8"))))
        assert [text for text in texts if text.startswith(("/", "~")) or "\\" in text] == []


def test_the_readme_tells_the_finding_as_it_was_measured() -> None:
    rows = json.loads((FOLDER / "istft.json").read_text(encoding="utf-8"))["figures"]["true_pictures"]
    heard = {row["inverse"]: row["digit_percent"] for row in rows if row["size"] == "28 x 28"}
    readme = " ".join((PAGE.parents[1] / "README.md").read_text(encoding="utf-8").split())
    assert f"{heard['as printed']:.0f} % are heard as the digit that was said" in readme
    assert f"through the right inverse {heard['Griffin-Lim']:.0f} %" in readme
