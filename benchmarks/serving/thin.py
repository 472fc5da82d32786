"""The same functions behind as little FastAPI as there can be; uvicorn and granian serve it."""

import secrets

from fastapi import FastAPI, Response
from pydantic import BaseModel

from benchmarks.serving.functions import Functions

functions = Functions()
app = FastAPI()


class Body(BaseModel):
    """A point."""

    z: list[float]


@app.get("/sample")
async def sample(seed: int | None = None) -> Response:
    """A sample as a WAV file."""
    return Response(
        functions.sample(secrets.randbelow(2**32) if seed is None else seed), media_type="audio/wav"
    )


@app.post("/generate")
async def generate(body: Body) -> Response:
    """The sound at a point as a WAV file."""
    return Response(functions.generate(body.z), media_type="audio/wav")
