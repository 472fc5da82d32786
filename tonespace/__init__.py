"""Tonespace from outside: a typed client, sync and async, and the command line.

The client loads httpx alone. `tonespace.local` runs the service in this process instead.
"""

from tonespace.answers import Archive, Encoded, Map, Model, Points, Sound
from tonespace.client import AsyncClient, Client
from tonespace.environment import DEFAULT_SERVER
from tonespace.errors import ProblemError, TonespaceError, UnreachableError
from tonespace.recipe import read_recipe

__version__ = "0.1.0"  # the project's own

__all__ = [
    "DEFAULT_SERVER",
    "Archive",
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
    "read_recipe",
]
