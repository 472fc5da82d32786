"""What a model makes of disturbed clips, each stored as a 16-bit WAV and read as an upload is."""

from training.calibration import replica_distances_db
from training.config import Config
from training.data.dataset import Dataset
from training.exported import ExportedModel, Float32
from training.measure.disturbed import disturbed_uploads
from training.measure.recogniser import Recogniser
from training.measure.results import Figures, Results


def robustness_figures(
    model: ExportedModel, config: Config, clips: Dataset, recogniser: Recogniser
) -> Results:
    """The share of clips whose labels are recognised, for every disturbance and label.

    `label_head` is the model's own, `clip` our recogniser's, `replica` our recogniser's of the replica;
    `familiar` is the share of clips that the model is familiar with.

    Args:
        model: the model.
        config: where the recordings are.
        clips: to evaluate on.
        recogniser: of their labels.
    """
    return {
        row: _figures(model, uploads, clips, recogniser) for row, uploads in disturbed_uploads(config, clips)
    }


def _figures(model: ExportedModel, uploads: list[Float32], clips: Dataset, recogniser: Recogniser) -> Figures:
    images, levels = model.spectrograms(uploads)
    replicas = model.waveforms(model.reconstruct(images), levels, "Disturbed clips")
    probabilities = {
        "label_head": model.encoder({"log_magnitude": images}),
        "clip": recogniser.recognise(uploads).probabilities,
        "replica": recogniser.recognise(replicas).probabilities,
    }
    figures = {
        f"{name}.{which}": float((found[name].argmax(axis=1) == truth).mean())
        for name, truth in clips.labels.items()
        for which, found in probabilities.items()
        if name in found
    }
    if limit := model.manifest.familiarity:
        figures["familiar"] = float((replica_distances_db(model, images) <= limit.threshold_db).mean())
    return figures
