"""A fixture for requests that are refused."""

import pytest


@pytest.fixture
def next_good_request_works(client, listen):
    """After a refusal, the service still answers."""
    yield
    listen(client.get("/sample?seed=1"))
