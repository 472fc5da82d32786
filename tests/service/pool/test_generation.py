"""A generation whose opener ends before anything is open."""

import asyncio
import socket
import subprocess
import sys

import pytest

from service.errors import WorkersEndedError
from service.pool.generation import Generation
from service.pool.opener import Opener
from service.pool.work_queue import WorkQueue
from tests.service.pool.bench import LIMITS, PATIENCE_S


@pytest.mark.parametrize("n_turns", [0, 1, 2, 5, 50])
def test_a_generation_whose_opener_has_ended_can_be_closed(n_turns):
    async def ended_and_closed():
        ours, theirs = socket.socketpair()
        process = subprocess.Popen([sys.executable, "-c", ""])
        generation = Generation(Opener(process, ours, None), 2, WorkQueue(LIMITS), lambda: None)
        start = asyncio.ensure_future(generation.start())
        await asyncio.sleep(0.05)  # the sockets of both workers wait for the opener
        theirs.close()
        with pytest.raises(WorkersEndedError):
            await start
        for _ in range(n_turns):  # of the event loop, in which it learns of what else has ended
            await asyncio.sleep(0)
        await asyncio.wait_for(generation.close(), PATIENCE_S)

    asyncio.run(ended_and_closed())
