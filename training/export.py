"""From a finished run to a model directory: Keras -> ONNX, compared, described, published at once.

Everything is written into a staging folder; the version appears in one rename, or not at all.
"""

import contextlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import onnx
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from audio.latents import LatentMixture
from audio.manifest import Data, File, LatentDistribution, Manifest, Network, Refiner
from audio.model_directory import CARD_FILE, VERSION, Latents, save_latents, save_manifest, sha256_of
from training.calibration import calibrated_heads, familiarity_of, held_out_halves
from training.config import Config
from training.config_data import Split
from training.data.dataset import Dataset
from training.errors import ExportError
from training.export_refiner import OPSET, export_refiner
from training.exported import Arrays, ExportedModel, OnnxNetwork, compare, refine
from training.measure.card import card_of
from training.networks.autoencoder import Autoencoder
from training.networks.half_precision import round_weights, store_weights
from training.networks.refiner import DownhillStep

log = logging.getLogger(__name__)

ENCODER_FILE, DECODER_FILE = "encoder.onnx", "decoder.onnx"
LATENTS_FILE = "latents.npz"


def export(
    model: Autoencoder, config: Config, splits: dict[str, Dataset], models: Path, version: int | None = None
) -> Path:
    """The directory models/<name>/<version> of a trained model, complete and compared with Keras.

    Args:
        model: trained.
        config: its experiment.
        splits: the clips it was trained and chosen on.
        models: the folder of all models.
        version: default the one after the newest.

    Raises:
        ExportError: another backend than TensorFlow, a version that exists, a graph that is not
            valid, has other tensors, or differs from Keras.
    """
    check_backend()
    return publish(
        models, config.name, version, lambda folder, number: _write(model, config, splits, folder, number)
    )


