"""A server that writes rows without end, and says on stdout which of them it has promised.

Usage: ``python victim.py URL durable|plain``.  ``durable`` names a row once its commit is
acknowledged; ``plain`` names a row one second after it was put.
"""

import asyncio
import sys
import time
from collections import deque
from itertools import count

from sonnette.store.database import Database
from tests.store.notes import NOTES


def promise(number, committed=True):
    if committed:
        print(number, flush=True)


async def write_durably(writer, save):
    for number in count():
        writer.put_durable([(save, (number, "durable", 0))], lambda ok, n=number: promise(n, ok))
        await asyncio.sleep(0.0005)


async def write_plainly(writer, save):
    waiting = deque()
    for number in count():
        writer.put(save, (number, "plain", 0))
        waiting.append((time.monotonic() + 1.0, number))
        while waiting[0][0] <= time.monotonic():
            promise(waiting.popleft()[1])
        await asyncio.sleep(0.0005)


async def main(url, kind):
    loop = asyncio.get_running_loop()
    writer = Database(url).start_writer(loop.call_soon_threadsafe, print)
    write = write_durably if kind == "durable" else write_plainly
    await write(writer, writer.statements.upsert(NOTES))


asyncio.run(main(*sys.argv[1:]))
