"""The Open Inference Protocol, by NVIDIA's client over a socket, against ONNX Runtime by itself."""

import gzip
import json

import httpx
import numpy as np
import onnxruntime
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from service.contract.inference import MAX_ROWS
from service.sound.inference import ROWS_PER_STEP

IMAGE = (12, 16, 1)
LATENT_DIM = 4
WIDTHS = {"z": LATENT_DIM, "digit": 3, "speaker": 2}
ATOL = 1e-6


@pytest.fixture(scope="module")
def server(running):
    with triton.InferenceServerClient(running.removeprefix("http://")) as client:
        yield client


@pytest.fixture(scope="module")
def outputs_of(models_dir):
    """What ONNX Runtime computes of one network by itself."""

    def run(model, version, network, feed):
        session = onnxruntime.InferenceSession(models_dir / model / str(version) / f"{network}.onnx")
        names = [tensor.name for tensor in session.get_outputs()]
        return dict(zip(names, session.run(names, feed), strict=True))

    return run


def images(n_rows):
    return np.random.default_rng(n_rows).random((n_rows, *IMAGE), np.float32)


def points(n_rows):
    rng = np.random.default_rng(n_rows)
    return {name: rng.random((n_rows, width), np.float32) for name, width in WIDTHS.items()}


def triton_inputs(feed, binary=True):
    inputs = []
    for name, array in feed.items():
        inputs.append(triton.InferInput(name, list(array.shape), "FP32"))
        inputs[-1].set_data_from_numpy(array, binary_data=binary)
    return inputs


def body_of(feed, **changes):
    inputs = [
        {"name": name, "shape": list(array.shape), "datatype": "FP32", "data": array.tolist()}
        for name, array in feed.items()
    ]
    return {"inputs": inputs, **changes}


def infer(client, network, body, **options):
    return client.post(f"/v2/models/{network}/infer", json=body, **options)


def refused(response, status, *words):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.json().keys() == {"error"}
    assert all(word in response.json()["error"] for word in words), response.json()


def test_the_server_is_live_and_ready(server):
    assert server.is_server_live()
    assert server.is_server_ready()
    assert server.get_server_metadata()["extensions"] == ["binary_tensor_data"]


def test_every_network_is_ready_and_no_other(server):
    assert server.is_model_ready("voices.encoder")
    assert server.is_model_ready("voices.decoder", "1")
    for name, version in (("voices", ""), ("voices.refiner", ""), ("voices.encoder", "3"), ("x.encoder", "")):
        assert not server.is_model_ready(name, version)


def test_metadata_have_every_tensor_with_a_free_batch(server):
    metadata = server.get_model_metadata("voices.encoder")
    assert (metadata["name"], metadata["versions"]) == ("voices.encoder", ["2", "1"])
    assert metadata["platform"] == "onnxruntime_onnx"
    assert metadata["inputs"] == [{"name": "log_magnitude", "datatype": "FP32", "shape": [-1, *IMAGE]}]
    assert {tensor["name"]: tensor["shape"] for tensor in metadata["outputs"]} == {
        "z_mean": [-1, LATENT_DIM],
        "z_log_var": [-1, LATENT_DIM],
        "digit": [-1, 3],
        "speaker": [-1, 2],
    }
    assert server.get_model_metadata("plain.decoder", "1")["inputs"] == [
        {"name": "z", "datatype": "FP32", "shape": [-1, LATENT_DIM]}
    ]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("n_rows", [1, ROWS_PER_STEP, ROWS_PER_STEP + 1])
def test_the_outputs_are_those_of_onnx_runtime(server, outputs_of, n_rows, binary):
    for network, feed in (("encoder", {"log_magnitude": images(n_rows)}), ("decoder", points(n_rows))):
        expected = outputs_of("voices", 2, network, feed)
        asked = None if binary else [triton.InferRequestedOutput(name, binary) for name in expected]
        result = server.infer(f"voices.{network}", triton_inputs(feed, binary), outputs=asked)
        assert result.get_response()["model_version"] == "2"
        for name, array in expected.items():
            np.testing.assert_allclose(result.as_numpy(name), array, atol=ATOL, rtol=0)


