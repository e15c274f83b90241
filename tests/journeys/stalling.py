"""A line between browser and server that can be held: connections stand, nothing comes through, no error either."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

AT_ONCE = 65536


class Line(socketserver.ThreadingTCPServer):
    """`address` leads to the server at `target`; between `hold()` and `let_go()` everything on the way waits."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        at = urlsplit(target)
        self.beyond = (at.hostname, at.port)
        self.address = f"http://localhost:{self.server_address[1]}"
        self._flows = threading.Event()
        self._flows.set()

    def hold(self) -> None:
        self._flows.clear()

    def let_go(self) -> None:
        self._flows.set()

    def carry(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while read := source.recv(AT_ONCE):
                self._flows.wait()
                sink.sendall(read)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one end hung up, as browsers do


class _Call(socketserver.BaseRequestHandler):
    server: Line

    def handle(self) -> None:
        with socket.create_connection(self.server.beyond) as server:
            back = threading.Thread(target=self.server.carry, args=(server, self.request), daemon=True)
            back.start()
            self.server.carry(self.request, server)
            back.join()


@contextmanager
def line_to(target: str) -> Iterator[Line]:
    with Line(target) as line:
        threading.Thread(target=line.serve_forever, daemon=True).start()
        try:
            yield line
        finally:
            line.let_go()
            line.shutdown()
