"""The interpreter in which the charger and its world run: started, spoken to by JSON Lines, killed."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress

from tools.interpreter import interpreter
from tools.sim.compiled import ROOT, mirror

# Beside the chip's heap the same interpreter holds the world, hal/sim and asyncio's queues, in bytes of 32-bit words.
WORLD_HEAP = 300_000

_LINE_BYTES = 1 << 26


class Child:
    """One interpreter. `on_message(dict)` gets what it says, `on_end()` is called when it has ended by itself."""

    def __init__(self, heap, on_message, on_end):
        self._heap = heap
        self._on_message = on_message
        self._on_end = on_end
        self._process = None
        self._writer = None
        self._reading = None

    async def start(self, fds):
        """`fds` are handed down under their own numbers."""
        loop = asyncio.get_running_loop()
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()
        os.set_blocking(their_in, False)
        argv = [
            str(interpreter()), "-X", f"heapsize={self._heap + WORLD_HEAP}w", "-m", "hal.sim.main", str(their_in), str(their_out),
        ]
        compiled = await asyncio.to_thread(mirror)
        environment = dict(os.environ, MICROPYPATH=f".frozen:{ROOT}:{ROOT}/build/deps")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *argv, stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr, pass_fds=(their_in, their_out, *fds), env=environment,
                cwd=compiled,  # first on its path
                start_new_session=True,  # Ctrl-C is the parent's
            )
        finally:
            os.close(their_in)
            os.close(their_out)
        transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(our_out, "wb", 0))
        self._writer = transport
        reader = asyncio.StreamReader(limit=_LINE_BYTES)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(our_in, "rb", 0))
        self._reading = asyncio.create_task(self._read(reader))

    def send(self, message):
        if not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    def interrupt(self):
        """Break into what it is doing (a KeyboardInterrupt)."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    async def kill(self):
        """End it at once: nothing in it runs any more. Its exit status."""
        if self._reading and self._reading is not asyncio.current_task():
            self._reading.cancel()
        self._reading = None
        if self._process is None:
            return None
        with suppress(ProcessLookupError):
            self._process.kill()
        self._writer.close()
        return await self._process.wait()

    async def _read(self, reader):
        while line := await reader.readline():
            if self._reading is None:
                return
            await self._on_message(json.loads(line))
        if self._reading is not None:
            await self._on_end(await self._process.wait())
