"""A model of notes learns a new instrument from a few notes, and known instruments stay as they are."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from audio.model_directory import load_latents, load_manifest
from training.data.dataset import joined, load_splits, read_clips
from training.errors import AdaptationError
from training.export import export
from training.exported import ExportedModel, OnnxNetwork
from training.fit import adapt as adaptation
from training.fit.adapt import adapt
from training.fit.new_clips import labelled, spread
from training.fit.new_values import fit_new_values
from training.fit.train import build_model
from training.networks.growth import grown

RATE, DURATION_S = 8000, 0.1
PITCHES = (60, 62, 64, 67, 69, 72)
FAMILY = {"organ": "pipes", "flute": "pipes", "harp": "strings"}
PARTIALS = {"organ": (1, 0, 1, 0, 1), "flute": (1, 0.1, 0, 0, 0), "harp": (1, 0.8, 0.6, 0.5, 0.4)}
PARITY = 1e-5
SETTINGS = (
    "data.pattern={family}/{instrument}/{pitch}-{velocity}",
    'data.labels=["instrument", "family", "pitch", "velocity"]',
    'data.numbers={ pitch = "MIDI note", velocity = "MIDI velocity" }',
    "data.test={ fraction = 0.05 }",
    "data.validation={ fraction = 0.05 }",
    'model.conditional=["instrument", "pitch", "velocity"]',
    "model.network.pitch_label=pitch",
    "spectrogram.image_height=33",
    "fit.head_epochs=1",
    "export.weights=float16",
    "name=notes",
)


def note(path, instrument, pitch, velocity):
    t = np.arange(int(DURATION_S * RATE)) / RATE
    hz = 440 * 2 ** ((pitch - 69) / 12)
    tone = sum(a * np.sin(2 * np.pi * hz * k * t) for k, a in enumerate(PARTIALS[instrument], 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.2 * velocity / 120 * tone * np.exp(-10 * t), RATE)


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Notes of a flute and an organ, pitch by pitch at two velocities."""
    folder = tmp_path_factory.mktemp("notes")
    for instrument in ("flute", "organ"):
        for pitch in PITCHES:
            for velocity in (40, 120):
                note(folder / "pipes" / instrument / f"{pitch}-{velocity}.wav", instrument, pitch, velocity)
    return folder


@pytest.fixture(scope="module")
def base(notes, tiny, tmp_path_factory, workspace):
    """A model of these notes with random weights, and its experiment."""
    config = tiny(*SETTINGS, f"data.recordings={notes}")
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        splits = load_splits(config)
        model = build_model(config, splits["train"])
        rng = np.random.default_rng(0)
        for weight in (*model.encoder.trainable_weights, *model.decoder.trainable_weights):
            weight.assign(rng.normal(0, 0.2, weight.shape))
        return export(model, config, splits, folder), config


@pytest.fixture(scope="module")
def harp(tmp_path_factory):
    """Three notes of a harp, one of them between two pitches that the model knows."""
    folder = tmp_path_factory.mktemp("harp")
    for pitch in (61, 66, 71):
        note(folder / f"{pitch}.wav", "harp", pitch, 120)
    return folder


