"""The way of the tutorials: FastAPI, `predict` of Keras and Griffin-Lim of librosa, with the same decoder.

Its weights are random; the arithmetic is the same.
"""

import io
from pathlib import Path

import librosa
import numpy as np
import soundfile
from fastapi import FastAPI, Response
from pydantic import BaseModel

from audio.model_directory import load_manifest
from benchmarks.serving.functions import MODEL, MODELS
from training.config import load_config
from training.networks.autoencoder import build_decoder

CONFIG = load_config(Path(__file__).parents[2] / "training" / "configs" / f"{MODEL}.toml")
LABELS = load_manifest(max((MODELS / MODEL).iterdir(), key=lambda version: int(version.name))).labels

decoder = build_decoder(CONFIG, LABELS)
app = FastAPI()


class Body(BaseModel):
    """A point."""

    z: list[float]


@app.post("/generate")
def generate(body: Body) -> Response:
    """The sound at a point as a WAV file."""
    one = {name: np.eye(1, len(values), dtype=np.float32) for name, values in LABELS.items()}
    image = decoder.predict({"z": np.array([body.z], np.float32), **one}, verbose=0)["log_magnitude"][
        0, :, :, 0
    ]
    spectrogram = CONFIG.spectrogram
    magnitude = librosa.db_to_amplitude((image - 1) * -spectrogram.floor_db)
    waveform = librosa.griffinlim(magnitude, hop_length=spectrogram.hop_length, n_fft=spectrogram.n_fft)
    wav = io.BytesIO()
    soundfile.write(wav, 0.5 * waveform / np.abs(waveform).max(), spectrogram.sample_rate, format="WAV")
    return Response(wav.getvalue(), media_type="audio/wav")
