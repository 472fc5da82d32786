"""What is installed from here: the client and the command line, with all they need and nothing more."""

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
BUILD = "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"
LOADED = """
import sys, tonespace, tonespace.cli, tonespace.local
print(sorted({module.partition(".")[0] for module in sys.modules}))
"""
CLIENT_ALONE = "import sys; sys.modules['rich'] = sys.modules['typer'] = None; import tonespace; "
INSTALLED = "import sys; sys.path.append(sys.argv.pop(1)); from tonespace.cli import run; sys.exit(run())"

pytest.importorskip("flit_core", reason="part of the dev group: make .venv/dev anew")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert built.returncode == 0, built.stderr
    return folder / built.stdout.strip()


@pytest.fixture
def python(wheel, tmp_path):
    """Runs Python in an empty folder with the wheel in front of it and the checkout nowhere."""

    def call(*arguments):
        command = [sys.executable, "-P", *arguments]
        environment = os.environ | {"PYTHONPATH": str(wheel)}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return call


def test_a_wheel_holds_the_package_alone_and_says_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith("METADATA"))).decode()
        scripts = archive.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert {name.partition("/")[0] for name in names} == {"tonespace", "tonespace-0.1.0.dist-info"}
    assert "tonespace/py.typed" in names
    assert "tonespace=tonespace.cli:run" in scripts
    needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE)
    assert needed == ["httpx", "httpx-retries", "rich", "typer"]


def needed_by(name):
    """The distribution of this name and all that it requires on this machine."""
    found = {name: distribution(name)}
    for requirement in map(Requirement, found[name].requires or []):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found |= needed_by(requirement.name)
    return found


@pytest.mark.parametrize("verb", [["--version"], ["--help"], ["sample", "--server", "http://127.0.0.1:1"]])
def test_an_environment_with_what_the_wheel_needs_and_nothing_more_runs_it(wheel, tmp_path, verb):
    for name in ("httpx", "httpx-retries", "rich", "typer"):
        for needed in needed_by(name).values():
            for top in {file.parts[0] for file in needed.files if file.parts[0] not in ("..", "__pycache__")}:
                if not (tmp_path / top).exists():
                    (tmp_path / top).symlink_to(needed.locate_file(top))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "-I", "-S", "-c", INSTALLED, str(tmp_path), *verb]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == (3 if "--server" in verb else 0), finished.stderr
    assert "Traceback" not in finished.stderr


def test_the_command_line_loads_nothing_of_the_other_packages(python):
    loaded = python("-c", LOADED)
    assert "'tonespace'" in loaded.stdout, loaded.stderr
    for name in ("audio", "service", "training", "numpy", "onnxruntime"):
        assert f"'{name}'" not in loaded.stdout


def test_without_the_checkout_what_needs_it_is_a_sentence(python):
    assert python("-m", "tonespace", "--version").stdout == "0.1.0\n"
    for verb, make in (("sample", "cli"), ("serve", "serve"), ("train", "train"), ("adapt", "adapt CLIPS=")):
        refused = python("-m", "tonespace", verb, *["--local"][: verb == "sample"])
        assert refused.returncode == 1
        assert re.search(f"works in a clone of the repository, where `make {make}.*` inst", refused.stderr)
        assert "Traceback" not in refused.stderr


def test_the_client_loads_neither_rich_nor_typer(python):
    assert python("-c", CLIENT_ALONE + "tonespace.Client()").returncode == 0
