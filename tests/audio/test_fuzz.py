"""Files that are broken at random give sound or a named error, in time, in memory, and end no process.

`make fuzz` runs this for an hour. hypothesis makes the smallest file that fails, and the message says where
it is.
"""

import hashlib
import json
import os
import secrets
import select
import struct
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.errors import AudioError
from tests.audio.kinds_of_files import KINDS
from tests.audio.reader import LENGTH

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MINUTES = float(os.environ.get("FUZZ_MINUTES", "0"))  # 0: the short form, always with the same files
N_FILES = 2000 if MINUTES else 300  # of a round
READ_WITHIN_S = 30.0  # on a busy machine
HEAD_BYTES = 300  # where formats have what decides
NUMBERS = (0, 1, 2, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 10**9, 2**63 - 1, 2**64 - 1)


class Reader:
    """A process that reads files; a new one takes the place of one that a file has ended."""

    def __init__(self, command=(sys.executable, "-m", "tests.audio.reader")):
        self._command, self._process = command, None

    def read(self, data):
        if self._process is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(self._command, cwd=ROOT, **pipes)
        try:
            self._process.stdin.write(LENGTH.pack(len(data)) + data)
            self._process.stdin.flush()
        except BrokenPipeError:
            return {"failure": f"the process ended with status {self.close()} after the file before"}
        in_time = select.select([self._process.stdout], [], [], READ_WITHIN_S)[0]
        line = self._process.stdout.readline() if in_time else b""
        if line:
            return json.loads(line)
        status = self.close()
        return {"failure": f"the process ended with status {status}" if in_time else "it takes too long"}

    def close(self):
        process, self._process = self._process, None
        if process is None:
            return None
        with suppress(BrokenPipeError):  # what it did not read
            process.stdin.close()
        process.stdout.close()
        try:
            return process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


@pytest.fixture(scope="module")
def reader():
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def files():
    """One file of each kind that is read, by its kind."""
    return {name: kind.data() for name, kind in KINDS.items()}


def places(data):
    """A place in a file, as often in its head as anywhere."""
    return st.integers(0, min(HEAD_BYTES, len(data))) | st.integers(0, len(data))


@st.composite
def numbers(draw):
    """A number that programs trip over, as a format might write it."""
    kind = draw(st.sampled_from(["B", "<H", ">H", "<I", ">I", "<Q", ">Q"]))
    return struct.pack(kind, draw(st.sampled_from(NUMBERS)) % 256 ** struct.calcsize(kind))


@st.composite
def broken(draw, files):
    """A file in which some bytes are others, more, fewer, in another place, or of another file."""
    data = draw(st.sampled_from(list(files.values())))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(places(data))
        end = min(len(data), at + draw(st.integers(0, 64) | st.integers(0, len(data))))
        match draw(st.sampled_from(["overwrite", "insert", "remove", "cut", "repeat", "splice"])):
            case "overwrite":
                put = draw(numbers() | st.binary(min_size=1, max_size=16))
                data = data[:at] + put + data[at + len(put) :]
            case "insert":
                data = data[:at] + draw(numbers() | st.binary(min_size=1, max_size=64)) + data[at:]
            case "remove":
                data = data[:at] + data[end:]
            case "cut":
                data = data[:at]
            case "repeat":
                data = data[:end] + data[at:]
            case "splice":
                other = draw(st.sampled_from(list(files.values())))
                data = data[:at] + other[draw(places(other)) :]
    return data


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a file, which would hide the failure
def test_no_broken_file_breaks_the_reader(reader, files, tmp_path):
    outcomes, until, before = Counter(), time.monotonic() + 60 * MINUTES, b""

    @settings(max_examples=N_FILES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(broken(files))
    def read(data):
        nonlocal before
        result = reader.read(data)
        outcomes[result.get("error", next(iter(result)))] += 1
        if "failure" in result:
            paths = [tmp_path / f"{hashlib.sha256(each).hexdigest()[:16]}.bin" for each in (before, data)]
            for path, each in zip(paths, (before, data), strict=True):
                path.write_bytes(each)
            raise AssertionError(f"{result['failure']}\nThe file is {paths[1]}, the one before {paths[0]}")
        before = data

    seed = 0 if not MINUTES else secrets.randbits(32)
    while True:
        hypothesis.seed(seed)(read)()
        if time.monotonic() >= until:
            break
        seed += 1
    print(f"\n{sum(outcomes.values())} files: {dict(outcomes.most_common())}")
    errors = {error.__name__ for error in AudioError.__subclasses__()}
    assert outcomes.keys() <= errors | {"sound"}
    assert {"sound", "UnreadableAudioError"} <= outcomes.keys()
    assert outcomes["sound"] > 0.1 * sum(outcomes.values())  # most of what is broken is not only noise


@pytest.mark.parametrize(
    ("ending", "cause"),
    [
        ("os.abort()", "ended with status -6"),
        ("1 / 0", "ended with status 1"),
        ("time.sleep(60)", "takes too long"),
    ],
)
def test_a_file_that_ends_or_holds_the_reader_is_noticed(monkeypatch, ending, cause):
    monkeypatch.setitem(globals(), "READ_WITHIN_S", 2.0)
    reader = Reader([sys.executable, "-c", f"import os, sys, time; sys.stdin.buffer.read(4); {ending}"])
    assert cause in reader.read(b"RIFF")["failure"]
