"""What is installed from here: the client and the command line, and nothing of the other rooms."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"
LOADED = """
import sys, tonespace, tonespace.cli, tonespace.local
print(sorted({module.partition(".")[0] for module in sys.modules}))
"""
CLIENT_ALONE = "import sys; sys.modules['rich'] = sys.modules['typer'] = None; import tonespace; "

pytest.importorskip("flit_core", reason="part of the dev extra: make .venv/dev anew")


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
    assert "tonespace=tonespace.__main__:main" in scripts
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert all("extra ==" in line for line in needed)
    assert [line for line in needed if "'client'" in line or '"client"' in line] == [
        'Requires-Dist: httpx>=0.28 ; extra == "client"'
    ]


def test_the_command_line_loads_nothing_of_the_other_rooms(python):
    loaded = python("-c", LOADED)
    assert "'tonespace'" in loaded.stdout, loaded.stderr
    for name in ("audio", "service", "training", "numpy", "onnxruntime"):
        assert f"'{name}'" not in loaded.stdout


def test_without_the_checkout_what_needs_it_is_a_sentence(python):
    assert python("-m", "tonespace", "--version").stdout == "0.1.0\n"
    for verb in (["sample", "--local"], ["serve"], ["train"]):
        refused = python("-m", "tonespace", *verb)
        assert refused.returncode == 1
        assert "works in a checkout, after `make cli`" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_the_client_needs_neither_rich_nor_typer_and_the_command_line_says_so(python):
    assert python("-c", CLIENT_ALONE + "tonespace.Client()").returncode == 0
    told = python("-c", CLIENT_ALONE + "from tonespace.__main__ import main; sys.exit(main())")
    assert told.returncode == 1
    assert told.stderr == "tonespace: typer is missing: pip install 'tonespace[cli]'\n"
