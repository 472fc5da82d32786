"""What a request for a sample leaves to the service."""

import secrets
from typing import TypeVar

from service.contract.instruments import InstrumentBody, PerformQuery
from service.contract.queries import MAX_SEED, SampleQuery
from service.contract.tasks import OpenModel

Sampling = TypeVar("Sampling", SampleQuery, PerformQuery, InstrumentBody)


def settled(request: Sampling, model: OpenModel) -> Sampling:
    """The request with the version of the model, and with a seed and a temperature where it names none.

    The seed is random, the temperature is the model's own.
    """
    usual = model.answer.latent_distribution.temperature
    return request.model_copy(
        update={
            "model": model.reference,
            "seed": secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
            "temperature": usual if request.temperature is None else request.temperature,
        }
    )
