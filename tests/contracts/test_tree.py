"""CONTRIBUTING shows where a line belongs: every module of the packages that it takes apart, and no other."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TREE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[3]
NAMES = r"((?:\w+ )*\w+)/?(?:  |$)"  # before the words about them
TAKEN_APART = ("audio", "service", "service/http", "service/pool", "service/sound")


def named(package):
    """The modules and folders on the lines below a package."""
    depth, below = package.count("/"), []
    _, _, rest = TREE.partition(f"\n{'  ' * depth}{Path(package).name}/ ")
    indent = "  " * (depth + 1)
    for line in rest.splitlines()[1:]:
        if not line.startswith(indent):
            break
        if found := re.match(indent + NAMES, line):
            below += found[1].split()
    return below


@pytest.mark.parametrize("package", TAKEN_APART)
def test_every_module_has_its_place_in_the_tree(package):
    modules = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
    folders = {path.name for path in (ROOT / package).iterdir() if path.is_dir()} - {"__pycache__"}
    assert sorted(named(package)) == sorted(modules | folders)
