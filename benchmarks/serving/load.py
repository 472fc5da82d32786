"""Load on a server by wrk, and whose processor time it was."""

import os
import re
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

WRK = shutil.which("wrk")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
SCRIPT = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{body}]]
"""
COUNTS = """
done = function(summary)
  io.write(string.format("statuses %d\\n", summary.errors.status))
end
"""


class Load(NamedTuple):
    """What a round of requests found."""

    good_per_s: float  # answers with a status below 400
    median_ms: float
    foreign_share: float  # of the machine's processor time


def load(url: str, n_connections: int, seconds: int, group: int, body: str | None = None) -> Load:
    """Requests over so many connections, each asking again as soon as it is answered.

    Args:
        url: of the requests.
        n_connections: at once.
        seconds: of the round; wrk knows no parts of one.
        group: the process group of the server.
        body: of a POST; without one it is a GET.
    """
    assert WRK, "apt install wrk"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write((SCRIPT.replace("{body}", body) if body else "") + COUNTS)
        script.flush()
        last_core = str(max(os.sched_getaffinity(0)))
        command = [
            "taskset",
            "-c",
            last_core,
            WRK,
            "-t1",
            f"-c{n_connections}",
            f"-d{seconds}s",
            "--latency",
        ]
        before, began = _times(group), time.monotonic()
        output = subprocess.run(
            [*command, "-s", script.name, url], capture_output=True, text=True, check=True
        ).stdout
        took, after = time.monotonic() - began, _times(group)
    total, ours = (b - a for a, b in zip(before, after, strict=True))
    n_requests = int(_found(r"(\d+) requests in", output)[1])
    n_bad = int(_found(r"statuses (\d+)", output)[1])
    value, unit = _found(r"50%\s+([\d.]+)(us|ms|s)", output).groups()
    median_ms = float(value) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]
    n_cores = os.cpu_count() or 1
    return Load((n_requests - n_bad) / took, median_ms, max(0.0, total - ours) / (took * n_cores))


def memory_bytes(group: int) -> int:
    """The memory of all processes of a group; what they share is counted once."""
    total = 0
    for pid in _members(group):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += 1024 * int(_found(r"(?m)^Pss:\s+(\d+)", text)[1])
    return total


def _found(pattern: str, text: str) -> re.Match[str]:
    """The place of a pattern in what wrk or the system wrote.

    Raises:
        ValueError: it is not there.
    """
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"{pattern} is not in {text!r}")
    return match


def _times(group: int) -> tuple[float, float]:
    """The processor seconds of the machine, and those of the server, of this process and of its children."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    busy = sum(fields) - fields[3] - fields[4]  # without idle and waiting
    own = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = sum(usage.ru_utime + usage.ru_stime for usage in own)
    for pid in _members(group):
        if stat := _stat(pid):
            ours += sum(map(int, stat[11:13])) * TICK_S
    return busy * TICK_S, ours


def _members(group: int) -> list[int]:
    """The processes of a group's session, and those that they have started in sessions of their own."""
    parents: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (stat := _stat(int(path.name))):
            parents[int(path.name)], sessions[int(path.name)] = int(stat[1]), int(stat[3])

    def belongs(pid: int) -> bool:
        while pid > 1:
            if pid == group or sessions.get(pid) == group:
                return True
            pid = parents.get(pid, 0)
        return False

    return [pid for pid in parents if belongs(pid)]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on, which is the third."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
