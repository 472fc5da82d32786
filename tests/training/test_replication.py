"""`python -m training replicate` on tones: every experiment leaves figures, pictures and a page."""

import contextlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from training.__main__ import main
from training.measure import recogniser
from training.replication import (
    cost,
    images,
    istft,
    mnist,
    recognition,
    spectrogram_autoencoder,
    stft,
    vae,
)
from training.replication.command import EXPERIMENTS
from training.replication.page import page_of
from training.replication.results import Results, save_results
from training.replication.workshop import Workshop

ROOT = Path(__file__).parents[2]
PITCH_HZ = {"0": 400, "1": 1600}
SHARE = 0.001  # of the epochs: one or two
N_IMAGES = 40


@pytest.fixture(scope="module")
def spoken(tmp_path_factory, tone):
    """Recordings whose indices fall into the splits of the thesis' config: 5 and 6 are held out."""
    folder = tmp_path_factory.mktemp("spoken")
    for digit, pitch_hz in PITCH_HZ.items():
        for speaker in ("anna", "ben"):
            for index in range(5, 14):
                index = index if index < 7 else index + 3
                tone(folder / f"{digit}_{speaker}_{index}.wav", pitch_hz, seed=index)
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A tiny mnist.npz."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("mnist") / "mnist.npz"
    x = rng.integers(0, 256, (N_IMAGES, 28, 28), dtype=np.uint8)
    y = (np.arange(N_IMAGES) % 10).astype(np.uint8)
    np.savez(path, x_train=x, y_train=y, x_test=x[:8], y_test=y[:8])
    return path


