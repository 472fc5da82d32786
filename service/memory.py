"""The memory of a process after its start, and after work."""

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt, malloc.h
KIB, MIB = 2**10, 2**20
THRIFTY = {M_TRIM_THRESHOLD: 128 * KIB, M_MMAP_THRESHOLD: 4 * MIB}
FAST = {M_TRIM_THRESHOLD: 64 * MIB, M_MMAP_THRESHOLD: 32 * MIB}  # what glibc goes up to by itself

SETTINGS = ("trim_threshold", "mmap_threshold", "top_pad", "mmap_max")  # each fixes the thresholds


@contextmanager
def thrifty_memory() -> Iterator[None]:
    """Meanwhile what a thread frees is given back at once; afterwards up to 64 MiB are kept, for speed.

    By itself glibc keeps more with every large block that is freed. In the heap of another thread than the
    main one it stays for good, since `trim_memory` does not reach the end of such a heap.

    Thresholds that the environment sets hold.
    """
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    if any(f"MALLOC_{name.upper()}_" in os.environ or f"malloc.{name}=" in tunables for name in SETTINGS):
        yield
        return
    _set_thresholds(THRIFTY)
    try:
        yield
    finally:
        _set_thresholds(FAST)


def release_memory() -> None:
    """Gives back what the start used, and lets the collector pass by what stays.

    Memory that the collector never visits also stays shared with the processes that are forked afterwards.
    """
    gc.collect()
    gc.freeze()
    trim_memory()


def trim_memory() -> None:
    """Gives back what the allocator keeps for later."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # of glibc
        trim(0)


def _set_thresholds(sizes: dict[int, int]) -> None:
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # of glibc
        for threshold, n_bytes in sizes.items():
            mallopt(threshold, n_bytes)
