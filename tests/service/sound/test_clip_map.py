"""The map of the training clips."""

import numpy as np
import pytest

from audio.model_directory import load_latents, load_manifest
from audio.projection import CLUSTER_RADIUS, project
from service.sound.clip_map import clip_map

ROUNDING = 2e-3


@pytest.fixture(scope="module")
def latents(models_dir):
    directory = models_dir / "voices" / "2"
    return load_latents(directory, load_manifest(directory))


def test_the_map_shows_every_clip_with_its_labels_and_z(client, latents):
    found = client.get("/models/voices/map?z=true").json()
    points = found["points"]
    assert (found["model"], found["version"], found["latent_dim"]) == ("voices", 2, 4)
    assert found["n_clips"] == len(points["x"]) == len(points["y"]) == 60
    assert points["clip"] == list(range(60))
    np.testing.assert_allclose(points["z"], latents.z_mean, atol=ROUNDING)
    assert found["values"] == {"digit": ["0", "7", "9"], "speaker": ["theo", "jackson"]}
    for name, indices in latents.labels.items():
        assert points["labels"][name] == indices.tolist()


def test_the_map_contains_z_only_if_it_is_asked_for(client):
    with_z, without = client.get("/models/voices/map?z=true").json(), client.get("/models/voices/map").json()
    assert without["points"].pop("z") is None
    with_z["points"].pop("z")
    assert with_z == without


def test_clips_of_the_same_labels_form_a_cluster_of_their_own(client):
    found = client.get("/models/voices/map").json()
    assert found["projection"] == "clusters"
    digit, speaker = (np.array(found["points"]["labels"][name]) for name in ("digit", "speaker"))
    x, y = np.array(found["points"]["x"]), np.array(found["points"]["y"])
    for d, s in set(zip(digit.tolist(), speaker.tolist(), strict=True)):
        here = (digit == d) & (speaker == s)
        distance = np.hypot(x - x[here].mean(), y - y[here].mean())
        assert np.quantile(distance[here], 0.9) < distance[~here].min()
        assert x[here].mean() == pytest.approx(d, abs=ROUNDING)  # the first label goes across


def test_a_step_in_a_cluster_is_a_step_in_z(client, latents, listen):
    found = client.get("/models/voices/map").json()
    axes = np.array([found["axes"]["x_axis"], found["axes"]["y_axis"]])
    assert axes[0] @ axes[1] == pytest.approx(0, abs=ROUNDING)
    xy = np.array([found["points"]["x"], found["points"]["y"]]).T
    digit, speaker = (latents.labels[name] for name in ("digit", "speaker"))
    first, *others = np.flatnonzero((digit == digit[0]) & (speaker == speaker[0]))
    for other in others:
        step = (latents.z_mean[other] - latents.z_mean[first]) @ axes.T / (axes**2).sum(axis=1)
        np.testing.assert_allclose(xy[other] - xy[first], step, atol=2 * ROUNDING)
    beside = latents.z_mean[first] + 0.1 * axes[0]
    listen(client.post("/generate", json={"z": beside.tolist(), "labels": {"digit": "0"}}))


def test_a_number_rises_from_left_to_right_in_every_cluster(notes):
    found = notes.get("/models/notes/map?z=true").json()
    assert (found["projection"], found["x_number"]) == ("clusters", "pitch")
    instrument, pitch = (np.array(found["points"]["labels"][name]) for name in ("instrument", "pitch"))
    number = np.array(found["values"]["pitch"], float)[pitch]  # 60, 61, 62 and 64
    x, y, z = (np.array(found["points"][name]) for name in ("x", "y", "z"))
    np.testing.assert_allclose(x - instrument, CLUSTER_RADIUS * (number - 62) / 2, atol=ROUNDING)
    assert found["axes"]["x_axis"] == [0, 0, 0, 0]
    assert found["explained"][0] == 0 < found["explained"][1]
    y_axis = np.array(found["axes"]["y_axis"])
    for i in (0, 1):
        (first, *others) = np.flatnonzero(instrument == i)
        steps = (z[others] - z[first]) @ y_axis / (y_axis @ y_axis)
        np.testing.assert_allclose(y[others] - y[first], steps, atol=2 * ROUNDING)
    assert notes.get("/models/tones/map").json()["x_number"] == "tone"