def test_a_version_is_the_one_that_is_asked_for(server, outputs_of):
    feed = {"log_magnitude": images(2)}
    results = {}
    for version in (1, 2):
        result = server.infer("voices.encoder", triton_inputs(feed), model_version=str(version))
        results[version] = result.as_numpy("z_mean")
        expected = outputs_of("voices", version, "encoder", feed)["z_mean"]
        np.testing.assert_allclose(results[version], expected, atol=ATOL, rtol=0)
    assert np.abs(results[1] - results[2]).max() > 0.1


def test_only_the_outputs_that_are_asked_for_are_returned_in_their_order(server):
    asked = [triton.InferRequestedOutput("digit", False), triton.InferRequestedOutput("z_mean", True)]
    inputs = triton_inputs({"log_magnitude": images(3)})
    result = server.infer("voices.encoder", inputs, outputs=asked, request_id="mine", priority=1)
    answer = result.get_response()
    assert answer["id"] == "mine"
    assert [output["name"] for output in answer["outputs"]] == ["digit", "z_mean"]
    assert "data" in answer["outputs"][0]
    assert answer["outputs"][1]["parameters"] == {"binary_data_size": 3 * LATENT_DIM * 4}


def test_inputs_as_bytes_come_in_any_order_beside_json(server, outputs_of):
    feed = points(2)
    inputs = triton_inputs({"speaker": feed["speaker"]}) + triton_inputs({"digit": feed["digit"]}, False)
    result = server.infer("voices.decoder", [*inputs, *triton_inputs({"z": feed["z"]})])
    expected = outputs_of("voices", 2, "decoder", feed)["log_magnitude"]
    np.testing.assert_allclose(result.as_numpy("log_magnitude"), expected, atol=ATOL, rtol=0)


def test_a_compressed_request_is_read(server):
    inputs = triton_inputs({"log_magnitude": images(2)})
    plain, zipped = (
        server.infer("voices.encoder", inputs, request_compression_algorithm=algorithm).as_numpy("z_mean")
        for algorithm in (None, "gzip")
    )
    np.testing.assert_array_equal(plain, zipped)


def test_json_takes_nested_and_flat_lists(client, outputs_of):
    feed = {"log_magnitude": images(2)}
    flat = body_of(feed)
    flat["inputs"][0]["data"] = feed["log_magnitude"].ravel().tolist()
    expected = outputs_of("voices", 2, "encoder", feed)["z_mean"].ravel()
    for body in (flat, body_of(feed)):
        answer = infer(client, "voices.encoder", body).json()
        (z_mean,) = [output for output in answer["outputs"] if output["name"] == "z_mean"]
        assert (z_mean["datatype"], z_mean["shape"]) == ("FP32", [2, LATENT_DIM])
        np.testing.assert_allclose(z_mean["data"], expected, atol=ATOL, rtol=0)


def test_an_error_is_the_clients_exception_with_our_status(server):
    with pytest.raises(InferenceServerException, match="no model 'nothing") as raised:
        server.infer("nothing.encoder", triton_inputs({"log_magnitude": images(1)}))
    assert raised.value.status() == "404"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "image"}, ["no inputs ['image']", "log_magnitude"]),
        ({"datatype": "FP64"}, ["FP64", "FP32"]),
        ({"shape": [1, 12, 16]}, ["[1, 12, 16]", "[n, 12, 16, 1]"]),
        ({"shape": [0, 12, 16, 1]}, ["from 1 to 64"]),
        ({"shape": []}, ["from 1 to 64"]),
        ({"shape": [MAX_ROWS + 1, 12, 16, 1]}, ["from 1 to 64"]),
        ({"shape": [2, 12, 16, 1]}, ["do not have the shape"]),
        ({"data": [0.5] * 191}, ["do not have the shape"]),
        ({"data": [[0.5] * 96] * 2}, ["do not have the shape"]),
        ({"data": [[0.5], 0.5]}, ["not numbers"]),
        ({"data": ["0.5"] * 192}, ["not numbers"]),
        ({"data": [True] * 192}, ["not numbers"]),
        ({"data": [None] * 192}, ["not numbers"]),
        ({"data": [10**400] * 192}, ["not numbers"]),
        ({"data": [1e39] * 192}, ["not finite"]),
        ({"data": None}, ["0 bytes and no data"]),
        ({"parameters": {"shared_memory_region": "x"}}, ["shared_memory_region"]),
    ],
)
def test_an_input_that_does_not_fit_is_refused(client, change, words):
    body = body_of({"log_magnitude": images(1)})
    body["inputs"][0] |= change
    refused(infer(client, "voices.encoder", body), 422, *words)


