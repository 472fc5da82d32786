"""What is freed while models are opened is given back, whichever thread has had it."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from platform import libc_ver

import pytest

from service.errors import NoModelsError
from service.settings import Settings
from service.sound.store import Store
from service.worker import models

pytestmark = pytest.mark.skipif(libc_ver()[0] != "glibc", reason="only glibc has these thresholds")

PROGRAM = """
import ctypes, re
from pathlib import Path
from threading import Thread
from service.memory import thrifty_memory

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]

def use(n_blocks, n_bytes):
    blocks = [libc.malloc(n_bytes) for _ in range(n_blocks)]
    for block in blocks:
        ctypes.memset(block, 1, n_bytes)
    for block in reversed(blocks):
        libc.free(block)

def in_thread(*what):
    thread = Thread(target=use, args=what)
    thread.start()
    thread.join()

def resident():
    return int(re.search(r"(?m)^RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

use(1, 24 * 2**20)  # from here on glibc keeps more
before = resident()
BODY
print(resident() - before)
"""


def mib_left(body, **settings):
    """What a process with these settings of the allocator has more in memory after it."""
    program = PROGRAM.replace("BODY", body)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))} | settings
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=env
    )
    return int(result.stdout)


def test_what_a_thread_has_freed_is_given_back():
    by_itself = "in_thread(30, 2**20)"
    assert mib_left(by_itself) > 20
    assert mib_left(f"with thrifty_memory():\n    {by_itself}") < 3


def test_afterwards_memory_is_kept_for_speed():
    assert mib_left("with thrifty_memory():\n    pass\nuse(30, 2**20)") > 20


@pytest.mark.parametrize(
    "settings",
    [
        {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"},
        {"GLIBC_TUNABLES": "glibc.malloc.trim_threshold=131072:glibc.malloc.mmap_threshold=131072"},
    ],
    ids=["variables", "tunables"],
)
def test_thresholds_that_the_environment_sets_hold(settings):
    assert mib_left("with thrifty_memory():\n    pass\nuse(30, 100_000)", **settings) < 2


@pytest.mark.parametrize(
    "settings", [{"MALLOC_ARENA_MAX": "2"}, {"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}]
)
def test_other_settings_of_the_allocator_change_nothing(settings):
    assert mib_left("with thrifty_memory():\n    in_thread(30, 2**20)", **settings) < 3


def test_models_are_opened_with_it(monkeypatch):
    order = []

    @contextmanager
    def thrifty():
        order.append("begin")
        yield
        order.append("end")

    def fails(*_):
        order.append("open")
        raise NoModelsError(Path("models"), "holds no model")

    monkeypatch.setattr(models, "thrifty_memory", thrifty)
    monkeypatch.setattr(Store, "open", fails)
    models.open_models(Settings().of_workers)
    assert order[:2] == ["begin", "open"]


def test_an_error_ends_it_as_well():
    body = (
        "try:\n    with thrifty_memory():\n        raise ValueError\nexcept ValueError:\n    use(30, 2**20)"
    )
    assert mib_left(body) > 20
