"""What answers say of encodings and of models."""

import hashlib
import json
from collections.abc import Mapping

import numpy as np

from audio.manifest import Shape
from service import VERSION
from service.contract.answers import EncodeAnswer, FamiliarityAnswer
from service.contract.inference import FP32, NETWORKS, PLATFORM, Network, NetworkAnswer, TensorMetadata
from service.contract.model_answers import ModelAnswer
from service.contract.tasks import Opened, OpenModel
from service.sound.exact_point import exact
from service.sound.sessions import RUNTIME_VERSION
from service.sound.store import Model, Store
from service.sound.synthesis import Encoding


def opened(store: Store) -> Opened:
    """The open models, as far as the front process has to know them."""
    models = [
        OpenModel(
            _model_answer(model, store),
            _fingerprint(model),
            {network: _network_answer(model, network, store) for network in NETWORKS},
        )
        for model in store
    ]
    return Opened(models, store.default.reference, store.unavailable)


def encode_answer(model: Model, encoding: Encoding) -> EncodeAnswer:
    """The posterior of a clip and what was measured of it."""
    manifest, (analysis, posterior, familiarity) = model.manifest, encoding
    upload = analysis.upload
    return EncodeAnswer(
        model=manifest.name,
        version=manifest.version,
        z_mean=exact(posterior.z_mean),
        z_log_var=None if posterior.z_log_var is None else exact(posterior.z_log_var),
        labels={
            name: dict(zip(manifest.labels[name], exact(probabilities), strict=True))
            for name, probabilities in posterior.labels.items()
        },
        level_db=round(analysis.level_db, 3),
        duration_s=round(upload.duration_s, 6),
        offset_s=round(upload.offset_s, 6),
        truncated=upload.truncated,
        complete=upload.complete,
        channel=upload.channel,
        familiarity=familiarity
        and FamiliarityAnswer(
            score=round(familiarity.score, 3),
            threshold=round(familiarity.threshold, 3),
            familiar=familiarity.familiar,
        ),
    )


def _model_answer(model: Model, store: Store) -> ModelAnswer:
    """What a client may want to know of a model."""
    manifest = model.manifest
    return ModelAnswer(
        **manifest.model_dump(
            include={
                "name",
                "version",
                "kind",
                "description",
                "latent_dim",
                "labels",
                "clip_labels",
                "numbers",
                "level_db",
            }
        ),
        metrics=manifest.metrics,
        versions=store.versions(manifest.name),
        default=model is store.default,
        sample_rate=manifest.spectrogram.sample_rate,
        window_s=manifest.spectrogram.duration_s,
        latent_distribution=manifest.latent_distribution,
        checksums={promised.file: promised.sha256 for promised in manifest.files},
        providers=model.autoencoder.providers,
        data=manifest.data,
    )


def _network_answer(model: Model, network: Network, store: Store) -> NetworkAnswer:
    manifest = model.manifest
    found = model.autoencoder.networks[network]
    return NetworkAnswer(
        name=f"{manifest.name}.{network}",
        versions=[str(version) for version in store.versions(manifest.name)],
        platform=PLATFORM,
        inputs=_metadata(found.inputs),
        outputs=_metadata(found.outputs),
    )


def _metadata(tensors: Mapping[str, Shape]) -> list[TensorMetadata]:
    return [
        TensorMetadata(name=name, datatype=FP32, shape=[-1 if n is None else n for n in shape])
        for name, shape in tensors.items()
    ]


def _fingerprint(model: Model) -> str:
    """A digest of everything that determines the model's bytes beside the request."""
    software = [VERSION, RUNTIME_VERSION, np.__version__]
    text = json.dumps([model.manifest.model_dump(mode="json"), software], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