def test_a_body_that_does_not_fit_is_refused(client):
    feed = points(2)
    refused(
        infer(client, "voices.decoder", body_of({"z": feed["z"]})), 422, "['digit', 'speaker'] are missing"
    )
    uneven = {**feed, "z": feed["z"][:1]}
    refused(infer(client, "voices.decoder", body_of(uneven)), 422, "different sizes")
    twice = body_of(feed)
    twice["inputs"] += twice["inputs"][:1]
    refused(infer(client, "voices.decoder", twice), 422, "more than once")
    other = body_of(feed, outputs=[{"name": "waveform"}])
    refused(infer(client, "voices.decoder", other), 422, "no outputs ['waveform']")
    classes = body_of(feed, outputs=[{"name": "log_magnitude", "parameters": {"classification": 1}}])
    refused(infer(client, "voices.decoder", classes), 422, "classification")
    for text in ("", "{", "[]", '{"inputs": []}', '{"inputs": 3}'):
        refused(client.post("/v2/models/voices.decoder/infer", content=text), 422)


def test_a_point_so_far_away_that_the_output_overflows_is_refused(client):
    feed = {"log_magnitude": np.full((1, *IMAGE), 3e38, np.float32)}
    refused(infer(client, "voices.encoder", body_of(feed)), 422, "not finite")


@pytest.mark.parametrize("length", ["-1", "x", "1000000", "9" * 30])
def test_a_wrong_length_of_the_json_is_refused(client, length):
    headers = {"Inference-Header-Content-Length": length}
    body = body_of({"log_magnitude": images(1)})
    refused(infer(client, "voices.encoder", body, headers=headers), 422, "Content-Length")


def test_bytes_that_are_too_few_or_too_many_are_refused(client):
    tensor = {"name": "log_magnitude", "shape": [1, *IMAGE], "datatype": "FP32"}
    for size, n_bytes, words in (
        (768, 767, ["767 bytes"]),
        (4, 768, ["4 bytes"]),
        (768, 769, ["1 bytes follow"]),
    ):
        tensor["parameters"] = {"binary_data_size": size}
        text = json.dumps({"inputs": [tensor]}).encode()
        headers = {"Inference-Header-Content-Length": str(len(text))}
        response = client.post(
            "/v2/models/voices.encoder/infer", content=text + bytes(n_bytes), headers=headers
        )
        refused(response, 422, *words)


def test_every_other_failure_has_the_form_of_the_protocol(start, models_dir, client):
    refused(client.get("/v2/models/voices"), 404, "voices.encoder")
    refused(client.get("/v2/nothing"), 404)
    refused(client.get("/v2/models/voices.encoder/infer"), 405)
    assert client.request("HEAD", "/v2/models/voices").status_code == 404
    broken = {"content": b"x", "headers": {"Content-Encoding": "br"}}
    refused(client.post("/v2/models/voices.encoder/infer", **broken), 415, "br")
    small = start(models_dir=models_dir, max_body_bytes=100, api_keys="0123456789abcdef", root_path="/sounds")
    path = "/sounds/v2/models/voices.encoder/infer"
    refused(small.post(path, content=bytes(101)), 401, "key")
    keyed = {"headers": {"X-API-Key": "0123456789abcdef"}}
    refused(small.post(path, content=bytes(101), **keyed), 413, "100 bytes")
    assert small.get("/sounds/v2/health/ready").json() == {"ready": True}


def test_a_full_queue_refuses_a_batch_too(start, models_dir, monkeypatch):
    busy = start(models_dir=models_dir, busy_status=429)
    monkeypatch.setattr(type(busy.app.state.runtime.queue), "full", property(lambda _: True))
    response = infer(busy, "voices.encoder", body_of({"log_magnitude": images(1)}))
    refused(response, 429, "waiting")
    assert int(response.headers["retry-after"]) >= 1
    assert busy.get("/v2/models/voices.encoder").status_code == 200


def test_other_paths_keep_their_problems(running):
    response = httpx.get(f"{running}/v2nothing")
    assert response.headers["content-type"] == "application/problem+json"
    zipped = gzip.compress(b"{}")
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    response = httpx.post(f"{running}/generate", content=zipped, headers=headers)
    assert response.headers["content-type"] == "application/problem+json"
