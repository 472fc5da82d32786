"""A model learns a new voice from a few clips, and keeps what it knew."""

import shutil
import tracemalloc
import warnings
from collections.abc import Callable

import keras
import numpy as np
import pytest

from audio.latents import LatentMixture
from audio.model_directory import load_latents, load_manifest
from training.__main__ import main
from training.config import Config
from training.data.dataset import read_clips
from training.errors import AdaptationError, RecordingsError
from training.export import write_networks
from training.exported import ExportedModel, OnnxNetwork
from training.fit import adapt as adaptation
from training.fit import widening
from training.fit.adapt import adapt, fit_clips
from training.fit.new_clips import labelled
from training.networks.autoencoder import Autoencoder
from training.networks.growth import grown

PARITY = 1e-5
MARGIN_BYTES = 500_000  # for one batch of clips, labels and names
N_CONVERTED = 2
VOICES = ("anna", "ben", "cara")

Tiny = Callable[..., Config]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(adaptation, "N_STEPS", 2)
    monkeypatch.setattr(widening, "CONVERTED_CLIPS", N_CONVERTED)


@pytest.fixture(scope="session")
def voice(tmp_path_factory, tone):
    """Two takes of each digit by somebody new."""
    folder = tmp_path_factory.mktemp("cara")
    for take in range(2):
        tone(folder / f"0_{take}.wav", 500, 0.4, take)
        tone(folder / f"1_{take}.wav", 2000, 0.4, take)
    return folder


@pytest.fixture
def clips(voice, exported):
    return read_clips(voice, "{digit}_{index}", exported.config.spectrogram)


@pytest.fixture(scope="module")
def adapted(exported, voice, tmp_path_factory):
    """The tiny model with cara in it."""
    models = tmp_path_factory.mktemp("models")
    clips = read_clips(voice, "{digit}_{index}", exported.config.spectrogram)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adaptation, "N_STEPS", 2)
        patch.setattr(widening, "CONVERTED_CLIPS", N_CONVERTED)
        patch.chdir(models)
        return adapt(exported.directory, exported.config, clips, {"speaker": "cara"}, models)


def test_room_for_more_values_changes_nothing_for_the_known_ones(exported):
    graphs = [exported.directory / f"{name}.onnx" for name in ("encoder", "decoder")]
    known = {"digit": ("0", "1"), "speaker": ("anna", "ben")}
    more = {"digit": ("0", "1", "2", "3"), "speaker": VOICES}
    model = grown(*graphs, exported.config, known, more)
    z = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    two, more_of_two = np.eye(2, dtype=np.float32)[[0, 1, 1, 0]], np.eye(4, dtype=np.float32)[[0, 1, 1, 0]]
    before = OnnxNetwork(graphs[1])({"z": z, "digit": two, "speaker": two})["log_magnitude"]
    wide = {"z": z, "digit": more_of_two, "speaker": more_of_two[:, :3]}
    after = keras.ops.convert_to_numpy(model.decoder(wide)["log_magnitude"])
    np.testing.assert_allclose(after, before, atol=PARITY)
    mean = {"z": z, "digit": more_of_two, "speaker": np.array([[0.5, 0.5, 0]] * 4, np.float32)}
    new = {"z": z, "digit": more_of_two, "speaker": np.array([[0, 0, 1]] * 4, np.float32)}
    said = [keras.ops.convert_to_numpy(model.decoder(labels)["log_magnitude"]) for labels in (mean, new)]
    np.testing.assert_allclose(*said, atol=PARITY)


def test_the_new_model_knows_the_voice_and_where_it_comes_from(adapted):
    manifest = load_manifest(adapted)
    assert adapted.parts[-2:] == ("tiny-cara", "1")
    assert manifest.labels == {"digit": ("0", "1"), "speaker": VOICES}
    assert manifest.adapted_from == "tiny@1"
    assert "speaker cara learnt from 4 clips" in manifest.description
    assert manifest.data.n_training_clips == 24 + 4
    assert manifest.metrics == {}
    card = (adapted / "card.md").read_text(encoding="utf-8")
    assert "the same clips and tiny@1" in card
    assert "--config training/configs/tiny.toml --model models/tiny-cara/1 --set" in card


