"""The thesis' five recommendations, each with its effect here.

All but one are read from the manifests of the committed models and from the other experiments. For more data,
the same network is trained for as many steps on three times the recordings.
"""

from audio.manifest import Manifest
from audio.model_directory import load_manifest, newest_version
from training.errors import RunError
from training.replication import spectrogram_autoencoder
from training.replication.results import Figures, Settings, load_results
from training.replication.spectrogram_autoencoder import settled
from training.replication.thesis_network import train
from training.replication.workshop import Workshop

N_EPOCHS = 600  # of 800 recordings; the thesis names none for this
MODELS = ("thesis-ae", "thesis-vae", "digits-vae")
METRICS = (
    "reconstruction.digit.accuracy",
    "reconstruction.speaker.accuracy",
    "reconstruction.pesq",
    "reconstruction.stoi",
    "sample.digit.accuracy",
    "sample.digit.inception_score",
)


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on."""
    return spectrogram_autoencoder.settings(workshop) | {
        "models": {name: load_manifest(newest_version(workshop.models / name)).version for name in MODELS}
    }


def run(workshop: Workshop) -> Figures:
    """Compares the models, and 800 recordings with all of them."""
    inverted = load_results(workshop.folder, "istft")
    if inverted is None:
        raise RunError("recommendations reads the results of istft: replicate istft first")
    table = inverted.figures["true_spectrograms"]
    return {
        "more_data": _more_data(workshop),
        "inversion": [row for row in table if row["size"] == "28 x 28"],
        "resolution": [row for row in table if row["inverse"] == "Griffin-Lim"],
        "models": {name: _metrics(load_manifest(newest_version(workshop.models / name))) for name in MODELS},
        "gpu": _gpu(workshop),
    }


def _gpu(workshop: Workshop) -> dict[str, float]:
    """The speed-up of each case on a GPU; empty where none was available."""
    cost = load_results(workshop.folder, "cost")
    if cost is None:
        raise RunError("recommendations reads the results of cost: replicate cost first")
    fastest: dict[tuple[str, bool], float] = {}
    for row in cost.figures["steps"]:
        key = (row["case"], row["device"] != "cpu")
        fastest[key] = min(row["step_ms"], fastest.get(key, row["step_ms"]))
    return {case: fastest[case, False] / ms for (case, on_gpu), ms in fastest.items() if on_gpu}


def _more_data(workshop: Workshop) -> list[Figures]:
    """The settled held-out loss with 800 training recordings and, after as many steps, with all."""
    few, every = workshop.learned, workshop.splits["train"]
    n_epochs = workshop.epochs(N_EPOCHS)
    n_epochs_of_all = max(1, round(n_epochs * len(few) / len(every)))
    held_out = workshop.splits["validation"]
    trained = spectrogram_autoencoder.trained(workshop)
    more = train(workshop.config, every, held_out, [n_epochs_of_all], workshop.runs)
    return [
        {"n_clips": len(few), "epochs": n_epochs, "held_out_loss": settled(trained.held_out_loss[:n_epochs])},
        {"n_clips": len(every), "epochs": n_epochs_of_all, "held_out_loss": settled(more.held_out_loss)},
    ]


def _metrics(manifest: Manifest) -> Figures:
    height, width = manifest.spectrogram.image_shape
    found = {name: manifest.metrics[name] for name in METRICS if name in manifest.metrics}
    return {"spectrogram": f"{height} x {width}", "latent_dim": manifest.latent_dim} | found