@pytest.fixture(scope="module")
def adapted(base, harp, tmp_path_factory):
    directory, config = base
    models = tmp_path_factory.mktemp("adapted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adaptation, "N_STEPS", 4)
        patch.chdir(models)
        clips = read_clips(harp, "{pitch}", config.spectrogram)
        return adapt(directory, config, clips, {"instrument": "harp", "velocity": "120"}, models)


def images(config):
    return load_splits(config)["train"].log_magnitude.astype(np.float32)


def test_the_new_instrument_is_known_at_all_pitches_and_velocities(adapted):
    manifest = load_manifest(adapted)
    assert manifest.labels["instrument"] == ("flute", "organ", "harp")
    latents = load_latents(adapted, manifest)
    new = latents.labels["instrument"] == 2
    assert set(latents.labels["pitch"][new].tolist()) == set(range(len(PITCHES)))
    assert set(latents.labels["velocity"][new].tolist()) == {0, 1}
    levels = [latents.level_db[new & (latents.labels["velocity"] == v)].mean() for v in (0, 1)]
    assert levels[1] - levels[0] == pytest.approx(20 * np.log10(3), abs=0.5)


def test_an_instrument_is_one_component_whatever_its_pitches(adapted):
    manifest = load_manifest(adapted)
    assert manifest.latent_distribution.n_components == 3
    latents = load_latents(adapted, manifest)
    assert len(np.unique(latents.component[latents.labels["instrument"] == 2])) == 1


def test_a_label_that_the_networks_do_not_know_is_that_of_the_nearest_clips(adapted):
    manifest = load_manifest(adapted)
    latents = load_latents(adapted, manifest)
    assert set(latents.labels) == {"instrument", "family", "pitch", "velocity"}
    assert manifest.clip_labels == {"family": ("pipes",)}
    assert latents.labels["family"].max() == 0


def test_the_encoder_says_of_known_clips_what_it_said(base, adapted):
    directory, config = base
    before, after = (
        OnnxNetwork(d / "encoder.onnx")({"log_magnitude": images(config)}) for d in (directory, adapted)
    )
    for name in ("z_mean", "pitch", "velocity"):
        np.testing.assert_allclose(after[name], before[name], atol=PARITY)
    known = after["instrument"][:, :2]
    np.testing.assert_allclose(
        known / known.sum(axis=1, keepdims=True), before["instrument"], atol=10 * PARITY
    )


def test_the_weights_of_known_values_stay_in_a_head_that_learns_a_new_one(base, harp):
    directory, config = base
    model = ExportedModel(directory)
    clips = read_clips(harp, "{pitch}", config.spectrogram)
    new = spread(model, config, labelled(model, clips, {"instrument": "harp"}, "pitch"))
    known = load_splits(config)["train"].without_labels({"family"})
    both = joined(new, replace(known, values=new.values))
    graphs = (directory / "encoder.onnx", directory / "decoder.onnx")
    network = grown(*graphs, config, model.manifest.labels, new.values)
    before = network.encoder.get_layer("instrument").get_weights()[0]
    fit_new_values(network, config, both, model.manifest.labels)
    after = network.encoder.get_layer("instrument").get_weights()[0]
    np.testing.assert_array_equal(after[:, :2], before[:, :2])
    assert not np.allclose(after[:, 2], before[:, 2], atol=PARITY)


def test_the_new_instrument_can_be_sampled_between_its_notes(adapted):
    model = ExportedModel(adapted)
    harp, middle = np.eye(3, dtype=np.float32)[2], np.array([0, 0, 0.5, 0.5, 0, 0], np.float32)
    asked = {"instrument": harp, "pitch": middle, "velocity": np.array([0, 1], np.float32)}
    spectrograms, labels = model.sample(3, np.random.default_rng(0), asked)
    assert np.isfinite(spectrograms).all()
    assert set(labels["instrument"].tolist()) == {2}
    assert model.mixture.distance(asked, model.mixture.matching(asked)) <= 0.5


@pytest.mark.parametrize(
    ("pattern", "given", "reason"),
    [
        ("{take}", {"instrument": "harp"}, r"61\.wav: its pitch is not known: name it with --pattern"),
        ("{pitch}", {"instrument": "harp", "velocity": "loud"}, "velocity loud is no number"),
        ("{instrument}", {"pitch": "60"}, "instrument 61 is none of flute, organ"),
    ],
)
def test_notes_without_what_the_model_needs_are_refused(base, harp, pattern, given, reason):
    directory, config = base
    clips = read_clips(harp, pattern, config.spectrogram)
    with pytest.raises(AdaptationError, match=reason):
        labelled(ExportedModel(directory), clips, given, "pitch")


def test_a_pitch_between_known_values_keeps_its_cents(base, harp, tmp_path):
    directory, config = base
    table = tmp_path / "pitches.csv"
    table.write_text("file,pitch,cents\n61.wav,61,30\n66.wav,66,\n71.wav,71,-10\n", encoding="utf-8")
    clips = read_clips(harp, None, config.spectrogram, labels_file=table)
    new = labelled(ExportedModel(directory), clips, {"instrument": "harp", "velocity": "100"}, "pitch")
    scale = [int(value) for value in new.values["pitch"]]
    exact = [scale[i] + c / 100 for i, c in zip(new.labels["pitch"], new.cents, strict=True)]
    assert exact == pytest.approx([61.3, 66, 70.9])
    assert new.labels["velocity"].tolist() == [1, 1, 1]  # 120 is nearer than 40


def test_the_decoder_has_learnt(base, adapted):
    z = {"z": np.zeros((1, 3), np.float32)}
    known = {"pitch": np.eye(6, dtype=np.float32)[:1], "velocity": np.eye(2, dtype=np.float32)[:1]}
    before = OnnxNetwork(base[0] / "decoder.onnx")(
        z | known | {"instrument": np.eye(2, dtype=np.float32)[:1]}
    )
    after = OnnxNetwork(adapted / "decoder.onnx")(z | known | {"instrument": np.eye(3, dtype=np.float32)[:1]})
    assert not np.allclose(before["log_magnitude"], after["log_magnitude"], atol=PARITY)