def test_every_z_of_the_model_stays_what_it_was(adapted, exported, pictures):
    old = load_latents(exported.directory, load_manifest(exported.directory))
    new = load_latents(adapted, load_manifest(adapted))
    n = len(old.z_mean)
    np.testing.assert_array_equal(new.z_mean[:n], old.z_mean)
    assert len(new.z_mean) == n + 4 + 4 * N_CONVERTED
    before, after = (
        OnnxNetwork(directory / "encoder.onnx")({"log_magnitude": pictures})
        for directory in (exported.directory, adapted)
    )
    np.testing.assert_allclose(after["z_mean"], before["z_mean"], atol=PARITY)
    assert after["speaker"].shape == (4, 3)


def _weights(model):
    return {
        f"{network.name}: {variable.path}": np.array(keras.ops.convert_to_numpy(variable))
        for network in (model.encoder, model.decoder)
        for variable in network.variables
    }


def test_the_decoder_and_the_label_heads_learn_and_nothing_else_does(exported, clips):
    base = ExportedModel(exported.directory)
    lesson = labelled(base, clips, {"speaker": "cara"})
    graphs = [exported.directory / f"{name}.onnx" for name in ("encoder", "decoder")]
    model = grown(*graphs, exported.config, base.manifest.labels, lesson.values)
    before = _weights(model)
    fit_clips(model, base, lesson, exported.config)
    moved = {path for path, old in before.items() if not np.array_equal(old, _weights(model)[path])}
    assert {f"encoder: {name}/kernel" for name in ("speaker", "digit")} <= moved
    assert not [path for path in moved if "z_mean" in path or "z_log_var" in path]
    assert len([path for path in moved if path.startswith("decoder")]) > 10


def test_known_clips_are_rehearsed_as_the_model_says_them(exported):
    base = ExportedModel(exported.directory)
    n_known = len(base.latents.z_mean)
    lesson = adaptation.rehearsed(base, 2 * n_known, base.manifest.labels)
    assert len(lesson) == 2 * n_known
    for name, values in lesson.labels.items():
        known = np.bincount(base.latents.labels[name])
        np.testing.assert_array_equal(np.bincount(values), 2 * known)
    np.testing.assert_array_equal(lesson.log_magnitude[:n_known], lesson.log_magnitude[n_known:])


def test_rehearsed_clips_take_little_more_memory_than_their_spectrograms(exported):
    base = ExportedModel(exported.directory)
    tracemalloc.start()
    lesson = adaptation.rehearsed(base, 4000, base.manifest.labels)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 1.5 * lesson.log_magnitude.nbytes + MARGIN_BYTES


def test_the_new_voice_can_be_drawn_saying_everything(adapted):
    manifest = load_manifest(adapted)
    mixture = LatentMixture(load_latents(adapted, manifest), manifest.latent_distribution)
    for digit in np.eye(2, dtype=np.float32):
        among = mixture.matching({"digit": digit, "speaker": np.array([0, 0, 1], np.float32)})
        assert among.sum() == 1


