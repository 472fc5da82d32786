"""Requests of the Open Inference Protocol as arrays that fit the network, and arrays as its answers."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from audio.manifest import Network, Shape
from service.contract.inference import (
    FP32,
    MAX_ROWS,
    InferAnswer,
    InferBody,
    InputTensor,
    OutputSize,
    OutputTensor,
)
from service.contract.tasks import InferTask, Rendered
from service.errors import InferenceRequestError

Float32 = NDArray[np.float32]
Tensors = dict[str, Float32]  # name -> (n_rows, ...)

LITTLE_ENDIAN = np.dtype("<f4")


class Inference(NamedTuple):
    """What a request asks of a network."""

    feed: Tensors  # every input
    outputs: dict[str, bool]  # name -> whether it follows the JSON as bytes
    id: str | None


def read_inference(task: InferTask, network: Network) -> Inference:
    """The inputs and the names of the outputs, all of which the network has.

    Raises:
        InferenceRequestError: the body is not of the protocol, or does not match the network.
    """
    n_json_bytes = len(task.body) if task.n_json_bytes is None else task.n_json_bytes
    try:
        body = InferBody.model_validate_json(task.body[:n_json_bytes])
    except ValidationError as error:
        raise InferenceRequestError(_reasons(error)) from error
    feed = _feed(body.inputs, memoryview(task.body)[n_json_bytes:], network.inputs)
    return Inference(feed, _outputs(body, network.outputs), body.id)


def write_inference(task: InferTask, inference: Inference, results: Tensors) -> Rendered:
    """The answer with the results; n_json_bytes is None where no tensor follows the JSON.

    Args:
        task: what was asked.
        inference: what was read of it.
        results: every output that it names.

    Raises:
        InferenceRequestError: the inputs were so large that a result is not finite.
    """
    for name, array in results.items():
        if not np.isfinite(array).all():
            raise InferenceRequestError(f"the output {name!r} is not finite, so the inputs are out of range")
    name, version = task.model.split("@")
    answer = InferAnswer(
        model_name=f"{name}.{task.network}",
        model_version=version,
        id=inference.id,
        outputs=[_written(n, results[n], binary) for n, binary in inference.outputs.items()],
    )
    text = answer.model_dump_json(exclude_none=True).encode()
    tensors = [results[n].astype(LITTLE_ENDIAN).tobytes() for n, b in inference.outputs.items() if b]
    return Rendered(b"".join([text, *tensors]), n_json_bytes=len(text) if tensors else None)


def _feed(inputs: list[InputTensor], content: memoryview, shapes: Mapping[str, Shape]) -> Tensors:
    """Every input as an array; those that have no `data` are taken from `content` in order."""
    _check_names("inputs", [tensor.name for tensor in inputs], shapes)
    if missing := shapes.keys() - {tensor.name for tensor in inputs}:
        raise InferenceRequestError(f"the inputs {sorted(missing)} are missing")
    feed: Tensors = {}
    for tensor in inputs:
        _check_type(tensor, shapes[tensor.name])
        n_bytes = 0 if tensor.data is not None else tensor.parameters.binary_data_size or 0
        feed[tensor.name] = _array(tensor, content[:n_bytes])
        content = content[n_bytes:]
    if len(content):
        raise InferenceRequestError(f"{len(content)} bytes follow the last tensor")
    if len({len(array) for array in feed.values()}) > 1:
        raise InferenceRequestError("the inputs have batches of different sizes")
    return feed


def _outputs(body: InferBody, shapes: Mapping[str, Shape]) -> dict[str, bool]:
    usual = body.parameters.binary_data_output
    if not body.outputs:
        return dict.fromkeys(shapes, usual)
    _check_names("outputs", [output.name for output in body.outputs], shapes)
    asked = {output.name: output.parameters.binary_data for output in body.outputs}
    return {name: usual if binary is None else binary for name, binary in asked.items()}


def _check_names(what: str, names: list[str], known: Mapping[str, Shape]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise InferenceRequestError(f"there are no {what} {unknown[:4]}; there are {sorted(known)}")
    if len(set(names)) < len(names):
        raise InferenceRequestError(f"one of the {what} comes more than once")


def _check_type(tensor: InputTensor, shape: Shape) -> None:
    """Raise unless datatype and shape are those of the network, with a batch that is not too large."""
    if tensor.datatype != FP32:
        raise InferenceRequestError(f"{tensor.name!r} has the type {tensor.datatype[:16]!r}, not {FP32}")
    rows, *row = tensor.shape or [0]
    if row != list(shape[1:]) or not 1 <= rows <= MAX_ROWS:
        raise InferenceRequestError(
            f"{tensor.name!r} has the shape {tensor.shape[:8]}, not [n, {', '.join(map(str, shape[1:]))}] "
            f"with n from 1 to {MAX_ROWS}"
        )


def _array(tensor: InputTensor, content: memoryview) -> Float32:
    """The tensor with finite values, from its `data` or from its bytes.

    Raises:
        InferenceRequestError: there are too few or too many values, or some are no finite numbers.
    """
    n_values = math.prod(tensor.shape)
    if tensor.data is not None:
        values = _numbers(tensor.name, tensor.data)
    elif len(content) == n_values * LITTLE_ENDIAN.itemsize:
        values = np.frombuffer(content, LITTLE_ENDIAN).astype(np.float32, copy=False)
    else:
        raise InferenceRequestError(
            f"{tensor.name!r} has {len(content)} bytes and no data; its shape needs {4 * n_values} bytes"
        )
    if values.size != n_values or (values.ndim > 1 and list(values.shape) != tensor.shape):
        raise InferenceRequestError(f"the data of {tensor.name!r} do not have the shape {tensor.shape}")
    if not np.isfinite(values).all():
        raise InferenceRequestError(f"{tensor.name!r} has values that are not finite in {FP32}")
    return values.reshape(tensor.shape)


def _numbers(name: str, data: list[Any]) -> Float32:
    """JSON as an array.

    Raises:
        InferenceRequestError: the lists in it are ragged, or hold something else than numbers.
    """
    try:
        values = np.asarray(data)
    except ValueError:  # ragged
        values = np.asarray(None)
    if values.dtype.kind not in "iuf":
        raise InferenceRequestError(f"the data of {name!r} are not numbers in lists of equal length")
    with np.errstate(over="ignore"):  # what overflows is infinite, which is refused
        return values.astype(np.float32)


def _written(name: str, array: Float32, binary: bool) -> OutputTensor:
    shape = list(array.shape)
    if binary:
        return OutputTensor(name=name, shape=shape, parameters=OutputSize(binary_data_size=array.nbytes))
    return OutputTensor(name=name, shape=shape, data=array.ravel().tolist())


def _reasons(error: ValidationError) -> str:
    """What is wrong with the JSON, without the values."""
    listed = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'the JSON'}: {e['msg']}" for e in listed[:8])
