"""The schema of manifest.json: what a model directory promises of its files."""

import math
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator

from audio.spectrogram_config import SpectrogramConfig

MANIFEST_FILE = "manifest.json"

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
MODEL_NAME = r"^[a-z0-9][a-z0-9-]{0,63}$"
ModelName = Annotated[str, StringConstraints(pattern=MODEL_NAME)]
Shape = tuple[int | None, ...]  # None is a free axis: the batch, the frames of a refiner

MIDI_NOTE, MIDI_VELOCITY = "MIDI note", "MIDI velocity"  # the units of a pitch and of the force of a key
RESERVED = frozenset({"log_magnitude", "z", "z_mean", "z_log_var", "step"})  # names of tensors, not labels


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Strict):
    """A file of the directory and what it must hash to."""

    file: FileName
    sha256: Sha256


class Network(File):
    """An ONNX graph and the exact names and shapes of its tensors."""

    inputs: dict[str, Shape]
    outputs: dict[str, Shape]


class Refiner(Network):
    """The graph that says where downhill is, {log_magnitude, z, labels} -> {step}, and how far to follow it.

    It takes one clip. Its weights are the decoder's, and lie in that file. See `audio.refinement`.
    """

    n_steps: int = Field(ge=1, le=100)
    rate: float = Field(gt=0, le=1, description="length of the first step at most, root mean square")
    final_rate: float = Field(0, ge=0, le=1, description="what the rate falls to, linearly")
    momentum: float = Field(ge=0, lt=1)
    frames_multiple: int | None = Field(
        None, ge=1, description="log_magnitude may end after any multiple of so many frames; without: whole"
    )


class Familiarity(_Strict):
    """Up to where a clip is like the training clips, by `audio.familiarity.replica_distance_db`."""

    threshold_db: FiniteFloat = Field(gt=0)
    share: float = Field(gt=0, le=1, description="of the held-out clips it was set by that do not exceed it")


class Calibration(_Strict):
    """How a label's probabilities were made to mean what they say; the head's weights hold the temperature.

    The expected calibration errors are of held-out clips that the temperature was not fitted to.

    Source: Guo et al. 2017.
    """

    temperature: FiniteFloat = Field(gt=0)
    error_before: FiniteFloat = Field(ge=0, le=1)
    error_after: FiniteFloat = Field(ge=0, le=1)


class LatentDistribution(_Strict):
    """The distribution of z that is sampled: a Gaussian mixture over the encoded training clips.

    Each component holds the clips of one label combination (or one cluster). Its covariance is own_share
    times its own covariance plus (1 - own_share) times the covariance pooled over all components. A sample is
    mean + temperature * deviation. The deviation is sqrt(1 - bandwidth^2) times the deviation of one clip
    plus `bandwidth` times noise of that covariance. If `n_neighbours` is not 0, a point about half way
    between the clip and one of its n_neighbours nearest clips of the component replaces the clip.

    Source: Silverman 1986, section 6.4, the smoothed bootstrap that keeps the variance; Chawla et al. 2002
        (SMOTE) for the points between neighbours.
    """

    kind: Literal["gaussian-mixture"] = Field("gaussian-mixture", description="The kind of the distribution.")
    n_components: int = Field(ge=1, description="The number of components.")
    own_share: float = Field(ge=0, le=1, description="The share of a component's own covariance.")
    bandwidth: float = Field(
        1.0, ge=0, le=1, description="The share of noise in a sample: 0 is none, 1 is noise alone."
    )
    n_neighbours: int = Field(
        0, ge=0, description="The number of nearest clips that a sample can lie between."
    )
    temperature: float = Field(gt=0, le=10, description="The temperature of samples that ask for none.")


class Data(_Strict):
    """The recordings that the model was trained on."""

    name: str = Field(description="The name of the data set.")
    source: str = Field(description="Where the recordings can be found.")
    licence: str = Field(description="The licence of the recordings.")
    n_training_clips: int = Field(ge=1, description="The number of clips that the model was trained on.")
    n_validation_clips: int = Field(ge=0, description="The number of validation clips.")
    splits: str = Field(description="How the clips were split into training, validation and test clips.")