def test_clips_of_known_labels_teach_nothing(exported, clips, tmp_path):
    with pytest.raises(AdaptationError, match="knows every label"):
        adapt(exported.directory, exported.config, clips, {"speaker": "ben"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_label_that_the_model_does_not_have_is_refused(exported, clips, tmp_path):
    with pytest.raises(AdaptationError, match="knows digit, speaker, but not mood"):
        adapt(exported.directory, exported.config, clips, {"mood": "glad"}, tmp_path)


def test_a_slip_in_a_name_makes_no_new_value(exported, voice, tmp_path):
    clips = read_clips(voice, "{speaker}_{index}", exported.config.spectrogram)
    with pytest.raises(AdaptationError, match=r"0_0\.wav: speaker 0 is none of anna, ben"):
        adapt(exported.directory, exported.config, clips, {"digit": "2"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_recording_is_enough_and_its_name_is_read(exported, voice):
    clips = read_clips(voice / "1_0.wav", "{digit}_{index}", exported.config.spectrogram)
    assert clips.files == ("1_0.wav",)
    assert clips.fields == [{"digit": "1", "index": "0"}]


@pytest.mark.parametrize("pattern", ["{digit}{digit}", "{0}"])
def test_a_pattern_that_cannot_be_read_is_refused(exported, voice, pattern):
    with pytest.raises(RecordingsError, match="names a field twice, or not by a word"):
        read_clips(voice, pattern, exported.config.spectrogram)


@pytest.mark.parametrize("value", ["我", "x" * 64])
def test_a_value_that_makes_no_name_is_refused_before_anything_is_learnt(
    exported, clips, tmp_path, monkeypatch, value
):
    monkeypatch.delattr(adaptation, "fit_clips")
    with pytest.raises(AdaptationError, match="say --name"):
        adapt(exported.directory, exported.config, clips, {"speaker": value}, tmp_path)


def test_the_model_to_start_from_is_not_replaced(exported, clips, tmp_path, monkeypatch):
    monkeypatch.delattr(adaptation, "fit_clips")
    with pytest.raises(AdaptationError, match="--name tiny is the model that it starts from"):
        adapt(exported.directory, exported.config, clips, {"speaker": "cara"}, tmp_path, "tiny")


def test_a_label_of_one_value_can_learn_a_second_one(exported, tiny, tmp_path, pictures):
    graphs = [tmp_path / f"{name}.onnx" for name in ("encoder", "decoder")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a softmax of one value is always 1
        alone = Autoencoder(tiny(), {"digit": ["0", "1"], "speaker": ["0"]})
        _as_if_trained(alone)
        write_networks(alone, tiny(), exported.splits["train"].log_magnitude, tmp_path)
        values = {"digit": ("0", "1"), "speaker": ("anna", "cara")}
        both = grown(*graphs, tiny(), {"digit": ("0", "1"), "speaker": ("anna",)}, values)
    heard = keras.ops.convert_to_numpy(both.encoder({"log_magnitude": pictures})["speaker"])
    np.testing.assert_allclose(heard, 0.5, atol=PARITY)


def _as_if_trained(model):
    """No two weights alike, but for those that nothing teaches: what tells one value from no other."""
    rng = np.random.default_rng(0)
    for layer in (*model.encoder.layers, *model.decoder.layers):
        if layer.name != "speaker":
            layer.set_weights([np.abs(w + rng.normal(0, 0.05, w.shape)) for w in layer.get_weights()])


def test_another_config_is_refused(exported, tiny, clips, tmp_path):
    with pytest.raises(AdaptationError, match="another config"):
        adapt(exported.directory, tiny("model.latent_dim=4"), clips, {"speaker": "cara"}, tmp_path)


def test_the_command_finds_the_newest_version_and_recognises_labels_that_are_not_given(
    exported, tiny_toml, voice, tmp_path
):
    shutil.copytree(exported.directory, tmp_path / "tiny" / "1")
    arguments = ["adapt", "--config", str(tiny_toml), "--clips", str(voice), "--models", str(tmp_path)]
    assert main([*arguments, "--label", "speaker:Cara K.", "--name", "ours"]) == 0
    assert load_manifest(tmp_path / "ours" / "1").labels["speaker"] == ("anna", "ben", "Cara K.")
    assert main([*arguments, "--label", "speaker:Cara K."]) == 0
    assert (tmp_path / "tiny-cara-k" / "1").is_dir()


@pytest.mark.parametrize("wrong", [["--label", "cara"], ["--label", "speaker:"], ["--name", "Cara!"]])
def test_a_misspelt_option_is_said_so(wrong, tiny_toml, voice, capsys):
    with pytest.raises(SystemExit):
        main(["adapt", "--config", str(tiny_toml), "--clips", str(voice), *wrong])
    assert "is not" in capsys.readouterr().err


def test_no_clips_and_no_model_are_said_in_a_sentence(exported, tiny_toml, voice, tmp_path, capsys):
    arguments = ["adapt", "--config", str(tiny_toml), "--models", str(tmp_path), "--label", "speaker:cara"]
    assert main([*arguments, "--clips", str(voice)]) == 1
    assert "tiny holds no model" in capsys.readouterr().err
    arguments += ["--model", str(exported.directory)]
    assert main([*arguments, "--clips", str(tmp_path)]) == 1
    assert "holds no recording" in capsys.readouterr().err
    assert main([*arguments, "--clips", str(tmp_path / "nowhere")]) == 1
    assert "there is no" in capsys.readouterr().err
