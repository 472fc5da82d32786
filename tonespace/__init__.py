"""Tonespace from outside: a typed client, sync and async, and the command line.

The client needs httpx alone. `tonespace.local` runs the service in this process instead.
"""

from tonespace.answers import Encoded, Map, Model, Points, Sound
from tonespace.client import DEFAULT_SERVER, AsyncClient, Client
from tonespace.errors import ProblemError, TonespaceError, UnreachableError
from tonespace.making import read_making

__version__ = "0.1.0"  # the project's own

__all__ = [
    "DEFAULT_SERVER",
    "AsyncClient",
    "Client",
    "Encoded",
    "Map",
    "Model",
    "Points",
    "ProblemError",
    "Sound",
    "TonespaceError",
    "UnreachableError",
    "read_making",
]
