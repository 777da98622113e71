"""The network between a browser and the server, which may freeze: nothing passes any more, and nobody is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 65_536


class Network:
    """Passes every connection to its address on to the server's, while it is not frozen."""

    def __init__(self, server: str) -> None:
        target = urlsplit(server)
        self.target = (target.hostname, target.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.passes = threading.Event()
        self.passes.set()
        self.ends: list[socket.socket] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def freeze(self) -> None:
        self.passes.clear()

    def thaw(self) -> None:
        self.passes.set()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self.listener.accept()
                server = socket.create_connection(self.target)
                self.ends += [browser, server]
                for source, sink in ((browser, server), (server, browser)):
                    threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                self.passes.wait()
                sink.sendall(data)
        self.passes.wait()
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.thaw()
        for end in (self.listener, *self.ends):
            end.close()


@contextmanager
def network(server: str) -> Iterator[Network]:
    between = Network(server)
    try:
        yield between
    finally:
        between.close()
