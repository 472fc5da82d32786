"""The Open Inference Protocol, version 2: encoders and decoders by themselves, tensors in and tensors out.

Source: KServe, "Open Inference Protocol"; Triton Inference Server, "Binary Tensor Data Extension".
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.contract.answers import StrictAnswer
from service.contract.strict import StrictBody

Network = Literal["encoder", "decoder"]
NETWORKS: tuple[Network, ...] = ("encoder", "decoder")

MAX_ROWS = 64  # of one request
FP32: Literal["FP32"] = "FP32"  # the only type of the tensors of networks
PLATFORM = "onnxruntime_onnx"
BINARY = "binary_tensor_data"  # the extension

TensorName = Field(description="The name of the tensor.")
ShapeField = Field(description="The size of each axis. The first one is the batch.")
RequestId = Field(None, description="The identifier that the client gave the request.")


class InputParameters(StrictBody):
    """How an input is sent."""

    binary_data_size: int | None = Field(
        None, ge=0, description="The bytes of the tensor after the JSON, where it has no `data`."
    )


class InputTensor(StrictBody):
    """An input of a network."""

    name: str = TensorName
    shape: list[int] = ShapeField
    datatype: str = Field(description="The type of the values, which is `FP32`.")
    parameters: InputParameters = Field(InputParameters(), description="How the tensor is sent.")
    data: list[Any] | None = Field(
        None, description="The values in row-major order, as one list or as nested lists."
    )


class OutputParameters(StrictBody):
    """How an output is returned."""

    binary_data: bool | None = Field(None, description="Whether the tensor follows the JSON as bytes.")


class RequestedOutput(StrictBody):
    """An output that the answer has to contain."""

    name: str = TensorName
    parameters: OutputParameters = Field(OutputParameters(), description="How the tensor is returned.")


class InferParameters(BaseModel):
    """The parameters of a request. Unknown ones, such as a priority, are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)

    binary_data_output: bool = Field(
        False,
        description="Whether outputs follow the JSON as bytes. `binary_data` of an output has priority.",
    )


class InferBody(StrictBody):
    """A batch of inputs for one network. Tensors as bytes follow the JSON in the order of the inputs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"inputs": [{"name": "z", "datatype": "FP32", "shape": [1, 2], "data": [0.5, -1.0]}]},
            ]
        },
    )

    id: str | None = RequestId
    parameters: InferParameters = Field(InferParameters(), description="The parameters of the request.")
    inputs: list[InputTensor] = Field(description="Every input of the network, once.")
    outputs: list[RequestedOutput] = Field(
        [], description="The outputs to return. Without any, all are returned."
    )


class ServerAnswer(StrictAnswer):
    """What the server is."""

    name: str = Field(description="The name of the server.")
    version: str = Field(description="The version of the service.")
    extensions: list[str] = Field(description="The extensions of the protocol that it knows.")


class ServerLiveAnswer(StrictAnswer):
    """Whether the server is alive."""

    live: bool = Field(description="Always true in an answer.")


class ServerReadyAnswer(StrictAnswer):
    """Whether the server is ready."""

    ready: bool = Field(description="Always true in an answer with status 200.")


class NetworkReadyAnswer(StrictAnswer):
    """Whether a network is ready."""

    name: str = Field(description="The name of the network.")
    ready: bool = Field(description="Always true in an answer with status 200.")


class TensorMetadata(StrictAnswer):
    """A tensor of a network."""

    name: str = TensorName
    datatype: str = Field(description="The type of the values.")
    shape: list[int] = Field(description="The size of each axis. -1 is the batch, which is free.")


class NetworkAnswer(StrictAnswer):
    """A network and its tensors."""

    name: str = Field(description="The name of the network.")
    versions: list[str] = Field(description="The versions of its model, the newest first.")
    platform: str = Field(description="The format of the network and what runs it.")
    inputs: list[TensorMetadata] = Field(description="The inputs, all of which a request needs.")
    outputs: list[TensorMetadata] = Field(description="The outputs that a request can ask for.")


class OutputSize(StrictAnswer):
    """How long an output is that follows the JSON."""

    binary_data_size: int = Field(description="The bytes of the tensor, in little-endian order.")


class OutputTensor(StrictAnswer):
    """An output of a network."""

    name: str = TensorName
    datatype: str = Field(FP32, description="The type of the values.")
    shape: list[int] = ShapeField
    parameters: OutputSize | None = Field(None, description="Where the tensor follows the JSON: its size.")
    data: list[float] | None = Field(None, description="The values in row-major order, as one list.")


class InferAnswer(StrictAnswer):
    """The outputs of one network. Tensors as bytes follow the JSON in the order of the outputs."""

    model_name: str = Field(description="The name of the network.")
    model_version: str = Field(description="The version of its model.")
    id: str | None = RequestId
    outputs: list[OutputTensor] = Field(description="The outputs that were asked for, in that order.")


class InferenceErrorAnswer(StrictAnswer):
    """Why a request was not answered."""

    error: str = Field(description="The reason as one or two sentences.")
