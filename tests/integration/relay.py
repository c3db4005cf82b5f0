"""A network between clients and a server that tears connections, or lets nothing through."""

import asyncio
import socket
import struct
import threading

CHUNK_BYTES = 16 << 10
# Closing then sends RST, and nothing of what was still to be sent.
LINGER_NOT = struct.pack('ii', 1, 0)


class Relay:
    """Passes TCP connections on to `target`, "host:port". Thread-safe."""

    def __init__(self, target):
        host, port = target.rsplit(':', 1)
        self._target = (host, int(port))
        # {(the client's end, the server's): whether anything passes}
        self._pairs = {}
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, '127.0.0.1', 0))
        self.address = f'127.0.0.1:{self._server.sockets[0].getsockname()[1]}'
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _serve(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, far_writer)
        open_ = self._pairs[pair] = asyncio.Event()
        open_.set()
        pumps = [asyncio.ensure_future(self._pump(reader, far_writer, open_)),
                 asyncio.ensure_future(self._pump(far_reader, writer, open_))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
        if pair in self._pairs:
            del self._pairs[pair]
            for end in pair:
                end.close()

    @staticmethod
    async def _pump(reader, writer, open_):
        try:
            while data := await reader.read(CHUNK_BYTES):
                await open_.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass

    def _tear(self, pair):
        open_ = self._pairs.pop(pair)
        for end in pair:
            try:
                end.get_extra_info('socket').setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            except OSError:
                pass  # It has closed by itself.
            end.transport.abort()
        open_.set()  # So that who waits for it ends.

    def cut(self, count, random):
        """Resets so many connections, both ends at once; returns how many there were."""
        return self._each_of(count, random, self._tear)

    def freeze(self, count, random):
        """Passes nothing on for so many connections, and tells nobody: as a firewall that has
        forgotten them does. Returns how many there were."""
        return self._each_of(count, random, lambda pair: self._pairs[pair].clear())

    def _each_of(self, count, random, do):
        async def choose():
            chosen = random.sample(list(self._pairs), min(count, len(self._pairs)))
            for pair in chosen:
                do(pair)
            return len(chosen)
        return asyncio.run_coroutine_threadsafe(choose(), self._loop).result()

    def close(self):
        async def end():
            self._server.close()
            for pair in list(self._pairs):
                self._tear(pair)
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
