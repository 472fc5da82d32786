"""Parts of a request that refuse what the contract does not know."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError


class Strict(BaseModel):
    """A part of a request that refuses unknown fields. A misspelt one is reported with the nearest name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _suggest_names(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        known = {field.alias or name for name, field in cls.model_fields.items()}
        errors = [
            InitErrorDetails(type=_misspelt(nearest[0]), loc=(name,), input=None)
            for name in fields.keys() - known
            if (nearest := get_close_matches(name, known, n=1))
        ]
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return fields


class StrictBody(Strict):
    """A part of a body. It also refuses values of another type; an optional field that is null is absent."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {name: value for name, value in fields.items() if value is not None or name not in optional}


def _misspelt(nearest: str) -> PydanticCustomError:
    return PydanticCustomError(
        "misspelt", "There is no such name; did you mean {nearest}?", {"nearest": nearest}
    )
