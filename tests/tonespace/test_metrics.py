"""The metrics of a model are tables that fit the terminal, with every figure once."""

import io
import json
import re
from pathlib import Path

from rich.console import Console

from tonespace.cli.metrics import metric_tables

MODELS = Path(__file__).parents[2] / "models"
METRICS = {
    "n_clips": 300.0,
    "inverted.stoi": 0.9948,
    "reconstruction.stoi": 0.9273,
    "inverted.pesq": 4.305,
    "reconstruction.pesq": 3.4592,
    "other digit.digit.accuracy": 1.0,
    "reconstruction.digit.accuracy": 0.25,
    "telephone band.digit.label_head": 0.9767,
}


def printed(metrics, width):
    console = Console(file=io.StringIO(), width=width)
    for table in metric_tables(metrics, width):
        console.print(table)
    return [re.split(r"  +", line.strip()) for line in console.file.getvalue().splitlines()]


def test_what_was_measured_is_a_row_and_the_sounds_are_columns():
    assert printed(METRICS, 120) == [
        ["metric"],
        ["n clips", "300"],
        ["metric", "inverted", "reconstruction", "other digit", "telephone band"],
        ["stoi", "0.9948", "0.9273"],
        ["pesq", "4.305", "3.459"],
        ["digit accuracy", "0.25", "1"],
        ["digit label head", "0.9767"],
    ]


def test_a_narrow_terminal_gets_more_tables_and_every_figure_once():
    lines = printed(METRICS, 60)
    assert [line[1:] for line in lines if line[0] == "metric"] == [
        [],
        ["inverted", "reconstruction"],
        ["other digit", "telephone band"],
    ]
    figures = [cell for line in lines for cell in line[1:] if cell[0].isdigit()]
    assert sorted(map(float, figures)) == sorted([300, 0.9948, 0.9273, 4.305, 3.459, 1, 0.25, 0.9767])


def test_without_metrics_there_is_no_table():
    assert metric_tables({}, 80) == []


def test_metrics_of_the_committed_models_are_split_into_rows_and_columns():
    for path in (MODELS / "digits-vae", MODELS / "tones"):
        manifest = max(path.glob("*/manifest.json"), key=lambda file: int(file.parent.name))
        metrics = json.loads(manifest.read_text(encoding="utf-8"))["metrics"]
        lines = printed(metrics, 1000)
        assert {"n clips", "active dimensions"} < {line[0] for line in lines}
        assert "reconstruction" in next(line for line in lines if len(line) > 1 and line[0] == "metric")
        assert sum(len(line) - 1 for line in lines if line[0] != "metric") == len(metrics)
