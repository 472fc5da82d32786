"""The page computes on its map what `audio` computes in Python: projection.js and conversion.js are twins."""

import numpy as np
import pytest

from audio.latents import LatentMixture
from audio.manifest import LatentDistribution
from audio.model_directory import Latents
from audio.projection import CLUSTER_RADIUS, project

N_CLIPS, LATENT_DIM = 40, 6
KINDS = {
    "identity": (2, ()),
    "principal-components": (LATENT_DIM, ()),
    "clusters": (LATENT_DIM, ("word", "speaker")),
}
ACROSS = np.tile(np.repeat([-1.0, -0.5, 1.0], 4), 4)[:N_CLIPS]  # of the numbers 0, 1 and 4
SPOT = """async ([answer, names, spot]) =>
  new (await import('./web/projection.js')).Projection(answer, names).toZ(spot)"""
BACK = """async ([answer, names, z, labels]) => {
  const { x, y } = new (await import('./web/projection.js')).Projection(answer, names).toSpot(z, labels);
  return [x, y];
}"""
LABELLED = """async ([answer, names, spots]) => {
  const projection = new (await import('./web/projection.js')).Projection(answer, names);
  return spots.map(([x, y]) => projection.labelled({ x, y }));
}"""
CONVERT = """async ([answer, z, from, to]) => {
  const { Projection } = await import('./web/projection.js');
  const { convert } = await import('./web/conversion.js');
  return convert(new Projection(answer, Object.keys(answer.values)), z, from, to);
}"""
EXACT = 1e-9
SINGLE_PRECISION = 1e-4


