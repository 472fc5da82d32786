"""A model directory with tiny real networks."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from audio.manifest import Data, Familiarity, File, LatentDistribution, Manifest, Network, Refiner
from audio.model_directory import Latents, save_latents, save_manifest, sha256_of
from audio.spectrogram_config import SpectrogramConfig

Shapes = dict[str, tuple[int | None, ...]]  # tensor -> its shape, None is the batch
Labels = dict[str, tuple[str, ...]]

SPECTROGRAM = SpectrogramConfig(
    sample_rate=8000, n_fft=64, hop_length=16, win_length=64, n_frames=64, image_height=12, image_width=16
)  # 1024 samples, 0.128 s
CELLS = 12 * 16
LABELS = {"digit": ("0", "7", "9"), "speaker": ("theo", "jackson")}
NOTES = {"instrument": ("flute", "violin"), "pitch": ("60", "61", "62", "64")}  # no violin above 61
CLIPS_PER_COMPONENT = 12
LATENT_DIM = 4
LEVEL_DB = -12.0
VALLEY = (0.5, -0.5, 0.25, 0.0)  # a z
N_STEPS = 12
IMAGE: Shapes = {"log_magnitude": (None, 12, 16, 1)}


def write_model(
    root,
    name,
    *,
    version=1,
    labels=None,
    variational=True,
    refined=False,
    level_db=LEVEL_DB,
    threshold_db=None,
    numbers=None,
):
    """A whole model directory: linear encoder, sigmoid decoder, one component for each label pair.

    The steps of a refiner lead to VALLEY, whatever the clip.
    """
    labels = labels or {}
    rng = np.random.default_rng(version)
    directory = root / name / str(version)
    directory.mkdir(parents=True)
    encoder = _write_encoder(directory, labels, variational, rng)
    decoder = _write_decoder(directory, labels, rng)
    refiner = _write_refiner(directory, decoder.inputs) if refined else None
    latents = _notes(labels, rng) if numbers else _latents(labels, rng)
    save_latents(directory / "latents.npz", latents)
    n_components = int(latents.component.max()) + 1
    manifest = Manifest(
        name=name,
        version=version,
        kind="variational-autoencoder" if variational else "autoencoder",
        description="A tiny model for tests",
        spectrogram=SPECTROGRAM,
        latent_dim=LATENT_DIM,
        labels=labels,
        numbers=numbers or {},
        level_db=level_db,
        encoder=encoder,
        decoder=decoder,
        refiner=refiner,
        latents=File(file="latents.npz", sha256=sha256_of(directory / "latents.npz")),
        latent_distribution=LatentDistribution(n_components=n_components, own_share=0.5, temperature=0.7),
        familiarity=None if threshold_db is None else Familiarity(threshold_db=threshold_db, share=0.98),
        data=_data(latents),
        metrics={"reconstruction_loss": 0.5},
    )
    save_manifest(directory, manifest)
    return directory


def _write_encoder(directory, labels, variational, rng):
    outputs: Shapes = {"z_mean": (None, LATENT_DIM), **_label_shapes(labels)}
    nodes = [
        _shape("flat_shape", -1, CELLS),
        helper.make_node("Reshape", ["log_magnitude", "flat_shape"], ["flat"]),
    ]
    nodes += _dense("flat", "z_mean", rng.normal(0, 0.3, (CELLS, LATENT_DIM)))
    if variational:
        outputs["z_log_var"] = (None, LATENT_DIM)
        nodes += _dense("flat", "z_log_var", rng.normal(0, 0.1, (CELLS, LATENT_DIM)))
    for label, values in labels.items():
        nodes += _dense("flat", f"{label}_logits", rng.normal(0, 0.1, (CELLS, len(values))))
        nodes.append(helper.make_node("Softmax", [f"{label}_logits"], [label], axis=1))
    return _write_network(directory / "encoder.onnx", IMAGE, outputs, nodes)


def _write_decoder(directory, labels, rng):
    inputs: Shapes = {"z": (None, LATENT_DIM), **_label_shapes(labels)}
    width = LATENT_DIM + sum(map(len, labels.values()))
    nodes = [helper.make_node("Concat", list(inputs), ["point"], axis=1)]
    nodes += _dense("point", "flat", rng.normal(0, 1.0, (width, CELLS)))
    nodes += [
        _shape("image_shape", -1, 12, 16, 1),
        helper.make_node("Reshape", ["flat", "image_shape"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["log_magnitude"]),
    ]
    return _write_network(directory / "decoder.onnx", inputs, IMAGE, nodes)


def _write_refiner(directory, decoder_inputs):
    inputs: Shapes = {name: (1, *shape[1:]) for name, shape in (IMAGE | decoder_inputs).items()}
    inputs["log_magnitude"] = (1, IMAGE["log_magnitude"][1], None, 1)
    nodes = [
        numpy_helper.from_array(np.array([VALLEY], np.float32), "valley"),
        helper.make_node("Sub", ["valley", "z"], ["step"]),
    ]
    network = _write_network(directory / "refiner.onnx", inputs, {"step": (1, LATENT_DIM)}, nodes)
    return Refiner(**network.model_dump(), n_steps=N_STEPS, rate=0.1, momentum=0.5, frames_multiple=2)


def _write_network(path, inputs, outputs, nodes):
    """The network in a file, and its row in the manifest."""
    constants = [c for c in nodes if isinstance(c, onnx.TensorProto)]
    operators = [n for n in nodes if isinstance(n, onnx.NodeProto)]
    graph = helper.make_graph(operators, "tiny", _tensors(inputs), _tensors(outputs), constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return Network(file=path.name, sha256=sha256_of(path), inputs=inputs, outputs=outputs)


def _tensors(shapes):
    return [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch" if d is None else d for d in shape])
        for n, shape in shapes.items()
    ]


def _dense(source, target, weights):
    matrix = numpy_helper.from_array(weights.astype(np.float32), f"{target}_weights")
    return [matrix, helper.make_node("MatMul", [source, matrix.name], [target])]


def _shape(name, *dims):
    return numpy_helper.from_array(np.array(dims, np.int64), name)


def _label_shapes(labels):
    return {name: (None, len(values)) for name, values in labels.items()}


def _latents(labels, rng):
    """A cloud of clips for each pair of values, but for 9 by jackson, which is missing; or 2 clusters."""
    pairs = [(d, s) for d in range(3) for s in range(2) if (d, s) != (2, 1)] if labels else [(0, 0), (1, 0)]
    component = np.repeat(np.arange(len(pairs)), CLIPS_PER_COMPONENT).astype(np.int32)
    centres = rng.normal(0, 5, (len(pairs), LATENT_DIM))
    z_mean = centres[component] + rng.normal(0, 0.5, (component.size, LATENT_DIM))
    columns = np.array(pairs, np.int32)[component]
    columns_by_label = {name: columns[:, i] for i, name in enumerate(labels)}
    return Latents(z_mean.astype(np.float32), component, columns_by_label)


def _notes(names, rng):
    """Clips of NOTES under these names, a component for each instrument; 1 dB louder for each value."""
    pairs = [(0, pitch) for pitch in range(4)] + [(1, 0), (1, 1)]
    instrument, pitch = np.repeat(np.array(pairs, np.int32), CLIPS_PER_COMPONENT, axis=0).T
    z_mean = rng.normal(0, 0.2, (instrument.size, LATENT_DIM)) + pitch[:, None] + 10 * instrument[:, None]
    labels = dict(zip(names, (instrument, pitch), strict=True))
    return Latents(z_mean.astype(np.float32), instrument, labels, -20 + pitch.astype(np.float32))


def _data(latents):
    return Data(
        name="noise",
        source="numpy",
        licence="CC0-1.0",
        n_training_clips=latents.component.size,
        n_validation_clips=0,
        splits="none",
    )
