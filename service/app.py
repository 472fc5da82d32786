"""The application: its lifespan, its routes and its middleware."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

from service import API_VERSION
from service.http.admin import router as admin_router
from service.http.admission import AdmissionMiddleware
from service.http.api_keys import ApiKeyMiddleware
from service.http.content_coding import ContentCodingMiddleware
from service.http.health import router as health_router
from service.http.inference_errors import InferenceErrorsMiddleware
from service.http.inference_routes import router as inference_router
from service.http.instrument_routes import router as instrument_router
from service.http.middleware import (
    BodyLimitMiddleware,
    FieldsMiddleware,
    ReportMiddleware,
    RequestIdMiddleware,
)
from service.http.model_routes import router as model_router
from service.http.openapi_document import openapi_document
from service.http.pages import router as page_router
from service.http.perform_routes import router as perform_router
from service.http.problems import add_problem_handlers
from service.http.routes import router as sound_router
from service.http.security_headers import SecurityHeadersMiddleware
from service.pool.opener import Opener
from service.runtime import NewGeneration, Runtime
from service.settings import Settings

ROUTERS = (
    sound_router,
    instrument_router,
    perform_router,
    model_router,
    inference_router,
    page_router,
    health_router,
    admin_router,
)
DESCRIPTION = "Learned spaces of sounds: audio becomes coordinates, and coordinates become audio."


def create_app(
    settings: Settings, opener: Opener | None = None, new_generation: NewGeneration | None = None
) -> FastAPI:
    """The service. It opens its models in the background when it starts, and is not ready until then.

    Args:
        settings: of the service.
        opener: a process that opens these models already.
        new_generation: what computes, see `Runtime`.
    """
    app = FastAPI(
        title="Tonespace",
        version=API_VERSION,
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # the page that comes with FastAPI loads its script from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be built from the client's Host header
        telemetry=_telemetry(settings),
    )
    app.root_path = settings.root_path  # uvicorn's own setting serves only proxies that strip the prefix
    app.state.runtime = Runtime(settings, opener, new_generation)
    app.openapi = partial(openapi_document, app)  # type: ignore[method-assign]  # as FastAPI documents it
    for router in ROUTERS:  # each path by itself: FastAPI goes through a router that it includes twice
        app.router.routes.extend(router.routes)
    add_problem_handlers(app, settings.busy_status)
    _add_middleware(app, settings)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Adds what every request passes, from the inside to the outside."""
    app.add_middleware(ContentCodingMiddleware, limit_bytes=settings.max_body_bytes)
    app.add_middleware(BodyLimitMiddleware, limit_bytes=settings.max_body_bytes)
    app.add_middleware(FieldsMiddleware)
    if settings.keys or not settings.on_loopback:
        app.add_middleware(ApiKeyMiddleware, keys=settings.keys)
    app.add_middleware(ReportMiddleware)
    app.add_middleware(
        AdmissionMiddleware,
        queue=app.state.runtime.queue,
        status=settings.busy_status,
    )
    app.add_middleware(InferenceErrorsMiddleware)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["*"],
            expose_headers=["*"],
        )
    app.add_middleware(SecurityHeadersMiddleware, shared=bool(settings.cors_origins))
    app.add_middleware(RequestIdMiddleware)


def _telemetry(settings: Settings) -> TelemetryConfig:
    if not settings.traces_endpoint:
        return {"tracing": False, "metrics": False, "logs": False}
    from service.traces import traces_to  # of packages that only traces need

    return traces_to(settings.traces_endpoint)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    runtime: Runtime = app.state.runtime
    opening = asyncio.create_task(runtime.open())
    watching = asyncio.create_task(runtime.watch())
    try:
        yield
    finally:
        opening.cancel()
        watching.cancel()
        await asyncio.gather(opening, watching, return_exceptions=True)
        await runtime.close()
