"""`python -m service` serves the models; `python -m service --openapi` prints the contract."""

# ruff: noqa: E402  # the signal is set before the imports, which take seconds
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the loading of what follows without a traceback

import argparse
import json
import logging
import os
import socket
import sys
from collections.abc import Callable

from pydantic import ValidationError
from pydantic_settings import SettingsError

from service.errors import CannotListenError
from service.listener import listen
from service.logs import Processor, configure_logs
from service.pool.opener import start_opener
from service.settings import Settings, ignored_variables, invalid_settings

logger = logging.getLogger(__name__)

OPEN_TO_ALL = (
    "NO API KEYS ARE SET: everyone who reaches %s can use this service. Set TONESPACE_API_KEYS or "
    "TONESPACE_API_KEYS_FILE, or listen on 127.0.0.1 behind a proxy that asks for one."
)


def serve_here(settings: Settings, listener: socket.socket) -> int:
    """Serves with workers on this machine, and returns the exit status."""
    opener = start_opener(settings)
    from service.server import serve  # takes as long as the other process takes to open the models

    return serve(settings, listener, opener)


def main(serve: Callable[[Settings, socket.socket], int] = serve_here) -> int:
    """Serves, or prints the OpenAPI document, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Serves the models over HTTP.")
    parser.add_argument("--openapi", action="store_true", help="print the OpenAPI document and exit")
    arguments = parser.parse_args()
    try:
        settings = Settings()
    except (SettingsError, ValidationError) as error:
        print(*invalid_settings(error), sep="\n", file=sys.stderr)
        return 2
    if arguments.openapi:
        from service.app import create_app

        print(json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False))
        return 0
    configure_logs(settings.log_format, settings.log_level, *_trace_ids(settings))
    for sentence in ignored_variables(os.environ):
        logger.warning(sentence)
    if not settings.keys and not settings.on_loopback:
        logger.warning(OPEN_TO_ALL, settings.host)
    try:
        listener = listen(settings)
    except CannotListenError as error:
        print(error, file=sys.stderr)
        return 1
    return serve(settings, listener)


def _trace_ids(settings: Settings) -> list[Processor]:
    if not settings.traces_endpoint:
        return []
    from service.traces import add_trace_id

    return [add_trace_id]


if __name__ == "__main__":
    sys.exit(main())
