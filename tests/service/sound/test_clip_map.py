"""The map of the training clips, and what of GET answers may be kept."""

import numpy as np
import pytest

from audio.manifest import load_latents, load_manifest
from audio.projection import project
from service.sound.clip_map import clip_map

FOREVER = "public, max-age=31536000, immutable"
ROUNDING = 2e-3


@pytest.fixture(scope="module")
def latents(models_dir):
    directory = models_dir / "voices" / "2"
    return load_latents(directory, load_manifest(directory))


def test_the_map_shows_every_clip_with_its_labels_and_z(client, latents):
    told = client.get("/models/voices/map?z=true").json()
    points = told["points"]
    assert (told["model"], told["version"], told["latent_dim"]) == ("voices", 2, 4)
    assert told["n_clips"] == len(points["x"]) == len(points["y"]) == 60
    assert points["clip"] == list(range(60))
    np.testing.assert_allclose(points["z"], latents.z_mean, atol=ROUNDING)
    assert told["values"] == {"digit": ["0", "7", "9"], "speaker": ["theo", "jackson"]}
    for name, indices in latents.labels.items():
        assert points["labels"][name] == indices.tolist()


def test_z_is_told_only_where_it_is_asked_for(client):
    with_z, without = client.get("/models/voices/map?z=true").json(), client.get("/models/voices/map").json()
    assert without["points"].pop("z") is None
    with_z["points"].pop("z")
    assert with_z == without


def test_clips_of_the_same_labels_are_an_island_of_their_own(client):
    told = client.get("/models/voices/map").json()
    assert told["projection"] == "islands"
    digit, speaker = (np.array(told["points"]["labels"][name]) for name in ("digit", "speaker"))
    x, y = np.array(told["points"]["x"]), np.array(told["points"]["y"])
    for d, s in set(zip(digit.tolist(), speaker.tolist(), strict=True)):
        here = (digit == d) & (speaker == s)
        distance = np.hypot(x - x[here].mean(), y - y[here].mean())
        assert np.quantile(distance[here], 0.9) < distance[~here].min()
        assert x[here].mean() == pytest.approx(d, abs=ROUNDING)  # the first label goes across


def test_a_step_on_an_island_is_a_step_in_z(client, latents, listen):
    told = client.get("/models/voices/map").json()
    axes = np.array([told["axes"]["x_axis"], told["axes"]["y_axis"]])
    assert axes[0] @ axes[1] == pytest.approx(0, abs=ROUNDING)
    xy = np.array([told["points"]["x"], told["points"]["y"]]).T
    digit, speaker = (latents.labels[name] for name in ("digit", "speaker"))
    first, *others = np.flatnonzero((digit == digit[0]) & (speaker == speaker[0]))
    for other in others:
        step = (latents.z_mean[other] - latents.z_mean[first]) @ axes.T / (axes**2).sum(axis=1)
        np.testing.assert_allclose(xy[other] - xy[first], step, atol=2 * ROUNDING)
    beside = latents.z_mean[first] + 0.1 * axes[0]
    listen(client.post("/generate", json={"z": beside.tolist(), "labels": {"digit": "0"}}))


def test_one_label_alone_fills_a_square():
    z = np.random.default_rng(0).normal(size=(70, 5))
    label = np.arange(70) % 7
    xy = project(z, [label]).xy
    middles = np.array([xy[label == i].mean(axis=0) for i in range(7)])
    np.testing.assert_allclose(middles, [[i % 3, -(i // 3)] for i in range(7)], atol=1e-9)


def test_an_island_of_one_clip_is_a_point():
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


def test_a_large_set_of_clips_is_thinned_out_evenly(client, monkeypatch):
    monkeypatch.setattr("service.sound.clip_map.MAX_POINTS", 10)
    monkeypatch.setattr("service.sound.clip_map.MAX_COORDINATES", 16)
    model = client.app.state.runtime.store.get("voices")
    told = clip_map(model, with_z=False)
    assert told.n_clips == 60
    assert (told.points.clip[0], told.points.clip[-1]) == (0, 59)
    assert len(told.points.x) == 10
    assert len(clip_map(model, with_z=True).points.z) == 4


def test_the_map_is_gzipped_for_who_reads_it(client):
    plain = client.get("/models/voices/map?z=true", headers={"accept-encoding": "identity"})
    packed = client.get("/models/voices/map?z=true", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("path", ["/sample?seed=7&model={}", "/models/{}/map", "/sample?seed=7&n=2&model={}"])
def test_a_pinned_version_may_be_kept_for_ever_and_a_name_only_after_asking(client, path):
    pinned, named = client.get(path.format("voices@2")), client.get(path.format("voices"))
    assert pinned.headers["cache-control"] == FOREVER
    assert named.headers["cache-control"] == "no-cache"
    assert (
        pinned.headers["etag"] == named.headers["etag"] != client.get(path.format("voices@1")).headers["etag"]
    )
    assert pinned.content == named.content


def test_a_sample_without_a_seed_is_not_kept(client):
    assert client.get("/sample").headers["cache-control"] == "no-store"
    assert "etag" not in client.get("/sample").headers


@pytest.mark.parametrize("told", ["{}", "W/{}", '"other", {}', "*"])
@pytest.mark.parametrize("path", ["/sample?seed=7", "/models/voices/map"])
def test_who_has_the_answer_is_told_so_before_anything_is_computed(client, monkeypatch, path, told):
    first = client.get(path)
    monkeypatch.setattr(client.app.state.runtime.queue, "run", None)  # nothing can be computed
    known = client.get(path, headers={"if-none-match": told.format(first.headers["etag"])})
    assert (known.status_code, known.content) == (304, b"")
    for header in ("etag", "cache-control", "vary"):
        assert known.headers[header] == first.headers[header]


def test_another_tag_gets_the_answer(client, listen):
    listen(client.get("/sample?seed=7", headers={"if-none-match": '"other"'}))


def test_whatever_changes_the_answer_changes_the_tag(client):
    base = "/sample?seed=7"
    queries = ["", "&phase=zero", "&format=flac", "&n=2", "&temperature=1", "&label=digit:7", "&model=plain"]
    answers = [client.get(base + query) for query in queries]
    answers += [client.get(base, headers={"accept": a}) for a in ("image/png", "application/json")]
    tags = [answer.headers["etag"] for answer in answers]
    assert len(set(tags)) == len(tags)


def test_a_bad_request_is_refused_even_to_who_has_everything(client, refused):
    headers = {"if-none-match": "*"}
    refused(client.get("/sample?seed=7&label=digit:ten", headers=headers), 422, "unknown-label-value")
    refused(client.get("/models/nosuch/map", headers=headers), 404, "unknown-model")