def test_x_is_a_direction_of_z_where_no_number_steers_the_decoder(client, notes):
    for found in (client.get("/models/voices/map").json(), notes.get("/models/plain/map").json()):
        assert found["x_number"] is None
        assert np.any(found["axes"]["x_axis"])


def test_one_label_alone_fills_a_square():
    z = np.random.default_rng(0).normal(size=(70, 5))
    label = np.arange(70) % 7
    xy = project(z, [label]).xy
    middles = np.array([xy[label == i].mean(axis=0) for i in range(7)])
    np.testing.assert_allclose(middles, [[i % 3, -(i // 3)] for i in range(7)], atol=1e-9)


def test_a_cluster_of_one_clip_is_a_point():
    projection = project(np.random.default_rng(0).normal(size=(4, 6)), [np.arange(4)])
    np.testing.assert_allclose(projection.xy, [[0, 0], [1, 0], [0, -1], [1, -1]], atol=1e-9)
    assert np.isfinite(projection.axes).all()


def test_the_strong_dimensions_come_first(client, latents):
    dimensions = client.get("/models/voices/map").json()["dimensions"]
    spread = [d["standard_deviation"] for d in dimensions]
    assert spread == sorted(spread, reverse=True)
    assert sorted(d["index"] for d in dimensions) == [0, 1, 2, 3]
    strongest = dimensions[0]
    column = latents.z_mean[:, strongest["index"]].astype(float)
    assert strongest["standard_deviation"] == pytest.approx(column.std(), abs=1e-5)
    assert strongest["mean"] == pytest.approx(column.mean(), abs=1e-5)


def test_in_two_dimensions_the_map_is_the_space_itself():
    z = np.random.default_rng(0).normal(3, 2, (50, 2))
    projection = project(z)
    assert projection.kind == "identity"
    np.testing.assert_array_equal(projection.xy, z)
    np.testing.assert_array_equal(projection.origin, [0, 0])
    np.testing.assert_array_equal(projection.axes, np.eye(2))
    assert projection.explained.sum() == pytest.approx(1)


@pytest.mark.parametrize("shape", [(1, 2), (1, 7), (2, 5), (30, 1), (30, 3)])
def test_few_clips_and_few_dimensions_have_a_map_too(shape):
    projection = project(np.random.default_rng(1).normal(size=shape))
    assert projection.xy.shape == (shape[0], 2)
    assert projection.axes.shape == (2, shape[1])
    assert np.isfinite(projection.xy).all()
    assert np.isfinite(projection.explained).all()


@pytest.mark.parametrize("n_clips", [40, 5])
def test_the_axes_are_those_of_the_most_variance(n_clips):
    z = np.random.default_rng(3).normal(size=(n_clips, 6)) * [1, 5, 1, 3, 1, 1]
    singular = np.linalg.svd(z - z.mean(0), compute_uv=False)
    expected = singular[:2] ** 2 / (singular**2).sum()
    np.testing.assert_allclose(project(z).explained, expected, atol=1e-9)


def test_the_axes_are_orthonormal_and_always_the_same_way_round():
    z = np.random.default_rng(2).normal(size=(40, 6)) * [5, 3, 1, 1, 1, 1]
    projection = project(z)
    np.testing.assert_allclose(projection.axes @ projection.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(project(z[::-1]).axes, projection.axes, atol=1e-9)
    assert np.abs(projection.axes).argmax(axis=1).tolist() == [0, 1]


def test_a_large_set_of_clips_is_thinned_out_evenly(store, monkeypatch):
    monkeypatch.setattr("service.sound.clip_map.MAX_POINTS", 10)
    monkeypatch.setattr("service.sound.clip_map.MAX_COORDINATES", 16)
    model = store.get("voices")
    shown = clip_map(model, with_z=False)
    assert shown.n_clips == 60
    assert (shown.points.clip[0], shown.points.clip[-1]) == (0, 59)
    assert len(shown.points.x) == 10
    assert len(clip_map(model, with_z=True).points.z) == 4
