"""Networks opened in ONNX Runtime. Networks with the same kernels have them in memory once."""

import logging
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from os import SEEK_CUR
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from audio.manifest import Network
from service.errors import BrokenModelError
from service.worker_settings import Provider

logger = logging.getLogger(__name__)

RUNTIME_VERSION: str = onnxruntime.__version__
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
LOAD_ERRORS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
KERNELS_FILE = "_kernels"  # no network has such a name
KERNEL_TYPE, KERNEL_DIMENSIONS = "tensor(float)", 4
ALIGNMENT = 64  # bytes, of the widest registers


def uses_gpu(provider: Provider) -> bool:
    """Whether this build of ONNX Runtime has CUDA and the setting allows it."""
    return provider != "cpu" and CUDA in onnxruntime.get_available_providers()


def open_session(directory: Path, network: Network, provider: Provider) -> Any:
    """A session of one network of a model, with one thread: the fastest where requests run in parallel.

    Raises:
        BrokenModelError: the network does not load, or its tensors are not those of the manifest.
    """
    path = directory / network.file
    try:
        session = onnxruntime.InferenceSession(path, _options(), providers=_providers(provider))
        inputs = [tensor.name for tensor in session.get_inputs()]
        outputs = [tensor.name for tensor in session.get_outputs()]
    except (*LOAD_ERRORS, UnicodeDecodeError) as error:  # names and messages may hold bytes that are no text
        raise BrokenModelError(path, f"does not load: {first_line(error)}") from error
    for found, promised in ((inputs, network.inputs), (outputs, network.outputs)):
        if set(found) != set(promised):
            raise BrokenModelError(path, f"has tensors {sorted(found)}, promised are {sorted(promised)}")
    return session


def open_sharing(directory: Path, networks: Sequence[Network], provider: Provider) -> list[Any]:
    """A session of each network, as `open_session` gives it, where equal kernels are in memory once.

    ONNX Runtime lays out the kernels of convolutions for this processor, in each session anew. Here it writes
    the graphs as it has optimised them, and equal kernels once, into one file. The sessions are opened from
    there, and map the file into memory. It is deleted then, and its memory goes with the last session.

    On a GPU, and where ONNX Runtime cannot write these files, each session has kernels of its own.

    Raises:
        BrokenModelError: a network does not load, or its tensors are not those of the manifest.
    """
    if uses_gpu(provider):
        return [open_session(directory, network, provider) for network in networks]
    try:
        with TemporaryDirectory(prefix="tonespace-", ignore_cleanup_errors=True) as folder:
            write_optimised(directory, networks, Path(folder))
            return [open_session(Path(folder), network, "cpu") for network in networks]
    except Exception as error:  # whatever it is, it does not matter if they open by themselves
        sessions = [open_session(directory, network, "cpu") for network in networks]
        logger.warning(
            "%s takes more memory, since its networks could not share weights: %s",
            directory,
            first_line(error),
        )
        return sessions


def first_line(error: Exception) -> str:
    """What an error says; the lines after the first are for the developers of ONNX Runtime."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def write_optimised(directory: Path, networks: Sequence[Network], folder: Path) -> None:
    """The graphs as ONNX Runtime optimises them for this processor, beside a file of their kernels."""
    with (folder / KERNELS_FILE).open("wb") as file:
        kernels = _Kernels(file)
        for network in networks:
            compiler = onnxruntime.ModelCompiler(
                _options(),
                directory / network.file,
                embed_compiled_data_into_model=True,
                graph_optimization_level=onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
                get_initializer_location_func=kernels.location,
            )
            compiler.compile_to_file(folder / network.file)


class _Kernels:
    """A file of kernels, each of them once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offsets: dict[bytes, int] = {}  # SHA-256 of a kernel -> where it begins

    def location(self, _name: str, weights: Any, _present: Any) -> Any:
        """Where weights lie in the file; None for those that have not the dimensions of a kernel.

        Matrices stay in the graph: a session packs them anew when it is opened.
        """
        if weights.data_type() != KERNEL_TYPE or len(weights.shape()) != KERNEL_DIMENSIONS:
            return None
        kernel = weights.numpy()
        digest = sha256(kernel).digest()
        if digest not in self._offsets:
            self._offsets[digest] = self._file.seek(-self._file.tell() % ALIGNMENT, SEEK_CUR)
            self._file.write(kernel)
        return onnxruntime.OrtExternalInitializerInfo(KERNELS_FILE, self._offsets[digest], kernel.nbytes)


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # a fifth less memory, at 1 or 2 % of the time
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors
    return options


@cache
def _providers(provider: Provider) -> list[str]:
    """CUDA if it is used, then the CPU."""
    if not uses_gpu(provider):
        return [CPU]
    onnxruntime.preload_dlls()  # the CUDA libraries of the Python packages, else the system's
    return [CUDA, CPU]
