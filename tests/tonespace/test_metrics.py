"""The metrics of a model are tables that fit the terminal, with every figure once."""

import io
import re

from rich.console import Console

from tonespace.cli.metrics import metric_tables

METRICS = {
    "n_clips": 300.0,
    "inverted_stoi": 0.9948,
    "reconstruction_stoi": 0.9273,
    "inverted_pesq": 4.305,
    "reconstruction_pesq": 3.4592,
    "other digit_digit_accuracy": 1.0,
    "reconstruction_digit_accuracy": 0.25,
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
        ["metric", "inverted", "reconstruction", "other digit"],
        ["stoi", "0.9948", "0.9273"],
        ["pesq", "4.305", "3.459"],
        ["digit accuracy", "0.25", "1"],
    ]


def test_a_narrow_terminal_gets_more_tables_and_every_figure_once():
    lines = printed(METRICS, 60)
    assert [line[1:] for line in lines if line[0] == "metric"] == [
        [],
        ["inverted", "reconstruction"],
        ["other digit"],
    ]
    figures = [cell for line in lines for cell in line[1:] if cell[0].isdigit()]
    assert sorted(map(float, figures)) == sorted([300, 0.9948, 0.9273, 4.305, 3.459, 1, 0.25])


def test_without_metrics_there_is_no_table():
    assert metric_tables({}, 80) == []
