"""Headers by which browsers refuse to do more with an answer than it is meant for."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]

# Source: OWASP, "REST Security Cheat Sheet". Strict-Transport-Security is left to the proxy that ends TLS.
NO_SNIFFING = (b"x-content-type-options", b"nosniff")
NO_REFERRER = (b"referrer-policy", b"no-referrer")
POLICY = (  # of an answer that is opened by itself: it is played or shown
    b"content-security-policy",
    b"default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'",
)
SAME_ORIGIN = (b"cross-origin-resource-policy", b"same-origin")
ANY_ORIGIN = (b"cross-origin-resource-policy", b"cross-origin")

SECURITY_HEADERS: Headers = (NO_SNIFFING, NO_REFERRER, POLICY, SAME_ORIGIN)


class SecurityHeadersMiddleware:
    """Adds the headers to every answer; a page keeps its own Content-Security-Policy.

    Pages of other origins may use an answer only where CORS allows some to.
    """

    def __init__(self, app: ASGIApp, shared: bool) -> None:
        self._app = app
        self._common = (NO_SNIFFING, NO_REFERRER, ANY_ORIGIN if shared else SAME_ORIGIN)
        self._headers = (*self._common, POLICY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = message["headers"]
                more = self._common if _has_policy(sent) else self._headers
                message["headers"] = [*sent, *more]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _has_policy(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return POLICY[0] in dict(headers)
