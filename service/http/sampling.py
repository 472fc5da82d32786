"""What a request for a sample leaves to the service."""

import secrets
from typing import TypeVar

from service.contract.instruments import InstrumentBody, PerformQuery
from service.contract.queries import MAX_SEED, SampleQuery
from service.contract.tasks import OpenModel

Sampling = TypeVar("Sampling", SampleQuery, PerformQuery, InstrumentBody)


def settled(request: Sampling, model: OpenModel) -> Sampling:
    """The request with a random seed and the model's own temperature where it names none."""
    usual = model.answer.latent_distribution.temperature
    return request.model_copy(
        update={
            "seed": secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
            "temperature": usual if request.temperature is None else request.temperature,
        }
    )
