"""Models and their maps of training clips, as answers in JSON."""

from typing import Literal

from pydantic import Field

from audio.manifest import Data, LatentDistribution
from service.contract.answers import StrictAnswer, UnavailableModel


class MapAxes(StrictAnswer):
    """How a position on the map becomes a z.

    For `identity` and `principal-components`, z = origin + x * x_axis + y * y_axis. For `clusters`, z is that
    of the nearest clip plus the steps in x and y from that clip to the position, along the axes. The labels
    are that clip's. Where x is a number (`x_number`), a step in x changes no z, and the labels are those of
    the clip of the same cluster that is nearest in x.
    """

    origin: list[float] = Field(description="The z at x = 0 and y = 0, latent_dim numbers.")
    x_axis: list[float] = Field(description="The change of z for one step in x, latent_dim numbers.")
    y_axis: list[float] = Field(description="The change of z for one step in y, latent_dim numbers.")


class MapDimension(StrictAnswer):
    """How the training clips spread along one coordinate of z."""

    index: int = Field(description="The index of the coordinate in z, from 0.")
    mean: float = Field(description="The mean of the coordinate over all clips.")
    standard_deviation: float = Field(description="The standard deviation of the coordinate over all clips.")


class MapPoints(StrictAnswer):
    """The clips on the map, a column for each property."""

    clip: list[int] = Field(description="The number of each clip among the encoded training clips, from 0.")
    x: list[float] = Field(description="The position of each clip from left to right.")
    y: list[float] = Field(description="The position of each clip from bottom to top.")
    labels: dict[str, list[int]] = Field(
        description="For each label, the index of each clip's value in `values`."
    )
    z: list[list[float]] | None = Field(
        description="The z of each clip, rounded. It is null unless the query has `z=true`."
    )


class MapAnswer(StrictAnswer):
    """The training clips of a model in two dimensions."""

    model: str = Field(description="The name of the model.")
    version: int = Field(description="The version of the model.")
    latent_dim: int = Field(description="The number of coordinates of z.")
    projection: Literal["identity", "principal-components", "clusters"] = Field(
        description="How z becomes x and y. `identity`: z has two coordinates, which are x and y. "
        "`principal-components`: x and y are the directions of the most variance. `clusters`: the clips of "
        "each combination of labels that are names form a cluster of their own."
    )
    x_number: str | None = Field(
        description="The label that is x within a cluster: in each, its lowest value is at the left and its "
        "highest at the right. It is null where x is a direction of z."
    )
    axes: MapAxes = Field(description="The vectors that turn a position on the map into a z.")
    explained: list[float] = Field(
        description="The shares of the clips' variance along x and along y, 0 to 1."
    )
    dimensions: list[MapDimension] = Field(
        description="Every coordinate of z, in decreasing order of standard deviation."
    )
    values: dict[str, list[str]] = Field(
        description="For each label, its values. Some labels may only describe the clips: the model does not "
        "accept them."
    )
    numbers: list[str] = Field(description="The labels whose values are numbers, in ascending order.")
    n_clips: int = Field(
        description="The number of all training clips. The map of a large set shows an even selection."
    )
    points: MapPoints = Field(description="The clips on the map.")


class ModelAnswer(StrictAnswer):
    """One version of one model."""

    name: str = Field(description="The name of the model.")
    version: int = Field(description="The version of the model.")
    versions: list[int] = Field(description="All versions of the model of this name, the newest first.")
    default: bool = Field(description="Whether requests that name no model use this one.")
    kind: Literal["autoencoder", "variational-autoencoder"] = Field(description="The kind of the model.")
    description: str = Field(description="A sentence about the model.")
    latent_dim: int = Field(description="The number of coordinates of z.")
    labels: dict[str, list[str]] = Field(
        description="For each label that the model accepts, its values in the order of the networks."
    )
    clip_labels: dict[str, list[str]] = Field(
        description="For each label that only describes the training clips, such as a family of instruments, "
        "its values. /sample accepts it beside `labels`, and samples clips of that value."
    )
    numbers: dict[str, str] = Field(
        description="The labels whose values are numbers, each with its unit. Any number from the lowest "
        "value to the highest is accepted."
    )
    sample_rate: int = Field(description="The sample rate of the model's sounds in Hz.")
    window_s: float = Field(
        description="The duration of the model's window in seconds. Longer clips are cut."
    )
    level_db: float = Field(
        description="The level in dBFS of sounds without a level of their own: the median of the clips."
    )
    latent_distribution: LatentDistribution = Field(description="The distribution that /sample samples.")
    metrics: dict[str, float] = Field(
        description="The quality that was measured after training, a number for each metric."
    )
    checksums: dict[str, str] = Field(description="The SHA-256 of each file of the model.")
    providers: list[str] = Field(
        description="The execution providers that ONNX Runtime uses, the preferred one first."
    )
    data: Data = Field(description="The recordings that the model was trained on, and their licence.")


class ReloadAnswer(StrictAnswer):
    """The models that are open after a reload."""

    models: list[str] = Field(
        description="Every open model as `name@version`, by name, the newest version of each first."
    )
    default: str = Field(description="The default model as `name@version`.")
    unavailable: list[UnavailableModel] = Field(description="The folders that do not open as a model.")


class ModelsAnswer(StrictAnswer):
    """Every version of every model."""

    models: list[ModelAnswer] = Field(description="The models by name, the newest version of each first.")
    shown_first: str = Field(
        description="The model that the page shows first, as `name@version`: the default model if it was "
        "set or has a pitch, else the first one that has a pitch, and without one the default model."
    )
    unavailable: list[UnavailableModel] = Field(description="The folders that do not open as a model.")
