"""What a model makes of disturbed clips, each stored as a 16-bit WAV and read as an upload is."""

from audio.familiarity import replica_distance_db
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
    replicated = model.reconstruct(images)
    replicas = model.waveforms(replicated, levels, "Disturbed clips")
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
        floor_db = model.manifest.spectrogram.floor_db
        distance_db = replica_distance_db(images[..., 0], replicated[..., 0], floor_db)
        figures["familiar"] = float((distance_db <= limit.threshold_db).mean())
    return figures
