"""docs/replication.md agrees with the results files and shows the images beside them."""

import json
import re
from pathlib import Path

import pytest

from training.replication.page import SECTIONS, page_of

PAGE = Path(__file__).parents[2] / "docs/replication.md"
FOLDER = PAGE.with_suffix("")
FIGURES = range(1, 57)  # of the thesis
FROM_THE_THESIS = {
    *(0.0364, 100, -0.4431),  # a loss, its epochs, a divergence
    *(217, 231, 68, 72),  # milliseconds a step, seconds an epoch
    *(1400, 1600, 1700, 1900, 2000, 2100, 2500, 10_000),  # epochs
    *(99_842, 121_537, 221_379, 3_127_874, 4_662_721, 7_790_595),  # parameters
    *(22_050, 44, 54, 100, 690, 545, 2023),  # Hz, kHz, samples, pixels, a year
}
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?(?![\w])")
MAX_IMAGE_BYTES, MAX_FOLDER_BYTES = 90_000, 1_500_000


def test_the_page_is_what_the_results_files_say():
    assert PAGE.read_text(encoding="utf-8") == page_of(FOLDER), "python -m training replicate writes it anew"


@pytest.mark.parametrize("experiment", SECTIONS)
def test_every_experiment_has_been_run(experiment):
    assert (FOLDER / f"{experiment}.json").exists()


def test_every_image_is_on_the_page_and_every_image_of_the_page_exists():
    shown = set(re.findall(r"\]\(replication/([\w-]+\.png)\)", PAGE.read_text(encoding="utf-8")))
    assert shown == {path.name for path in FOLDER.glob("*.png")}


def numbers_in(value):
    """Every number of a results file, those in its texts too."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for each in value:
            yield from numbers_in(each)
    elif isinstance(value, str):
        yield from (float(found.replace(",", "")) for found in NUMBER.findall(value))
    elif not isinstance(value, bool) and value is not None:
        yield float(value)


def numbers_on(page):
    """Every number of the page, its value and half of its last digit."""
    lines = [line for line in page.splitlines() if not line.startswith(("#", "![", "`"))]
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|\[\d+\]", "", "\n".join(lines))
    for number in NUMBER.findall(text):
        bare = number.strip(",").replace(",", "")
        mantissa, _, power = bare.partition("e")
        decimals = len(mantissa.partition(".")[2])
        yield number, float(bare), 0.5 * 10.0 ** (int(power or 0) - decimals)


def test_every_number_of_the_page_is_in_a_results_file_or_in_the_thesis():
    results = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")]
    found = {number for result in results for number in numbers_in(result)}
    seconds = [result["seconds"] for result in results]
    n_clips_inverted = next(
        result["settings"]["n_clips_inverted"]
        for result in results
        if "n_clips_inverted" in result["settings"]
    )
    trainings = json.loads((FOLDER / "cost.json").read_text(encoding="utf-8"))["figures"]["spectrograms_s"]
    derived = (
        {second / 3600 for second in trainings.values()}
        | {second / 60 for second in seconds}
        | {sum(seconds) / 3600, 100 * (0.25 / n_clips_inverted) ** 0.5}
    )
    known = found | derived | {100 * number for number in found if 0 < number < 1} | FROM_THE_THESIS
    strange = [
        text
        for text, value, off in numbers_on(PAGE.read_text(encoding="utf-8"))
        if value not in FIGURES and not any(abs(number - value) <= off * 1.001 for number in known)
    ]
    assert strange == []


def test_the_images_are_small():
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert {name: size for name, size in sizes.items() if size > MAX_IMAGE_BYTES} == {}
    assert sum(sizes.values()) < MAX_FOLDER_BYTES


def test_no_results_file_contains_a_path():
    for path in FOLDER.glob("*.json"):
        texts = re.findall(r'"([^"]*)"', json.dumps(json.loads(path.read_text(encoding="utf-8"))))
        assert [text for text in texts if text.startswith(("/", "~")) or "\\" in text] == []


def test_the_readme_states_the_main_result_as_measured():
    rows = json.loads((FOLDER / "istft.json").read_text(encoding="utf-8"))["figures"]["true_spectrograms"]
    shares = {row["inverse"]: row["digit_percent"] for row in rows if row["size"] == "28 x 28"}
    readme = " ".join((PAGE.parents[1] / "README.md").read_text(encoding="utf-8").split())
    assert f"{shares['as printed']:.0f} % are recognised as the right digit" in readme
    assert f"with the correct inverse, {shares['Griffin-Lim']:.0f} %" in readme
