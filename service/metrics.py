"""The metrics of this process for Prometheus, since its start."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 2, 4, 8)  # edges
# Source: OpenTelemetry, semantic conventions for HTTP metrics, `http.server.request.duration`
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
STAGES = ("decode", "transform", "encode", "refine", "decoder", "phase", "write")

REGISTRY = CollectorRegistry()
REQUEST_DURATION = Histogram(
    "http_server_request_duration_seconds",
    "From the head of a request to the end of its answer.",
    ["http_request_method", "http_route", "http_response_status_code"],
    buckets=REQUEST_SECONDS,
    registry=REGISTRY,
)
PROBLEMS = Counter("tonespace_problems", "Problems answered, by type.", ["type"], registry=REGISTRY)
IN_FLIGHT = Gauge("tonespace_requests_in_flight", "Requests that are being answered.", registry=REGISTRY)
QUEUED = Gauge("tonespace_queue_length", "Requests that wait for a worker.", registry=REGISTRY)
QUEUE_WAIT = Histogram(
    "tonespace_queue_wait_seconds",
    "What a request waited for workers, between its steps too.",
    buckets=SECONDS,
    registry=REGISTRY,
)
REFUSED = Counter("tonespace_refused", "Requests refused because the queue was full.", registry=REGISTRY)
WORKERS = Gauge("tonespace_workers", "Workers that are open.", registry=REGISTRY)
WORKERS_LOST = Counter("tonespace_workers_lost", "Workers that have ended by themselves.", registry=REGISTRY)
STAGE = Histogram(
    "tonespace_stage_seconds",
    "Stages of the signal chain: file to waveform, spectrogram, encoder, refiner, decoder, phase, file.",
    ["stage"],
    buckets=SECONDS,
    registry=REGISTRY,
)
MODEL = Gauge(
    "tonespace_model_info", "1 for each open model.", ["model", "version", "provider"], registry=REGISTRY
)
RELOADS = Counter(
    "tonespace_reloads", "Times the models were opened, the start among them.", ["result"], registry=REGISTRY
)
MODELS_UNAVAILABLE = Gauge(
    "tonespace_models_unavailable", "Folders of the models directory that do not open.", registry=REGISTRY
)

# The child of a metric, found once for each set of labels: `labels` takes as long as `observe`.
request_duration = cache(REQUEST_DURATION.labels)
stage = cache(STAGE.labels)

for _stage in STAGES:
    stage(_stage)  # reported from the start, at 0
for _result in ("succeeded", "failed"):
    RELOADS.labels(_result)


def exposition() -> bytes:
    """All metrics in the text format of Prometheus."""
    return generate_latest(REGISTRY)