@pytest.fixture(scope="module")
def small():
    """The repository, while the recogniser takes one step and the costs one cheap case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recogniser, "N_STEPS", 1)
        patch.setattr(cost, "BACKENDS", ("tensorflow",))
        patch.setattr(cost, "CASES", {"28 x 28, batch 32": ((28, 28, 1), 32, 1)})
        patch.setenv("PYTHONPATH", str(ROOT))  # costs are measured in processes of their own
        yield ROOT


@pytest.fixture(scope="module")
def command(spoken, written):
    options = ["--recordings", str(spoken), "--mnist", str(written), "--share", str(SHARE)]
    return ["replicate", *options]


@pytest.fixture(scope="module")
def replicated(small, command, tmp_path_factory):
    """Where all experiments have been run, and nothing else is but the committed models."""
    from training.networks.autoencoder import Autoencoder

    place = tmp_path_factory.mktemp("replicated")
    (place / "models").symlink_to(small / "models")
    with contextlib.chdir(place), pytest.MonkeyPatch.context() as patch:
        compiled = Autoencoder.compile
        patch.setattr(Autoencoder, "compile", lambda self, **k: compiled(self, run_eagerly=True, **k))
        assert main(command) == 0
    return place


def test_every_experiment_leaves_a_results_file(replicated):
    found = {path.stem for path in (replicated / "docs/replication").glob("*.json")}
    assert found == set(EXPERIMENTS)


def test_the_page_shows_every_picture_and_is_what_the_files_say(replicated):
    page = (replicated / "docs/replication.md").read_text(encoding="utf-8")
    assert page == page_of(replicated / "docs/replication")
    shown = set(re.findall(r"\]\(replication/([\w-]+\.png)\)", page))
    assert shown == {path.name for path in (replicated / "docs/replication").glob("*.png")}
    assert "Not run yet" not in page


def test_the_page_says_that_it_was_shortened(replicated):
    page = (replicated / "docs/replication.md").read_text(encoding="utf-8")
    assert "**Shortened**" in page
    assert f"spectrogram_autoencoder {SHARE:g}" in page


def test_no_results_file_names_the_folders_of_its_user(replicated, spoken, written):
    for path in (replicated / "docs/replication").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert str(spoken) not in text
        assert str(written) not in text


@pytest.mark.usefixtures("small")
def test_results_that_are_up_to_date_are_not_computed_again(replicated, command, caplog):
    before = {p: p.stat().st_mtime_ns for p in (replicated / "docs/replication").glob("*.json")}
    with contextlib.chdir(replicated), caplog.at_level("INFO"):
        assert main(command) == 0
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert caplog.text.count("up to date") == len(EXPERIMENTS)


def test_a_file_of_the_user_is_analysed_as_well(command, tone, tmp_path):
    tone(tmp_path / "bell.wav", 700)
    with contextlib.chdir(tmp_path):
        assert main([*command, "stft", "--sound", str(tmp_path / "bell.wav")]) == 0
    found = json.loads((tmp_path / "docs/replication/stft.json").read_text(encoding="utf-8"))
    assert found["figures"]["settings"][-1]["sound"] == "bell.wav"
    assert str(tmp_path) not in json.dumps(found)
    drawn = tmp_path / "docs/replication/stft-yours.png"
    assert drawn.exists()
    with contextlib.chdir(tmp_path):
        assert main([*command, "stft"]) == 0
    assert not drawn.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dance"], "there is no experiment dance: stft, images, mnist"),
        (["--recordings", "nowhere"], "nowhere is not a folder of recordings"),
        (["mnist", "--mnist", "nowhere.npz"], "nowhere.npz is not a file"),
        (["stft", "--sound", "nowhere.wav"], "nowhere.wav is not a file"),
        (["mnist", "--mnist", __file__], "is not an mnist.npz"),
        (["stft", "--sound", __file__], "audio cannot be read"),
    ],
)
def test_an_error_is_one_sentence(arguments, sentence, tmp_path, capsys):
    with contextlib.chdir(tmp_path):
        assert main(["replicate", *arguments]) == 1
    printed = capsys.readouterr().err
    assert sentence in printed
    assert printed.count("\n") == 1


def _npz(path, n_images=4, shape=(28, 28)):
    x, y = np.zeros((n_images, *shape), np.uint8), np.zeros(n_images, np.uint8)
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)


@pytest.mark.parametrize("broken", ["empty", "cut", "colours", "no images"])
def test_a_file_that_is_not_mnist_is_said_to_be_none(broken, tmp_path, capsys):
    path = tmp_path / "mnist.npz"
    _npz(path, 0 if broken == "no images" else 4, (32, 32, 3) if broken == "colours" else (28, 28))
    if broken in ("empty", "cut"):
        path.write_bytes(path.read_bytes()[: 0 if broken == "empty" else 300])
    with contextlib.chdir(tmp_path):
        assert main(["replicate", "mnist", "--mnist", str(path)]) == 1
    printed = capsys.readouterr().err
    assert str(path) in printed
    assert printed.count("\n") == 1


def test_mnist_that_cannot_be_fetched_is_asked_for(tmp_path, capsys, monkeypatch):
    def unreachable():
        raise Exception("URL fetch failure")

    monkeypatch.setattr("keras.datasets.mnist.load_data", unreachable)
    with contextlib.chdir(tmp_path):
        assert main(["replicate", "mnist"]) == 1
    assert "URL fetch failure; pass a copy with --mnist FILE" in capsys.readouterr().err


def test_other_data_of_the_same_names_has_other_results(spoken, tone, tmp_path):
    other = shutil.copytree(spoken, tmp_path / "other")
    for path in other.glob("*.wav"):
        tone(path, 900, seed=1)
    with contextlib.chdir(tmp_path):
        for experiment in (stft, images, spectrogram_autoencoder, istft):
            settings = [
                experiment.settings(Workshop(recordings=folder)) for folder in (spoken, other, spoken)
            ]
            assert settings[0] == settings[2] != settings[1]
    found = []
    for n_images in (4, 6):
        _npz(tmp_path / "mnist.npz", n_images)
        found.append([each.settings(Workshop(mnist=tmp_path / "mnist.npz")) for each in (mnist, vae)])
    assert found[0][0] != found[1][0]
    assert found[0][1] != found[1][1]
    assert found[1][0]["n_images"] == 6


def test_what_another_recogniser_reads_are_other_results(spoken, tmp_path, monkeypatch):
    for experiment in (images, istft):
        with contextlib.chdir(tmp_path):
            before = experiment.settings(Workshop(recordings=spoken))
            monkeypatch.setattr(experiment, "VERSION", before["recogniser"] + 1)
            assert experiment.settings(Workshop(recordings=spoken)) != before


def test_a_broken_results_file_is_written_anew_as_it_says(tmp_path, capsys):
    path = tmp_path / "pages" / "stft.json"
    path.parent.mkdir()
    path.write_text('{"broken"', encoding="utf-8")
    command = ["replicate", "stft", "--folder", "pages"]
    with contextlib.chdir(tmp_path):
        assert main(command) == 1
        assert "replicate stft --again replaces it" in capsys.readouterr().err
        assert main([*command, "--again"]) == 0
        page = (tmp_path / "pages.md").read_text(encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["figures"]
    assert "](pages/stft-8.png)" in page
    assert "](replication/" not in page


def test_results_of_another_version_are_asked_for_again(tmp_path):
    older = Results(settings={}, figures={}, seconds=1)
    save_results(tmp_path, "vae", older)
    assert "`python -m training replicate vae --again`" in page_of(tmp_path)


def test_a_sound_longer_than_the_window_is_recognised_to_its_end(small, spoken, tmp_path):
    del small
    workshop = Workshop(recordings=spoken, runs=tmp_path)
    with contextlib.chdir(tmp_path):
        words = recognition.originals(workshop)
        labels = workshop.held_out.labels
        once = recognition.recognised(workshop, words, labels)
        thrice = recognition.recognised(workshop, [np.tile(word, 3) for word in words], labels)
    assert thrice == once


@pytest.mark.parametrize("share", ["0", "-1", "2", "half"])
def test_a_share_outside_its_range_is_refused(share, capsys):
    with pytest.raises(SystemExit) as raised:
        main(["replicate", "--share", share])
    assert raised.value.code == 2
    assert "is not a share" in capsys.readouterr().err


@pytest.mark.parametrize("epochs", ["0", "-1", "2.5", "many"])
def test_epochs_that_are_none_are_refused(epochs, capsys):
    with pytest.raises(SystemExit) as raised:
        main(["replicate", "--overfit", epochs])
    assert raised.value.code == 2
    assert "is not a number of epochs" in capsys.readouterr().err
