"""Networks with the same kernels have them in memory once, and give what each gives by itself."""

import gc
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from audio.manifest import Network
from service.errors import BrokenModelError
from service.sound.sessions import CUDA, KERNELS_FILE, open_session, open_sharing

SHAPE = (1, 64, 1, 32)  # clips, channels, height, width
KERNEL = np.random.default_rng(0).normal(0, 0.1, (64, 64, 1, 3)).astype(np.float32)  # 12 pages of memory
OTHER_KERNEL = -KERNEL
CLIP = np.random.default_rng(1).normal(0, 1, SHAPE).astype(np.float32)

FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(
    CUDA in onnxruntime.get_available_providers(), reason="on a GPU each session has weights of its own"
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where temporary files go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def write_network(path, *kernels):
    """A network of convolutions, one after the other."""
    nodes = [
        helper.make_node("Conv", [f"x{i}", f"kernel{i}"], [f"x{i + 1}"], pads=[0, 1, 0, 1])
        for i in range(len(kernels))
    ]
    ends = [helper.make_tensor_value_info(f"x{i}", TensorProto.FLOAT, SHAPE) for i in (0, len(kernels))]
    weights = [numpy_helper.from_array(kernel, f"kernel{i}") for i, kernel in enumerate(kernels)]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return Network(file=path.name, sha256="0" * 64, inputs={"x0": SHAPE}, outputs={ends[1].name: SHAPE})


@pytest.fixture
def networks(tmp_path):
    """Two networks, which have one kernel of three in common."""
    return [
        write_network(tmp_path / "one.onnx", KERNEL),
        write_network(tmp_path / "other.onnx", KERNEL, OTHER_KERNEL),
    ]


def mapped():
    """The address, the offset and the inode of each mapping of a file of kernels."""
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    return [(line[0], line[2], line[4]) for line in lines if len(line) > 5 and KERNELS_FILE in line[5]]


def outputs(sessions):
    return [session.run(None, {"x0": CLIP})[0] for session in sessions]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux says what is mapped")
def test_an_equal_kernel_is_in_memory_once_until_the_last_session_ends(networks, tmp_path):
    gc.collect()
    before = set(mapped())
    sessions = open_sharing(tmp_path, networks, "cpu")
    new = set(mapped()) - before
    assert len({inode for _, _, inode in new}) == 1
    offsets = sorted(offset for _, offset, _ in new)
    assert len(offsets) == 3
    assert len(set(offsets)) == 2
    del sessions
    gc.collect()
    assert set(mapped()) == before


def test_sessions_that_share_give_what_each_gives_by_itself(networks, tmp_path):
    shared = outputs(open_sharing(tmp_path, networks, "cpu"))
    alone = outputs(open_session(tmp_path, network, "cpu") for network in networks)
    assert not np.array_equal(*alone)
    for found, expected in zip(shared, alone, strict=True):
        assert np.array_equal(found, expected)


def test_nothing_stays_in_the_folder_of_temporary_files(networks, tmp_path, folder, caplog):
    open_sharing(tmp_path, networks, "cpu")
    (tmp_path / "other.onnx").write_bytes(b"other")
    with pytest.raises(BrokenModelError):
        open_sharing(tmp_path, networks, "cpu")
    assert list(folder.iterdir()) == []
    assert caplog.messages == []


def test_where_no_file_can_be_written_each_session_has_its_own_kernels(networks, tmp_path, folder, caplog):
    folder.rmdir()
    sessions = open_sharing(tmp_path, networks, "cpu")
    alone = outputs(open_session(tmp_path, network, "cpu") for network in networks)
    assert all(map(np.array_equal, outputs(sessions), alone))
    (message,) = caplog.messages
    assert message.startswith(f"{tmp_path} takes more memory, since its networks could not share weights: ")
    assert str(folder) in message


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_on_a_full_disk_each_session_has_its_own_kernels(networks, tmp_path, folder, caplog, monkeypatch):
    monkeypatch.setattr("service.sound.sessions.KERNELS_FILE", str(FULL))
    assert len(outputs(open_sharing(tmp_path, networks, "cpu"))) == 2
    (message,) = caplog.messages
    assert "No space left on device" in message
    assert list(folder.iterdir()) == []


def test_a_network_that_does_not_load_is_named_as_the_model_has_it(networks, tmp_path):
    (tmp_path / "other.onnx").write_bytes(b"other")
    with pytest.raises(BrokenModelError) as caught:
        open_sharing(tmp_path, networks, "cpu")
    assert str(caught.value).startswith(f"{tmp_path / 'other.onnx'}: does not load: ")


def test_tensors_that_were_not_promised_are_noticed(networks, tmp_path):
    networks[1] = networks[1].model_copy(update={"outputs": {"y": SHAPE}})
    with pytest.raises(BrokenModelError, match=r"other\.onnx: has tensors \['x2'\], promised are \['y'\]"):
        open_sharing(tmp_path, networks, "cpu")
