"""A proxy that passes requests on, but for the faults that a test asks for."""

from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

Fault = tuple[int, bytes]


class FaultyProxy:
    """Answers with `faults`, one after the other, before it passes anything on."""

    def __init__(self, upstream: str) -> None:
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.passes = 0  # so many are passed on before `always` is answered
        self.hanging = False
        self.gone = False
        self.redirects_to: str | None = None
        self.asked: list[bytes] = []
        self._over = Event()
        target = urlsplit(upstream)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy.asked.append(body)
                if proxy.hanging:
                    proxy._over.wait(30)
                if proxy.hanging or proxy.gone:
                    self.close_connection = True
                    return
                self._answer(*(proxy.next_fault() or self._upstream(body)))

            def _upstream(self, body: bytes) -> Fault:
                connection = HTTPConnection(str(target.hostname), target.port, timeout=10)
                headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                told = (answer.status, answer.read())
                connection.close()
                return told

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if proxy.redirects_to:
                    self.send_header("Location", f"{proxy.redirects_to}{self.path}")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_LIST = handle_any  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def next_fault(self) -> Fault | None:
        if self.faults:
            return self.faults.pop(0)
        if self.always and self.passes:
            self.passes -= 1
            return None
        return self.always

    def mend(self) -> None:
        """Pass everything on again, and let go of what hangs."""
        self.faults.clear()
        self.always = None
        self.hanging = False
        self.redirects_to = None
        self._over.set()
        self._over = Event()

    def close(self) -> None:
        """Refuse connections from now on, and break off those that are open."""
        self.mend()
        self.gone = True
        self._server.shutdown()
        self._server.server_close()
