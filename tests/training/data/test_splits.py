"""Every recording belongs to one split, and nothing is trained or validated on by accident."""

import pytest

from training.config_data import DataConfig
from training.data.splits import TEST, TRAIN, VALIDATION, split_recordings
from training.errors import RecordingsError


def data(**settings):
    settings = {"pattern": "{kind}/{take}", "labels": ("kind",)} | settings
    return DataConfig.model_validate({"name": "Drums", "recordings": "drums"} | settings)


def split(config, *names):
    fields = [dict(zip(("kind", "take"), name.split("/"), strict=True)) for name in names]
    found = split_recordings(config, names, fields)
    return dict(zip(names, found.tolist(), strict=True))


def takes(kind, n):
    return [f"{kind}/{i}" for i in range(n)]


def test_a_fraction_takes_about_its_share():
    config = data(test={"fraction": 0.2}, validation={"fraction": 0.25})
    found = list(split(config, *takes("kick", 1000)).values())
    assert found.count(TEST) == pytest.approx(200, abs=50)
    assert found.count(VALIDATION) == pytest.approx(200, abs=50)  # a quarter of what is no test


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 8])
@pytest.mark.parametrize("fraction", [0.001, 0.1, 0.999])
def test_few_recordings_give_at_least_one_to_train_and_one_to_validate_on(n, fraction):
    found = split(data(validation={"fraction": fraction}), *takes("kick", n)).values()
    assert {TRAIN, VALIDATION} == set(found)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.999])
def test_a_fraction_leaves_every_label_value_something_to_train_on(fraction):
    names = [*takes("kick", 30), *takes("snare", 3), *takes("gong", 1)]
    config = data(test={"fraction": fraction}, validation={"fraction": fraction})
    found = split(config, *names)
    for kind in ("kick", "snare", "gong"):
        assert TRAIN in {own for name, own in found.items() if name.startswith(kind)}


def test_the_only_recording_of_a_value_is_not_taken_for_validation():
    found = split(data(validation={"fraction": 0.001}), "gong/0", "kick/0", "kick/1", "bell/0")
    assert (found["gong/0"], found["bell/0"]) == (TRAIN, TRAIN)
    assert sorted([found["kick/0"], found["kick/1"]]) == [TRAIN, VALIDATION]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["kick/0"], "^1 recording is too few.*has to be cut in two"),
        (
            ["kick/0", "snare/0", "gong/0"],
            "^3 recordings are too few: training needs one of every label value",
        ),
    ],
)
def test_too_few_recordings_say_how_many_are_needed(names, said):
    with pytest.raises(RecordingsError, match=said):
        split(data(), *names)


def test_a_label_value_that_is_held_out_entirely_is_refused():
    config = data(validation={"field": "kind", "values": "snare"})
    with pytest.raises(
        RecordingsError, match=r'no recording with kind "snare" is left for training: .* all 3.*data\.without'
    ):
        split(config, *takes("kick", 3), *takes("snare", 3))
    unlabelled = data(labels=(), validation={"field": "kind", "values": "snare"})
    assert split(unlabelled, "kick/0", "snare/0") == {"kick/0": TRAIN, "snare/0": VALIDATION}


def test_a_rule_that_takes_no_validation_clip_is_refused():
    config = data(validation={"field": "take", "values": "9"})
    with pytest.raises(RecordingsError, match=r"no recording is left for validation: .*data\.validation"):
        split(config, *takes("kick", 3))


def test_decomposed_letters_in_a_rule_mean_composed_ones():
    config = data(labels=(), validation={"field": "kind", "values": "Gro\u0308ße"})
    assert split(config, "Größe/0", "kick/0") == {"Größe/0": VALIDATION, "kick/0": TRAIN}
