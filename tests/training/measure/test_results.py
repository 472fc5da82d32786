"""Figures keep the names of their rows and labels, whatever characters those have."""

from training.measure.results import MODEL, by_row, flat, merged, of_the_model, table, titled

RESULTS = {
    MODEL: {"n_clips": 8.0},
    "real": {"my_label.accuracy": 1.0, "stoi": 0.9},
    "other my_label": {"my_label.accuracy": 0.5},
}


def test_flat_figures_go_back_to_their_rows():
    metrics = flat(RESULTS)
    assert metrics == {
        "n_clips": 8.0,
        "real.my_label.accuracy": 1.0,
        "real.stoi": 0.9,
        "other my_label.my_label.accuracy": 0.5,
    }
    assert by_row(metrics, ["other my_label", "real", "absent"]) == {
        "other my_label": RESULTS["other my_label"],
        "real": RESULTS["real"],
    }
    assert of_the_model(metrics) == RESULTS[MODEL]


def test_a_label_keeps_its_underscores_where_a_figure_loses_them():
    assert titled("my_label.inception_score") == "my_label inception score"
    assert titled("timbre_spread_db") == "timbre spread db"


def test_a_table_has_a_column_for_each_row_and_gaps_where_a_figure_is_missing():
    assert table({name: RESULTS[name] for name in ("real", "other my_label")}) == [
        "| | real | other my_label |",
        "|---|---|---|",
        "| my_label accuracy | 1 | 0.5 |",
        "| stoi | 0.9 |  |",
    ]


def test_parts_are_merged_row_by_row():
    assert merged({"a": {"x": 1.0}}, {"a": {"y": 2.0}, "b": {"x": 3.0}}) == {
        "a": {"x": 1.0, "y": 2.0},
        "b": {"x": 3.0},
    }
