"""The memory of a process after its start, and after work."""

import ctypes
import gc


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
