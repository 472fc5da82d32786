"""A model directory with tiny real networks, and the real application on it."""

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path
from typing import Any

import anyio.from_thread
import httpx
import numpy as np
import onnx
import pytest
import soundfile
import uvicorn
from onnx import TensorProto, helper, numpy_helper

from audio.manifest import (
    Data,
    File,
    LatentDistribution,
    Latents,
    Manifest,
    Network,
    Refiner,
    save_latents,
    save_manifest,
    sha256_of,
)
from audio.spectrogram import SpectrogramConfig
from service.app import create_app
from service.http.protocol import Protocol
from service.settings import Settings

SPECTROGRAM = SpectrogramConfig(
    sample_rate=8000, n_fft=64, hop_length=16, win_length=64, n_frames=64, image_height=12, image_width=16
)  # 1024 samples, 0.128 s
CELLS = 12 * 16
LABELS = {"digit": ("0", "7", "9"), "speaker": ("theo", "jackson")}
CLIPS_PER_COMPONENT = 12
LATENT_DIM = 4
LEVEL_DB = -12.0
VALLEY = (0.5, -0.5, 0.25, 0.0)  # a z
N_STEPS = 12
STARTED_WITHIN_S = 30


def _network(
    inputs: dict[str, tuple[int | None, ...]], outputs: dict[str, tuple[int | None, ...]], nodes: list[Any]
) -> onnx.ModelProto:
    def infos(tensors: dict[str, tuple[int | None, ...]]) -> list[Any]:
        return [
            helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch" if d is None else d for d in shape])
            for n, shape in tensors.items()
        ]

    constants = [c for c in nodes if isinstance(c, onnx.TensorProto)]
    operators = [n for n in nodes if isinstance(n, onnx.NodeProto)]
    graph = helper.make_graph(operators, "tiny", infos(inputs), infos(outputs), constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def _dense(source: str, target: str, weights: np.ndarray) -> list[Any]:
    matrix = numpy_helper.from_array(weights.astype(np.float32), f"{target}_weights")
    return [matrix, helper.make_node("MatMul", [source, matrix.name], [target])]


def _shape(name: str, *dims: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(dims, np.int64), name)


def write_model(
    root: Path,
    name: str,
    *,
    version: int = 1,
    labels: dict[str, tuple[str, ...]] | None = None,
    variational: bool = True,
    refined: bool = False,
    level_db: float = LEVEL_DB,
) -> Path:
    """A whole model directory: linear encoder, sigmoid decoder, one component for each label pair.

    Where it is refined, its steps lead to VALLEY, whatever the clip.
    """
    labels = labels or {}
    rng = np.random.default_rng(version)
    image: tuple[int | None, ...] = (None, 12, 16, 1)
    label_shapes: dict[str, tuple[int | None, ...]] = {n: (None, len(v)) for n, v in labels.items()}
    outputs = {"z_mean": (None, LATENT_DIM), **label_shapes}
    encoder = [
        _shape("flat_shape", -1, CELLS),
        helper.make_node("Reshape", ["log_magnitude", "flat_shape"], ["flat"]),
    ]
    encoder += _dense("flat", "z_mean", rng.normal(0, 0.3, (CELLS, LATENT_DIM)))
    if variational:
        outputs["z_log_var"] = (None, LATENT_DIM)
        encoder += _dense("flat", "z_log_var", rng.normal(0, 0.1, (CELLS, LATENT_DIM)))
    for label, values in labels.items():
        encoder += _dense("flat", f"{label}_logits", rng.normal(0, 0.1, (CELLS, len(values))))
        encoder.append(helper.make_node("Softmax", [f"{label}_logits"], [label], axis=1))
    inputs = {"z": (None, LATENT_DIM), **label_shapes}
    width = LATENT_DIM + sum(map(len, labels.values()))
    decoder = [helper.make_node("Concat", list(inputs), ["point"], axis=1)]
    decoder += _dense("point", "flat", rng.normal(0, 1.0, (width, CELLS)))
    decoder += [
        _shape("image_shape", -1, 12, 16, 1),
        helper.make_node("Reshape", ["flat", "image_shape"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["log_magnitude"]),
    ]
    directory = root / name / str(version)
    directory.mkdir(parents=True)
    onnx.save(_network({"log_magnitude": image}, outputs, encoder), directory / "encoder.onnx")
    onnx.save(_network(inputs, {"log_magnitude": image}, decoder), directory / "decoder.onnx")
    if refined:
        one = {n: (1, *shape[1:]) for n, shape in {"log_magnitude": image, **inputs}.items()}
        steps = [
            numpy_helper.from_array(np.array([VALLEY], np.float32), "valley"),
            helper.make_node("Sub", ["valley", "z"], ["step"]),
        ]
        onnx.save(_network(one, {"step": (1, LATENT_DIM)}, steps), directory / "refiner.onnx")
    latents = _latents(labels, rng)
    save_latents(directory / "latents.npz", latents)
    n_components = int(latents.component.max()) + 1

    def network(file: str, ins: dict[str, Any], outs: dict[str, Any]) -> Network:
        return Network(file=file, sha256=sha256_of(directory / file), inputs=ins, outputs=outs)

    def refiner() -> Refiner:
        steps = network("refiner.onnx", one, {"step": (1, LATENT_DIM)})
        return Refiner(**steps.model_dump(), n_steps=N_STEPS, rate=0.1, momentum=0.5)

    manifest = Manifest(
        name=name,
        version=version,
        kind="variational-autoencoder" if variational else "autoencoder",
        description="A tiny model for tests",
        spectrogram=SPECTROGRAM,
        latent_dim=LATENT_DIM,
        labels=labels,
        level_db=level_db,
        encoder=network("encoder.onnx", {"log_magnitude": image}, outputs),
        decoder=network("decoder.onnx", inputs, {"log_magnitude": image}),
        refiner=refiner() if refined else None,
        latents=File(file="latents.npz", sha256=sha256_of(directory / "latents.npz")),
        latent_distribution=LatentDistribution(n_components=n_components, own_share=0.5, temperature=0.7),
        data=Data(
            name="noise",
            source="numpy",
            licence="CC0-1.0",
            n_training_clips=latents.component.size,
            n_validation_clips=0,
            splits="none",
        ),
        metrics={"reconstruction_loss": 0.5},
    )
    save_manifest(directory, manifest)
    return directory


def _latents(labels: dict[str, tuple[str, ...]], rng: np.random.Generator) -> Latents:
    """A cloud of clips for each pair of values, but for 9 by jackson, which is missing; or 2 clusters."""
    pairs = [(d, s) for d in range(3) for s in range(2) if (d, s) != (2, 1)] if labels else [(0, 0), (1, 0)]
    component = np.repeat(np.arange(len(pairs)), CLIPS_PER_COMPONENT).astype(np.int32)
    centres = rng.normal(0, 5, (len(pairs), LATENT_DIM))
    z_mean = centres[component] + rng.normal(0, 0.5, (component.size, LATENT_DIM))
    columns = np.array(pairs, np.int32)[component]
    columns_by_label = {name: columns[:, i] for i, name in enumerate(labels)}
    return Latents(z_mean.astype(np.float32), component, columns_by_label)


class Client:
    """HTTP requests to the application in this process, through its real lifespan."""

    def __init__(self, app: Any, stack: ExitStack) -> None:
        self.app = app
        self._portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        lifespan: AbstractAsyncContextManager[Any] = app.router.lifespan_context(app)
        stack.enter_context(self._portal.wrap_async_context_manager(lifespan))
        transport = httpx.ASGITransport(app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://service")
        stack.callback(self._portal.call, self._client.aclose)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            return await self._client.request(method, path, **options)

        return self._portal.call(send)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def wait_until_ready(self) -> None:
        async def settle() -> None:
            while self.app.state.runtime.state == "starting":
                await anyio.sleep(0.005)

        self._portal.call(settle)


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`voices` 1 and 2 (VAE, labels; 2 refined) and `plain` (AE, no labels)."""
    root = tmp_path_factory.mktemp("models")
    write_model(root, "voices", version=1, labels=LABELS)
    write_model(root, "voices", version=2, labels=LABELS, refined=True)
    write_model(root, "plain", variational=False)
    return root


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., Client]]:
    """Starts an application with the settings given; all stop at the end."""
    with ExitStack() as stack:

        def start_one(**settings: Any) -> Client:
            app = create_app(Settings(**{"default_model": "voices", "concurrency": 2, **settings}))
            client = Client(app, stack)
            client.wait_until_ready()
            return client

        yield start_one


@pytest.fixture(scope="session")
def client(start: Callable[..., Client], models_dir: Path) -> Client:
    return start(models_dir=models_dir)


@pytest.fixture(scope="session")
def running(models_dir: Path) -> Iterator[str]:
    """The address of the service on a real socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(Settings(models_dir=models_dir, default_model="voices"))
        server = uvicorn.Server(uvicorn.Config(app, http=Protocol, lifespan="on", log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + STARTED_WITHIN_S
        while app.state.runtime.state == "starting" and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def clip() -> np.ndarray:
    """Two partials that fade, 0.1 s at 8 kHz, peak near -14 dBFS: shorter than the window."""
    t = np.arange(800) / 8000
    tone = np.sin(2 * np.pi * 500 * t) + 0.5 * np.sin(2 * np.pi * 1500 * t)
    return (0.13 * tone * np.exp(-8 * t)).astype(np.float32)


def write_sound(waveform: np.ndarray, sample_rate: int = 8000, **options: Any) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, sample_rate, **{"format": "WAV", "subtype": "PCM_16", **options})
    return buffer.getvalue()


@pytest.fixture(scope="session")
def wav(clip: np.ndarray) -> bytes:
    return write_sound(clip)


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Path]:
    return write_model


@pytest.fixture(scope="session")
def make_sound() -> Callable[..., bytes]:
    return write_sound


@pytest.fixture(scope="session")
def listen() -> Callable[..., np.ndarray]:
    """Decodes an audio answer and checks it: one channel, the right rate, sound in it."""

    def check(response: httpx.Response) -> np.ndarray:
        assert response.status_code == 200, response.text
        assert int(response.headers["content-length"]) == len(response.content)
        rate = int(response.headers["tonespace-sample-rate"])
        options: dict[str, Any] = {}
        if response.headers["content-type"] == "audio/pcm":
            options = {"format": "RAW", "subtype": "PCM_16", "channels": 1, "samplerate": rate}
        waveform, found_rate = soundfile.read(io.BytesIO(response.content), dtype="float32", **options)
        assert (waveform.ndim, found_rate) == (1, rate)
        assert np.isfinite(waveform).all()
        assert 1e-3 < np.abs(waveform).max() <= 1.1  # lossy formats overshoot a little
        return waveform

    return check


@pytest.fixture(scope="session")
def refused() -> Callable[..., dict[str, Any]]:
    """The problem of an answer, after a check that it is one."""

    def check(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
        assert response.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = response.json()
        assert (response.status_code, problem["type"]) == (status, f"urn:tonespace:problem:{slug}"), problem
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        assert problem["instance"] == response.headers["x-request-id"]
        return problem

    return check
