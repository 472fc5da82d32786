"""The bodies in JSON of /generate and /morph."""

from typing import Annotated

from pydantic import ConfigDict, Field

from service.contract.points import AnyZ, End, Labels, LevelField
from service.contract.queries import ANY_FORMAT, MAX_SOUNDS, FormatField, Method, ModelQuery, Phase
from service.contract.strict import StrictBody

MAX_DURATION_S = 3600.0

DurationField = Annotated[
    float | None,
    Field(
        gt=0,
        le=MAX_DURATION_S,
        description="The duration of the sound in seconds, limited to the model's window. Without it, the "
        "silent end is cut.",
    ),
]


class GenerateBody(StrictBody):
    """The body of /generate. An optional field may be null, which is the same as leaving it out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"z": [0.4, -1.2], "model": "thesis-vae", "format": "wav"},
                {"z": [[0.4, -1.2], [0.5, -1.2]], "model": "thesis-vae"},
                {"z": {"terms": [{"weight": 1.5, "z": [0.4, -1.2]}, {"weight": -0.5, "z": [1, 0]}]}},
            ]
        },
    )

    z: AnyZ
    model: ModelQuery = None
    labels: Labels = Field(default_factory=dict)
    level_db: LevelField = None
    duration_s: DurationField = None
    format: FormatField = ANY_FORMAT
    phase: Phase = "griffin-lim"

    @property
    def several(self) -> bool:
        """Whether z is a list of points, which may have one point only."""
        return isinstance(self.z, list) and isinstance(self.z[0], list)


class MorphBody(StrictBody):
    """The body of /morph. An optional field may be null, which is the same as leaving it out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"from": [0.4, -1.2], "to": [-0.3, 0.8], "steps": 8, "model": "thesis-vae"}]
        },
    )

    start: Annotated[
        End,
        Field(
            alias="from",
            description="The first end of the path: a z, a point with labels and level, or an audio file.",
        ),
    ]
    end: Annotated[
        End, Field(alias="to", description="The last end of the path, in the same forms as `from`.")
    ]
    steps: Annotated[
        int, Field(ge=2, le=MAX_SOUNDS, description="The number of points on the path, both ends included.")
    ] = 8
    method: Annotated[
        Method,
        Field(
            description="The shape of the path: `lerp` is a straight line, `slerp` an arc around the origin."
        ),
    ] = "slerp"
    model: ModelQuery = None
    labels: Annotated[
        Labels,
        Field(
            description="The labels of every point of the path. Without them, the labels change gradually "
            "from those of one end to those of the other."
        ),
    ] = Field(default_factory=dict)
    format: FormatField = ANY_FORMAT
    phase: Phase = "griffin-lim"
