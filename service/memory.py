"""The memory of a process after its start, and after work."""

import ctypes
import gc


def release_memory() -> None:
    """Gives back what is not used any more, and lets the collector pass by what stays.

    Memory that the collector never visits also stays shared with the processes that are forked afterwards.
    """
    gc.collect()
    gc.freeze()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # of glibc
        trim(0)
