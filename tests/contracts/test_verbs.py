"""The Makefile: every verb explained, every verb that the documents mention there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

DOCUMENTED = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
PHONY = {verb for line in re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE) for verb in line.split()}

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments):
    # The tests may themselves run under a make, whose flags and variables are none of their business.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def commands_in(document):
    """Every `make ...` of a document, in a code block or between backticks."""
    markdown = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(r"(?:^|`)(make(?: [^`#\n]+)?)", markdown, re.MULTILINE)


def test_every_verb_has_a_line_of_help():
    assert PHONY == DOCUMENTED


@needs_make
def test_make_alone_lists_every_verb():
    listed = re.findall(r"^  make ([a-z-]+)  +\S", make().stdout, re.MULTILINE)
    assert sorted(listed) == sorted(DOCUMENTED)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_in_a_document_is_a_verb(document):
    verbs = [command.split()[1] for command in commands_in(document) if " " in command]
    assert verbs, "a document for newcomers names at least one command"
    assert set(verbs) <= DOCUMENTED


def test_the_two_commands_of_a_newcomer_stand_in_the_readme():
    assert {"make serve", "make test"} <= {command.strip() for command in commands_in("README.md")}


@needs_make
def test_serve_listens_on_this_machine_only_and_on_the_port_asked_for():
    recipe = make("--dry-run", "serve", "PORT=8123").stdout
    assert "TONESPACE_HOST=127.0.0.1 TONESPACE_PORT=8123" in recipe


@needs_make
def test_a_missing_python_is_explained_in_a_sentence(tmp_path):
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    elsewhere = ["-f", str(ROOT / "Makefile"), "-C", str(tmp_path)]
    finished = make(*elsewhere, "test-light", "PYTHON=python-not-there")
    assert finished.returncode != 0
    assert "apt install python3" in finished.stderr
    assert not (tmp_path / ".venv").exists()


@needs_make
def test_adapt_needs_clips_and_a_label_before_it_installs_anything():
    for arguments in ([], ["CLIPS=some"], ["LABEL=speaker:me"]):
        finished = make("adapt", "CLIPS=", "LABEL=", *arguments)
        assert finished.returncode != 0
        assert "make adapt CLIPS=my-clips LABEL=speaker:me" in finished.stderr
        assert "Making .venv" not in finished.stdout
    recipe = make("--dry-run", "adapt", "CLIPS=my clips", "LABEL=speaker:me").stdout
    assert ".venv/adapt/bin/python -m training adapt" in recipe
    assert '--clips "my clips" --label "speaker:me"' in recipe


def test_continuous_integration_runs_the_verbs_that_developers_type():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make .+$", script, re.MULTILINE) == ["make check", "make test"]


@needs_make
def test_the_slow_tests_are_left_out_of_the_quick_ones_alone():
    light, full = (
        make("--dry-run", verb, "DEV=", "TRAINING=").stdout for verb in ("test-light", "test-full")
    )
    assert "-m 'not slow'" in light
    assert "slow" not in full
    assert "test-full" in re.search(r"^test: (.+?) ##", MAKEFILE, re.MULTILINE)[1].split()