def labelled():
    rng = np.random.default_rng(0)
    labels = {
        name: (np.arange(N_CLIPS) // step % 2).astype(np.int32)
        for name, step in (("word", 1), ("speaker", 2))
    }
    z = rng.normal(size=(N_CLIPS, LATENT_DIM)) + labels["speaker"][:, None]
    return z, labels


def answer_of(projection, z, labels):
    """The projection as /models/{name}/map returns it, without its rounding."""
    return {
        "projection": projection.kind,
        "axes": dict(
            zip(("origin", "x_axis", "y_axis"), map(list, [projection.origin, *projection.axes]), strict=True)
        ),
        "dimensions": [],
        "values": {name: ["0", "1"] for name in labels},
        "points": {
            "x": projection.xy[:, 0].tolist(),
            "y": projection.xy[:, 1].tolist(),
            "z": z.tolist(),
            "labels": {name: column.tolist() for name, column in labels.items()},
        },
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_spot_has_the_same_z_on_the_page_and_in_python(visitor, kind):
    latent_dim, names = KINDS[kind]
    z, labels = labelled()
    z, labels = z[:, :latent_dim], {name: labels[name] for name in names}
    projection = project(z, list(labels.values()))
    assert projection.kind == kind
    answer = answer_of(projection, z, labels)
    for spot in ([0.3, -0.2], projection.xy[5].tolist()):
        there = visitor.page.evaluate(SPOT, [answer, list(names), {"x": spot[0], "y": spot[1]}])
        np.testing.assert_allclose(there, projection.z_under(np.array(spot), z), atol=EXACT)
    own = {name: str(column[5]) for name, column in labels.items()}
    back = visitor.page.evaluate(BACK, [answer, list(names), z[5].tolist(), own])
    np.testing.assert_allclose(back, projection.xy[5], atol=EXACT)


def numbered():
    """Clips whose number is x within a cluster: z, the names, the projection, and the answer of the map."""
    z, labels = labelled()
    projection = project(z, list(labels.values()), ACROSS)
    answer = answer_of(projection, z, labels)
    answer |= {"x_number": "number", "numbers": ["number"]}
    answer["values"]["number"] = ["0", "1", "4"]
    answer["points"]["labels"]["number"] = [[-1, -0.5, 1].index(place) for place in ACROSS]
    return z, list(labels), projection, answer


def test_a_number_is_x_on_the_page_and_in_python(visitor):
    z, names, projection, answer = numbered()
    spots = np.random.default_rng(0).uniform(projection.xy.min(0), projection.xy.max(0), (30, 2))
    spots = np.concatenate([spots, projection.xy])
    there = visitor.page.evaluate(LABELLED, [answer, names, spots.tolist()])
    assert there == [projection.labelled(spot) for spot in spots]
    for x, y in spots[:3]:
        there = visitor.page.evaluate(SPOT, [answer, names, {"x": x, "y": y}])
        np.testing.assert_allclose(there, projection.z_under(np.array([x, y]), z), atol=EXACT)


@pytest.mark.parametrize(
    ("number", "beside"),
    [("0", -1), ("4", 1), ("3", 0.5), ({"1": 0.5, "4": 0.5}, 0.25), ({"0": 0.7, "4": 0.3}, -1)],
)
def test_a_sound_is_marked_at_its_number(visitor, number, beside):
    z, names, projection, answer = numbered()
    own = {name: str(answer["points"]["labels"][name][5]) for name in names}
    x, y = visitor.page.evaluate(BACK, [answer, names, z[5].tolist(), own | {"number": number}])
    assert x - int(own["word"]) == pytest.approx(CLUSTER_RADIUS * beside, abs=EXACT)
    assert y == pytest.approx(projection.xy[5, 1], abs=EXACT)


@pytest.mark.parametrize("gap", [False, True])
def test_a_conversion_has_the_same_z_on_the_page_and_in_python(visitor, gap):
    z, labels = labelled()
    own, target = {"word": (0.8, 0.2), "speaker": (1.0, 0.0)}, {"word": (0.8, 0.2), "speaker": (0.3, 0.7)}
    if gap:  # no clip has the second word of the second speaker
        labels["speaker"][labels["word"] == 1] = 0
        target = {"word": (0.0, 1.0), "speaker": (0.0, 1.0)}
    component = (2 * labels["word"] + labels["speaker"]).astype(np.int32)
    distribution = LatentDistribution(n_components=4, own_share=0.5, temperature=1.0)
    latents = Latents(z.astype(np.float32), component, labels)
    weights = [{name: np.array(v, np.float32) for name, v in of.items()} for of in (own, target)]
    expected = LatentMixture(latents, distribution).converted(latents.z_mean[3], *weights)
    answer = answer_of(project(z, list(labels.values())), latents.z_mean, labels)
    written = [{name: {"0": v[0], "1": v[1]} for name, v in of.items()} for of in (own, target)]
    there = visitor.page.evaluate(CONVERT, [answer, latents.z_mean[3].tolist(), *written])
    np.testing.assert_allclose(there, expected, atol=SINGLE_PRECISION)


@pytest.mark.parametrize(
    ("own", "target"),
    [
        ((1, 0, 0), (0, 0, 1)),
        ((0, 1, 0), (0, 0.5, 0.5)),
        ((0.25, 0.75, 0), (0, 1, 0)),
    ],
)
def test_a_conversion_of_a_number_has_the_same_z_on_the_page_and_in_python(visitor, own, target):
    z, _, _, answer = numbered()
    labels = {name: np.array(column, np.int32) for name, column in answer["points"]["labels"].items()}
    component = (2 * labels["word"] + labels["speaker"]).astype(np.int32)
    distribution = LatentDistribution(n_components=4, own_share=0.5, temperature=1.0)
    latents = Latents(z.astype(np.float32), component, labels)
    given = {"word": (0.8, 0.2), "speaker": (1.0, 0.0), "number": own}
    wanted = given | {"speaker": (0.3, 0.7), "number": target}
    weights = [{name: np.array(v, np.float32) for name, v in of.items()} for of in (given, wanted)]
    expected = LatentMixture(latents, distribution, {"number"}).converted(latents.z_mean[3], *weights)
    values = answer["values"]
    written = [
        {name: dict(zip(values[name], v, strict=True)) for name, v in of.items()} for of in (given, wanted)
    ]
    there = visitor.page.evaluate(CONVERT, [answer, latents.z_mean[3].tolist(), *written])
    np.testing.assert_allclose(there, expected, atol=SINGLE_PRECISION)


@pytest.mark.parametrize(
    ("written", "weights"),
    [
        ("0", (1, 0, 0)),
        ("2.5", (0, 0.5, 0.5)),
        ({"1": 2, "4": 2}, (0, 0.5, 0.5)),
        ({"0": 1, "4": 1}, (0, 2 / 3, 1 / 3)),
    ],
)
def test_a_number_means_the_same_weights_on_the_page_as_in_the_service(visitor, written, weights):
    script = "async ([choice, values]) => (await import('./web/nearness.js')).numberWeights(choice, values)"
    assert visitor.page.evaluate(script, [written, ["0", "1", "4"]]) == pytest.approx(weights)
