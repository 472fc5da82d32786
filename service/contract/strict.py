"""Parts of a request that refuse what the contract does not know."""

from collections.abc import Set
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

NULL = {"type": "null"}
ANNOTATIONS = frozenset({"title", "description", "default", "examples"})  # they describe and allow nothing


class Strict(BaseModel):
    """A part of a request that refuses unknown fields. A misspelt one is reported with the nearest name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _suggest_names(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        known = cls._names()
        errors = [
            InitErrorDetails(type=_unknown(name, known), loc=(name,), input=None)
            for name in fields
            if name not in known
        ]
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return fields

    @classmethod
    @cache
    def _names(cls) -> frozenset[str]:
        """The names of the fields as they are sent."""
        return frozenset(field.alias or name for name, field in cls.model_fields.items())


class StrictBody(Strict):
    """A part of a body. It also refuses values of another type; an optional field that is null is absent."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        optional = cls._optional()
        return {name: value for name, value in fields.items() if value is not None or name not in optional}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema, in which an optional field may be null.

        Enumerations and other parts stay as they are: client generators would give them other names.
        """
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema)["properties"]
        for name in cls._optional():
            properties[name] = _or_null(properties[name])
        return schema

    @classmethod
    @cache
    def _optional(cls) -> frozenset[str]:
        return frozenset(name for name, field in cls.model_fields.items() if not field.is_required())


def _or_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a field that may be null; what describes it stays outside of what it allows."""
    if "type" not in schema or "enum" in schema:
        return schema
    about = {key: value for key, value in schema.items() if key in ANNOTATIONS}
    return {"anyOf": [{k: v for k, v in schema.items() if k not in ANNOTATIONS}, NULL], **about}


def _unknown(name: str, known: Set[str]) -> PydanticCustomError:
    """The error of a name that the contract does not know, with the nearest one that it knows."""
    nearest = get_close_matches(name, known, n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return PydanticCustomError("unknown_name", f"There is no such name{hint}")
