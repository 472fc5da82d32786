"""Parts of an answer, which players ask for: Safari plays no sound without them."""

import re

from fastapi import Response

from service.http.errors import RangeNotSatisfiableError

ONE_RANGE = re.compile(r"bytes=\s*(\d{0,4000})-(\d{0,4000})\s*", re.IGNORECASE)  # as Python reads them


def part_of(answer: Response, asked: str | None, if_range: str | None) -> Response:
    """The asked bytes of an answer that has a strong tag, or the whole answer.

    The whole is what a header that cannot be read, several ranges and an outdated `If-Range` get.

    Args:
        answer: the whole, status 200.
        asked: the Range header.
        if_range: the If-Range header.

    Raises:
        RangeNotSatisfiableError: the range begins after the last byte, or has no byte.

    Source: RFC 9110, sections 13.1.5 and 14.2.
    """
    answer.headers["Accept-Ranges"] = "bytes"
    ends = ONE_RANGE.fullmatch(asked or "")
    if ends is None or if_range not in {None, answer.headers["ETag"]}:
        return answer
    first, last = ends.groups()
    part = _slice(first, last, len(answer.body))
    if part is None:
        return answer
    headers = dict(answer.headers)
    del headers["content-length"]
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(answer.body)}"
    return Response(answer.body[part], 206, headers)


def _slice(first: str, last: str, n_bytes: int) -> slice | None:
    """The bytes from first to last; without first, the last ones. None where the two are no range."""
    if (not first and not last) or (first and last and int(last) < int(first)):
        return None
    start = int(first) if first else max(n_bytes - int(last), 0)
    stop = min(int(last) + 1, n_bytes) if first and last else n_bytes
    if start >= n_bytes:
        raise RangeNotSatisfiableError(n_bytes)
    return slice(start, stop)
