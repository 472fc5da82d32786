"""The fields of answers in JSON."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from audio.formats import AudioFormat

LabelWeights = dict[str, dict[str, float]]


class StrictAnswer(BaseModel):
    """A part of an answer: it has no other fields than the documented ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FamiliarityAnswer(StrictAnswer):
    """How near the model's replica of a clip is, compared with held-out clips of its training data."""

    score: float = Field(
        description="The mean difference between the spectrograms of the clip and its replica where both are "
        "loud, in dB."
    )
    threshold: float = Field(description="The score that nearly all held-out clips do not exceed, in dB.")
    familiar: bool = Field(
        description="Whether the score does not exceed the threshold. If false, the clip is unlike the "
        "training data, and its recognised labels can be wrong."
    )


class EncodeAnswer(StrictAnswer):
    """The coordinates of a clip in the model's space."""

    model: str = Field(description="The name of the model.")
    version: int = Field(description="The version of the model.")
    z_mean: list[float] = Field(
        description="The coordinates of the clip, latent_dim numbers; refined if the model has a refiner."
    )
    z_log_var: list[float] | None = Field(
        description="The logarithm of the variance of each coordinate, as the encoder gives it. "
        "It is null for an autoencoder without variance."
    )
    labels: dict[str, dict[str, float]] = Field(
        description="The recognised labels: for each label, the probability of each value."
    )
    level_db: float = Field(
        description="The peak magnitude of the clip's spectrogram in dBFS. A full-scale sine has 0."
    )
    duration_s: float = Field(
        description="The duration of the upload in seconds, as far as it could be read."
    )
    offset_s: float = Field(
        description="Where the model's window begins in the upload, in seconds: at `start_s`, or else at the "
        "onset of the sound."
    )
    truncated: bool = Field(description="Whether the upload goes on after the model's window.")
    complete: bool = Field(
        description="Whether the upload holds all that its header promises, undamaged. All of it was read."
    )
    channel: int | None = Field(
        description="The channel that was used, counted from 1, if the mean of all channels would cancel "
        "the sound. It is null if the mean was used."
    )
    familiarity: FamiliarityAnswer | None = Field(
        description="How familiar the clip is to the model. It is null for a model without a threshold."
    )


class QualityAnswer(StrictAnswer):
    """How far the spectrogram of a reconstruction is from the upload's, over the model's window."""

    log_spectral_distance_db: float = Field(
        description="The root mean square difference of the bins in dB, as the mean over the audible "
        "frames of the upload, those within 40 dB of its loudest frame. Each sound counts down from its peak "
        "to the model's floor."
    )
    spectral_convergence: float = Field(
        description="The norm of the difference of the magnitudes, divided by the norm of the upload's "
        "magnitudes. It is 0 where they are equal."
    )


class SoundAnswer(StrictAnswer):
    """A sound as JSON."""

    model: str = Field(description="The model as `name@version`.", examples=["digits-vae@1"])
    seed: int | None = Field(
        description="The seed that gives this sample again. It is null for other sounds."
    )
    z: list[float] = Field(
        description="The coordinates of the sound, latent_dim numbers with the digits of float32."
    )
    labels: LabelWeights = Field(
        description="The labels of the sound: for each label, the weight of each value, as in /generate."
    )
    nearest: dict[str, str] | None = Field(
        description="The labels of the nearest training clips, if none has the requested labels: the sample "
        "was converted from these clips. It is null for other sounds."
    )
    level_db: float = Field(description="The peak magnitude of the decoded spectrogram in dBFS.")
    sample_rate: int = Field(description="The sample rate of the file in Hz.")
    duration_s: float = Field(description="The duration of the sound in seconds.")
    format: AudioFormat = Field(description="The format of the file.")
    audio: str = Field(description="The file in base64.", json_schema_extra={"contentEncoding": "base64"})
    quality: QualityAnswer | None = Field(
        description="How close a reconstruction is to its upload. It is null for other sounds."
    )
    offset_s: float | None = Field(
        description="Where the model's window begins in the upload of a reconstruction, in seconds. "
        "It is null for other sounds."
    )
    truncated: bool | None = Field(
        description="Whether the upload of a reconstruction goes on after the model's window. "
        "It is null for other sounds."
    )
    complete: bool | None = Field(
        description="Whether the upload of a reconstruction holds all that its header promises, undamaged. "
        "It is null for other sounds."
    )
    channel: int | None = Field(
        description="The channel of the upload that was taken, as in /encode. It is null for other sounds."
    )


class SoundsAnswer(StrictAnswer):
    """Several sounds as JSON, in order."""

    sounds: list[SoundAnswer] = Field(description="The sounds in the order in which they were asked for.")


class UnavailableModel(StrictAnswer):
    """A folder of the models directory that does not open as a model."""

    directory: str = Field(
        description="The folder, relative to the models directory.", examples=["digits-vae/9"]
    )
    reason: str = Field(description="The reason why it does not open.")


class LiveAnswer(StrictAnswer):
    """The service runs."""

    status: Literal["live"] = Field(description="The state of the service.")


class ReadyAnswer(StrictAnswer):
    """The service accepts work."""

    status: Literal["ready"] = Field(description="The state of the service.")
    unavailable: list[UnavailableModel] = Field(description="The folders that do not open as a model.")
    reload_error: str | None = Field(
        description="The reason why the last reload failed, so that the old models stay in use. It "
        "is null where none failed."
    )


class VersionAnswer(StrictAnswer):
    """The versions of the service and of its contract."""

    service: str = Field(description="The version of the project.", examples=["0.1.0"])
    contract: str = Field(description="The version of openapi.json.", examples=["0.1.0"])


class ProblemAnswer(BaseModel):
    """A failure in the format of RFC 9457."""

    type: str = Field(
        description="The kind of the failure, explained in docs/problems.md.",
        examples=["urn:tonespace:problem:unknown-model"],
    )
    title: str = Field(description="The kind of the failure in words.")
    status: int = Field(description="The status code of the answer.")
    detail: str = Field(description="The cause of this failure.")
    instance: str = Field(
        description="The request id, which is also in the header X-Request-ID and in the service's log."
    )
    errors: list[dict[str, str]] | None = Field(
        None, description="The errors of an invalid request: for each, where it is and a message."
    )
