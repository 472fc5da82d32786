"""The same functions behind LitServe: `python -m benchmarks.serving.lit PORT WORKERS`."""

import secrets
import sys
from typing import Any

import litserve
from fastapi import Response

from benchmarks.serving.functions import Functions


class Api(litserve.LitAPI):  # type: ignore[misc]  # it has no types
    """POST /generate with a z is the sound there; without one it is a sample."""

    def setup(self, device: str) -> None:  # noqa: ARG002  # the name that LitServe passes
        self.functions = Functions()

    def decode_request(self, request: dict[str, Any]) -> list[float] | None:
        return request.get("z")

    def predict(self, z: list[float] | None) -> bytes:
        return self.functions.generate(z) if z else self.functions.sample(secrets.randbelow(2**32))

    def encode_response(self, wav: bytes) -> Response:
        return Response(wav, media_type="audio/wav")


if __name__ == "__main__":
    server = litserve.LitServer(
        Api(api_path="/generate"), accelerator="cpu", workers_per_device=int(sys.argv[2])
    )
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
