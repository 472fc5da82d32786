"""Results of an evaluation: rows of sounds, and the figures of each; flat in the manifest alone.

A figure is named `stoi`, or `digit.accuracy` where it is about a label: a dot is in no name of either.
"""

from collections.abc import Mapping, Sequence

Figures = dict[str, float]  # name -> value
Results = dict[str, Figures]  # row -> its figures; those of the model as a whole are in MODEL

MODEL = ""


def merged(*parts: Mapping[str, Mapping[str, float]]) -> Results:
    """The figures of all parts, row by row."""
    rows = dict.fromkeys(row for part in parts for row in part)
    return {row: {n: v for part in parts for n, v in part.get(row, {}).items()} for row in rows}


def flat(results: Mapping[str, Mapping[str, float]]) -> Figures:
    """The figures by `row.figure`, those of the model as a whole by `figure`."""
    return {
        f"{row}.{figure}".removeprefix("."): value
        for row, figures in results.items()
        for figure, value in figures.items()
    }


def by_row(metrics: Mapping[str, float], rows: Sequence[str]) -> Results:
    """The figures of these rows, in their order; undoes `flat`. A row without figures is left out."""
    found: Results = {row: {} for row in rows}
    for name, value in metrics.items():
        row, _, figure = name.partition(".")
        if row in found and figure:
            found[row][figure] = value
    return {row: figures for row, figures in found.items() if figures}


def of_the_model(metrics: Mapping[str, float]) -> Figures:
    """The figures of the model as a whole."""
    return {name: value for name, value in metrics.items() if "." not in name}


def table(results: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The Markdown table of some rows: a column for each row, a line for each figure."""
    figures = list(dict.fromkeys(figure for found in results.values() for figure in found))
    lines = [f"| | {' | '.join(results)} |", "|---" * (len(results) + 1) + "|"]
    for figure in figures:
        values = [found.get(figure) for found in results.values()]
        cells = ["" if value is None else f"{value:.4g}" for value in values]
        lines.append(f"| {titled(figure)} | {' | '.join(cells)} |")
    return lines


def titled(figure: str) -> str:
    """The name of a figure for people; that of its label stays as it is."""
    label, _, name = figure.rpartition(".")
    return f"{label} {name.replace('_', ' ')}".strip()