class Manifest(_Strict):
    """The promise of one model directory."""

    manifest_version: Literal[1] = 1
    name: ModelName
    version: int = Field(ge=1)
    kind: Literal["autoencoder", "variational-autoencoder"]
    description: str
    adapted_from: str | None = Field(
        None, description="name@version of the model that learnt new label values"
    )
    spectrogram: SpectrogramConfig
    latent_dim: int = Field(ge=1)
    labels: dict[LabelName, tuple[str, ...]] = Field(
        description="label name -> its values, in the order of the tensor of that name"
    )
    clip_labels: dict[LabelName, tuple[str, ...]] = Field(
        {}, description="labels of the training clips that the networks do not know"
    )
    numbers: dict[LabelName, str] = Field(
        {}, description="labels whose values are numbers, ascending -> their unit"
    )
    level_db: FiniteFloat = Field(description="dBFS of a sound made from z alone: the training median")
    encoder: Network
    decoder: Network
    refiner: Refiner | None = Field(None, description="without it z is what the encoder says")
    latents: File
    latent_distribution: LatentDistribution
    familiarity: Familiarity | None = Field(None, description="without it no clip is called unfamiliar")
    calibration: dict[LabelName, Calibration] = Field({}, description="of labels whose heads are calibrated")
    data: Data
    metrics: dict[str, FiniteFloat]
    measured_on: Literal["validation", "test"] | None = Field(None, description="the split of the metrics")

    @model_validator(mode="after")
    def _tensors_are_the_agreed_ones(self) -> Self:
        image: Shape = (None, *self.spectrogram.image_shape, 1)
        latent: Shape = (None, self.latent_dim)
        labels: dict[str, Shape] = {n: (None, len(v)) for n, v in self.labels.items()}
        posterior = {"z_mean": latent}
        if self.kind == "variational-autoencoder":
            posterior["z_log_var"] = latent
        agreed = [
            (self.encoder.inputs, {"log_magnitude": image}),
            (self.encoder.outputs, posterior | labels),
            (self.decoder.inputs, {"z": latent} | labels),
            (self.decoder.outputs, {"log_magnitude": image}),
        ]
        if self.refiner:
            height, width = self.spectrogram.image_shape
            clip: Shape = (None, height, None if self.refiner.frames_multiple else width, 1)
            free = {"log_magnitude": clip, "z": latent} | labels
            agreed.append((self.refiner.inputs, {name: (1, *shape[1:]) for name, shape in free.items()}))
            agreed.append((self.refiner.outputs, {"step": (1, self.latent_dim)}))
        for found, expected in agreed:
            if found != expected:
                raise ValueError(f"tensors {found} where {expected} are expected")
        if reserved := RESERVED & self.labels.keys():
            raise ValueError(f"label names {sorted(reserved)} are names of tensors")
        return self

    @model_validator(mode="after")
    def _numbers_ascend(self) -> Self:
        for name in self.numbers:
            values = (self.labels | self.clip_labels).get(name, ())
            try:
                numbers = [float(value) for value in values]
            except ValueError as error:
                raise ValueError(f"numbers: {name} has a value that is no number") from error
            ascending = all(low < high for low, high in pairwise(numbers))
            if not numbers or not all(map(math.isfinite, numbers)) or not ascending:
                raise ValueError(f"numbers: the values of {name} do not ascend")
        return self

    @property
    def pitch_label(self) -> str | None:
        """The label that is the pitch of a sound, by its unit."""
        return self._label_in(MIDI_NOTE)

    @property
    def velocity_label(self) -> str | None:
        """The label that is how hard a note is played, by its unit."""
        return self._label_in(MIDI_VELOCITY)

    def _label_in(self, unit: str) -> str | None:
        return next((name for name in self.labels if self.numbers.get(name) == unit), None)

    @property
    def files(self) -> tuple[File, ...]:
        """What the directory has to hold, unchanged."""
        promised = (self.encoder, self.decoder, self.refiner, self.latents)
        return tuple(file for file in promised if file is not None)