def publish(models: Path, name: str, version: int | None, write: Callable[[Path, int], Manifest]) -> Path:
    """The directory models/<name>/<version>, whole or not at all.

    Args:
        models: the folder of all models.
        name: of the model.
        version: default the one after the newest.
        write: fills a folder and gives the manifest of what is in it; the second argument is the version.

    Raises:
        ExportError: the version exists.
    """
    version = version or next_version(models / name)
    directory = models / name / str(version)
    if directory.exists():
        raise ExportError(f"{directory} exists: a published version never changes")
    staging = directory.with_name(f".{version}.new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        manifest = write(staging, version)
        (staging / CARD_FILE).write_text(card_of(manifest), encoding="utf-8")
        save_manifest(staging, manifest)
        staging.replace(directory)
    except BaseException:  # Ctrl-C as well leaves nothing half written
        shutil.rmtree(staging, ignore_errors=True)
        with contextlib.suppress(OSError):  # other versions are in it
            staging.parent.rmdir()
        raise
    log.info("exported %s", directory)
    return directory


def check_backend() -> None:
    """Raise unless the Keras backend is one whose networks can be converted.

    Raises:
        ExportError: it is another.
    """
    if keras.backend.backend() != "tensorflow":
        raise ExportError("the export runs under KERAS_BACKEND=tensorflow")


def next_version(folder: Path) -> int:
    """One more than the highest version in models/<name>, whole or not."""
    return max((int(path.name) for path in folder.glob("*") if VERSION.fullmatch(path.name)), default=0) + 1


def _write(
    model: Autoencoder, config: Config, splits: dict[str, Dataset], folder: Path, version: int
) -> Manifest:
    train, halves = splits["train"], held_out_halves(splits["validation"])
    calibration = calibrated_heads(model.encoder, config, halves) if config.conditions and halves else {}
    networks = write_networks(model, config, train.log_magnitude, folder)
    component = _components(train, networks.z_mean, config)
    latents = Latents(networks.z_mean, component, train.labels, train.level_db)
    save_latents(folder / LATENTS_FILE, latents)
    sampling = config.sampling
    distribution = LatentDistribution(
        n_components=int(component.max()) + 1,
        own_share=sampling.own_share,
        bandwidth=sampling.bandwidth,
        n_neighbours=sampling.n_neighbours,
        temperature=sampling.temperature,
    )
    LatentMixture(
        latents, distribution, config.data.numbers
    )  # a model needs a distribution that can be sampled
    manifest = Manifest(
        name=config.name,
        version=version,
        kind=config.model.kind,
        description=config.description,
        spectrogram=config.spectrogram,
        latent_dim=config.model.latent_dim,
        labels={name: train.values[name] for name in config.conditions},
        clip_labels={n: v for n, v in train.values.items() if n not in config.conditions},
        numbers=config.data.numbers,
        level_db=round(float(np.median(train.level_db)), 2),
        encoder=networks.encoder,
        decoder=networks.decoder,
        refiner=networks.refiner,
        latents=File(file=LATENTS_FILE, sha256=sha256_of(folder / LATENTS_FILE)),
        latent_distribution=distribution,
        calibration=calibration,
        data=Data(
            name=config.data.name,
            source=config.data.source,
            licence=config.data.licence,
            n_training_clips=len(train),
            n_validation_clips=len(splits["validation"]),
            splits=_told(config),
        ),
        metrics={},
    )
    if not halves:
        return manifest
    save_manifest(folder, manifest)
    familiarity = familiarity_of(ExportedModel(folder), halves[0].log_magnitude.astype(np.float32))
    return manifest.model_copy(update={"familiarity": familiarity})


class Networks(NamedTuple):
    """The graphs of a model, and where they put the clips."""

    encoder: Network
    decoder: Network
    refiner: Refiner | None
    z_mean: NDArray[np.float32]  # (n_clips, latent_dim), refined where there is a refiner


def write_networks(model: Autoencoder, config: Config, clips: NDArray[np.float16], folder: Path) -> Networks:
    """All graphs, written and compared with Keras, and what they make of the clips.

    Args:
        model: trained.
        config: its experiment.
        clips: (n_clips, height, width, 1), what to compare on.
        folder: where they go.

    Raises:
        ExportError: a graph is not valid, has other tensors, or differs from Keras.
    """
    images, half = clips.astype(np.float32), config.export.weights == "float16"
    encoder = _export_network(model.encoder, folder / ENCODER_FILE, {"log_magnitude": images}, half)
    encoded = OnnxNetwork(folder / ENCODER_FILE)({"log_magnitude": images})
    points = {"z": encoded["z_mean"]} | {name: encoded[name] for name in config.conditions}
    decoder = _export_network(model.decoder, folder / DECODER_FILE, points, half)
    if not config.export.refinement_steps:
        return Networks(encoder, decoder, None, encoded["z_mean"])
    examples = {"log_magnitude": images} | points
    step = DownhillStep(model, examples, encoded.get("z_log_var"))
    refiner = export_refiner(step, folder / DECODER_FILE, examples, config)
    return Networks(encoder, decoder, refiner, refine(folder, refiner, examples))


def _export_network(network: keras.Model, path: Path, examples: Arrays, half: bool) -> Network:
    """Writes the graph and proves it: valid, the exact tensor names, the numbers of Keras for examples."""
    import tensorflow as tf  # slow to import, and only the export needs it
    import tf2onnx

    if half:
        round_weights(network)
    signature = [tf.TensorSpec(tensor.shape, tf.float32, name=tensor.name) for tensor in network.inputs]
    positional = keras.Model(network.inputs, network.output)  # the converter hands over a list
    graph, _ = tf2onnx.convert.from_keras(positional, input_signature=signature, opset=OPSET)
    if half:
        store_weights(graph)
    graph.doc_string, graph.producer_version = "", ""
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)
    inputs = {tensor.name: _shape(tensor.shape) for tensor in network.inputs}
    outputs = {name: _shape(tensor.shape) for name, tensor in network.output.items()}
    compare(network.name, network, OnnxNetwork(path), examples)
    return Network(file=path.name, sha256=sha256_of(path), inputs=inputs, outputs=outputs)


def _components(data: Dataset, z_mean: NDArray[np.float32], config: Config) -> NDArray[np.int32]:
    """Which Gaussian each clip belongs to: that of its labels, or of its cluster without labels.

    Labels that are numbers do not count: clips of all pitches of an instrument are one component.
    """
    names = [column for name, column in data.labels.items() if name not in config.data.numbers]
    if names:
        columns = np.stack(names, axis=1)
        return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)
    n_clusters = min(config.sampling.n_clusters, max(1, len(data) // 4))
    _, cluster = kmeans2(z_mean.astype(np.float64), n_clusters, minit="++", seed=config.seed)
    return np.unique(cluster, return_inverse=True)[1].astype(np.int32)


def _shape(shape: tuple[Any, ...]) -> tuple[int | None, ...]:
    return (None, *(int(side) for side in shape[1:]))


def _told(config: Config) -> str:
    def rule(split: Split) -> str:
        by_field = f"{split.field} {split.values}"
        return f"{100 * split.fraction:g} % of the clips" if split.fraction else by_field

    left_out = " and ".join(map(rule, config.data.without))
    without = f"left out: {left_out}; " if left_out else ""
    test = f"test: {rule(config.data.test)}; " if config.data.test else ""
    return f"{without}{test}validation: {rule(config.data.validation)}; training: all others"
