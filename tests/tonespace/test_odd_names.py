"""Names that are no text, and locales that cannot show what they hold, end in no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCALES = [
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "latin-1:strict"},
]


@pytest.fixture
def odd(tmp_path, wav):
    """A folder with a name that is not UTF-8, one beyond Latin-1, and one that is no sound."""
    for name in (b"caf\xe9.wav", "Łódź.wav".encode(), b"\xff.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(wav)
    return tmp_path


@pytest.mark.parametrize("variables", LOCALES, ids=str)
def test_a_folder_with_odd_names_is_worked_through_in_every_locale(running, odd, variables):
    finished = run_in(variables, odd, "reconstruct", ".", "-o", "out", "--server", running)
    assert finished.returncode == 0, finished.stderr
    assert len(list((odd / "out").iterdir())) == len(finished.stdout.splitlines()) == 2
    assert finished.stderr.startswith(b"Left out, not named like a sound file: ")
    assert b"Traceback" not in finished.stderr


@pytest.mark.parametrize("variables", LOCALES, ids=str)
def test_help_is_printed_in_every_locale(tmp_path, variables):
    finished = run_in(variables, tmp_path, "--help")
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert b"Serving and training" in finished.stdout


def run_in(variables, folder, *arguments):
    names = {"LC_ALL", "LANG", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONCOERCECLOCALE"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-m", "tonespace", *arguments]
    environment |= {"PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)
