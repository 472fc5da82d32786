"""Traces of requests, sent to a collector of OpenTelemetry; imported only where one is set."""

from collections.abc import MutableMapping
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from service import VERSION

UNTRACED = frozenset({"/health/live", "/health/ready", "/metrics"})


def traces_to(endpoint: str) -> TelemetryConfig:
    """FastAPI's telemetry with a span for each request, as part of the client's trace if it sends one.

    The variables `OTEL_*` choose the share of requests, more attributes, and headers for the collector.

    Args:
        endpoint: the address of the collector, which takes OTLP over HTTP.
    """
    provider = TracerProvider(
        resource=Resource.create({"service.name": "tonespace", "service.version": VERSION})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    return {
        "tracer_provider": provider,
        "metrics": False,  # service.metrics has them
        "logs": False,
        "operation_spans": False,
        "exclude": lambda scope: scope.get("path") in UNTRACED,
    }


def add_trace_id(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Adds the trace of the current request to the fields of a line of the log."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        fields.update(trace_id=f"{context.trace_id:032x}", span_id=f"{context.span_id:016x}")
    return fields
