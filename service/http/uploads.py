"""The audio of a request: the raw body, or the one file of a multipart form."""

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.http.errors import MultipartError, UnsupportedMediaTypeError


async def read_upload(request: Request) -> bytes:
    """The bytes of the audio file that came with the request, not yet decoded.

    A form is unpacked. Any other media type is ignored: clients name audio in many ways, the bytes decide.

    Raises:
        MultipartError: the form is broken or does not contain exactly one file.
    """
    if media_type_of(request) == "multipart/form-data":
        return await _read_form(request)
    return await request.body()


def check_json(request: Request) -> None:
    """Raise unless the Content-Type is that of JSON.

    Raises:
        UnsupportedMediaTypeError: it is another one, or none.
    """
    media_type = media_type_of(request)
    if media_type != "application/json":
        raise UnsupportedMediaTypeError(media_type, ["application/json"])


def media_type_of(request: Request) -> str:
    """The type and subtype of the body in lower case; empty if there is no Content-Type."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _read_form(request: Request) -> bytes:
    parser = MultiPartParser(request.headers, request.stream(), max_files=2, max_fields=2)
    parser.spool_max_size = 0  # never to disk: the body limit keeps it small enough for memory
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:  # KeyError: no boundary
        raise MultipartError(getattr(error, "message", "it has no boundary").rstrip(".")) from error
    try:
        return await _only_file(form)
    finally:
        await form.close()


async def _only_file(form: FormData) -> bytes:
    files = []
    for name, item in form.multi_items():
        if not isinstance(item, UploadFile):
            reason = f'the part {name!r} has no filename="..." and so is text (filename*= is not read)'
            raise MultipartError(f"{reason}; parameters belong in the query")
        files.append(item)
    if len(files) != 1:
        raise MultipartError(f"it holds {len(files)} files")
    return await files[0].read()
