"""models, map, and what the command line says of itself."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rich.console import Console

import tonespace as package
from tonespace.answers import Map, Points
from tonespace.cli import batch
from tonespace.cli.models import PLOT_HEIGHT, PLOT_WIDTH, plot

ROOT = Path(__file__).parents[2]
VERBS = [
    "encode",
    "reconstruct",
    "again",
    "sample",
    "generate",
    "morph",
    "instrument",
    "perform",
    "models",
    "map",
    "serve",
    "train",
]
OF_TRAINING = ["sounds", "prepare", "adapt", "evaluate", "export", "card"]


@pytest.mark.parametrize("where", [[], ["--local"]])
def test_models_are_listed_and_described(tonespace, where):
    rows = [line.split() for line in tonespace("models", *where).text.splitlines()]
    assert [row[0] for row in rows] == ["model", "plain@1", "voices@2", "voices@1"]
    assert [row[0] for row in rows if row[-1] == "default"] == ["voices@2"]
    records = tonespace("models", "--json", *where).records
    assert [record["version"] for record in records] == [1, 2, 1]
    (record,) = tonespace("models", "voices@1", "--json", *where).records
    assert record["labels"]["digit"] == ["0", "7", "9"]
    text = tonespace("models", "voices", *where).text
    assert "licence: CC0-1.0" in text
    assert record["checksums"]["encoder.onnx"] in tonespace("models", "voices@1").text


def test_the_map_is_printed_as_json_and_as_a_plot(tonespace, refused):
    (record,) = tonespace("map", "--json").records
    assert (record["model"], record["n_clips"], record["points"]["z"]) == ("voices", 60, None)
    assert record["x_number"] is None
    (with_z,) = tonespace("map", "voices@2", "--json", "--z").records
    assert len(with_z["points"]["z"][0]) == 4
    plotted = tonespace("map", "--by", "speaker").text
    assert "speaker: t theo, j jackson" in plotted
    assert "digit: 0, 7, 9" in tonespace("map").text
    assert "the labels of plain are none" in refused("map", "plain", "--by", "digit", status=2)


def a_map(x, y, labels, values):
    points = Points(list(range(len(x))), x, y, labels, None)
    return Map("birds", 1, 2, "identity", None, {}, [0.6, 0.4], [], values, [], len(x), points)


def test_a_plotted_map_has_its_corners_where_they_belong():
    found = a_map([0, 1, 0, 1], [0, 0, 1, 1], {"kind": [0, 1, 2, 3]}, {"kind": ["hat", "hut", "kick", "a"]})
    *rows, legend = plot(found, "kind").splitlines()
    assert len(rows) == PLOT_HEIGHT
    assert rows[0] == "k" + " " * (PLOT_WIDTH - 2) + "a"
    assert rows[-1] == "h" + " " * (PLOT_WIDTH - 2) + "b"
    assert legend == "kind: h hat, b hut, k kick, a"


def test_a_map_of_one_clip_without_labels_is_plotted():
    assert plot(a_map([3], [4], {}, {}), None).splitlines()[-1] == "a a clip"


def test_help_names_every_verb_and_every_exit_status(tonespace):
    text = tonespace("--help").text
    for verb in [*VERBS, *OF_TRAINING]:
        assert f"│ {verb} " in text
    assert "Exit status: 0 done; 1 refused or failed" in text
    assert (tonespace().status, tonespace().stderr) == (2, "")


def test_every_command_in_the_readme_is_a_verb_with_these_options(tonespace):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"(?:^\$ |\| )tonespace (\w+)([^|#\n]*)", readme, re.MULTILINE)
    assert {"sample", "reconstruct", "morph", "encode", "generate", "again"} <= {verb for verb, _ in commands}
    for verb, rest in commands:
        text = tonespace(verb, "--help").text
        assert all(option in text for option in re.findall(r"--[a-z-]+", rest)), (verb, rest)


def test_the_python_in_the_readme_runs(running, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.+?)```", readme, re.DOTALL)
    exec(code.replace("Client()", f"Client({running!r})"), {})
    assert "'digit': {" in capsys.readouterr().out


def test_the_version_is_the_projects(tonespace):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert package.__version__ == project["version"]
    assert tonespace("--version").text == f"{package.__version__}\n"


@pytest.mark.parametrize(
    ("typed", "offered"), [("tonespace samp", "sample"), ("tonespace encode --js", "--json")]
)
def test_the_shell_completes_verbs_and_options(typed, offered):
    environment = os.environ | {"_TONESPACE_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    environment |= {"COMP_CWORD": str(typed.count(" ")), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tonespace"]
    finished = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.stdout.split() == [offered]


def test_the_bar_is_shown_to_people_and_not_for_pipes(tonespace, folder, monkeypatch):
    assert "━" not in tonespace("encode", folder).stderr
    terminal = Console(stderr=True, force_terminal=True, width=80)
    monkeypatch.setattr(batch, "errors", lambda: terminal)
    finished = tonespace("encode", folder, "--json")
    assert "━" in finished.stderr
    assert "4/4" in finished.stderr
    assert len(finished.records) == 3


def test_colours_never_reach_a_pipe(tonespace, folder):
    for arguments in (["models"], ["map"], ["encode", folder], ["models", "voices"]):
        finished = tonespace(*arguments)
        assert b"\x1b[" not in finished.stdout
        assert "\x1b[" not in finished.stderr
