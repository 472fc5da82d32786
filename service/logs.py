"""The log: lines of text, or a JSON object a line, on standard error."""

import logging
import time
from collections.abc import Callable, Iterable, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

Processor = Callable[..., Any]  # of structlog

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
REQUEST_FIELDS = ("method", "path", "status", "duration_ms", "request_id")  # of the line of a request

request_id: ContextVar[str] = ContextVar("request_id")  # of the request that is being answered


def configure_logs(log_format: str, log_level: str, *more: Processor) -> None:
    """Sends the log of the process to standard error.

    Args:
        log_format: of the settings.
        log_level: of the settings.
        more: what adds fields to a line in JSON.
    """
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no format shows them
    logging._srcfile = None  # nor the place of the call, as Python's documentation of `logging` says
    handler = logging.StreamHandler()
    handler.setFormatter(_json(more) if log_format == "json" else _Text(TEXT))
    logging.basicConfig(level=log_level.upper(), handlers=[handler])


class _Text(logging.Formatter):
    """Lines of text. The time is formatted once in a second, which is half of the work of a line."""

    def formatTime(self, record: logging.LogRecord, _: str | None = None) -> str:  # noqa: N802  # the name in `logging`
        """The local time with milliseconds."""
        return f"{_second(int(record.created))},{int(record.msecs):03}"


@lru_cache(maxsize=1)
def _second(since_1970: int) -> str:
    return time.strftime(logging.Formatter.default_time_format, time.localtime(since_1970))


def _json(more: Iterable[Processor]) -> logging.Formatter:
    """A JSON object for each record; its `event` is the message, and within a request it has the ids."""
    import orjson
    import structlog  # 16 MiB, which lines of text do not need

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(REQUEST_FIELDS),
            _add_request_id,
            *more,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(lambda fields, **_: orjson.dumps(fields, default=str).decode()),
        ],
    )


def _add_request_id(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if current := request_id.get(None):
        fields.setdefault("request_id", current)
    return fields
