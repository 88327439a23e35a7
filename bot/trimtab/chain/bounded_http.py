"""HTTP requests whose whole answer keeps one deadline and one size, however slowly it trickles in.

The time-outs of HTTP libraries hold between two bytes: a node that sends one byte every few seconds
would be waited for without end. Here every read from the socket has what is left of the time.
Nothing is repeated, redirected or unpacked.
"""

from __future__ import annotations

import io
import logging
import math
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Timeout

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Its warnings name addresses with their keys.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

PIECE_BYTES = 64 * 1024
"""How much is read at once."""

HEADERS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",  # what unpacks to a thousand times its size is not asked for
    "User-Agent": "trimtab",
}


class TooLong(Exception):
    """An answer was longer than allowed.

    Attributes
    ----------
    limit
        Most bytes that are read.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Post:
    """Requests to one address over kept connections; may be used by several threads.

    Parameters
    ----------
    url
        The address, with whatever user, password or key it carries.
    timeout
        How long a whole answer is waited for, connecting included, in seconds.
    max_bytes
        Longest body that is read.
    """

    def __init__(self, url: str, *, timeout: float, max_bytes: int) -> None:
        session = requests.Session()
        self._request = session.prepare_request(requests.Request("POST", url, headers=HEADERS))
        self._settings = session.merge_environment_settings(url, {}, True, None, None)
        self._adapter = _Adapter()
        self._timeout = timeout
        self._max_bytes = max_bytes

    def __call__(self, body: bytes) -> Answer:
        """The answer to `body`.

        Raises
        ------
        TooLong
            If it is longer than allowed.
        requests.RequestException, urllib3.exceptions.HTTPError
            If there is none, or not all of it, in time.
        """
        request = self._request.copy()
        request.prepare_body(body, None)
        timeout = Timeout(total=self._timeout)
        # requests takes urllib3's time-outs, its types do not say so.
        response = self._adapter.send(request, timeout=cast("Any", timeout), **self._settings)
        try:
            return Answer(response.status_code, response.headers, self._read(response))
        finally:
            response.close()

    def _read(self, response: requests.Response) -> bytes:
        read = bytearray()
        for piece in response.raw.stream(PIECE_BYTES, decode_content=False):
            read += piece
            if len(read) > self._max_bytes:
                raise TooLong(self._max_bytes)
        return bytes(read)

    def close(self) -> None:
        """Give back the connections."""
        self._adapter.close()


class _Adapter(HTTPAdapter):
    """requests' adapter over connections that keep a deadline."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = cast("socket.socket", _Socket(self.sock))


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = cast("socket.socket", _Socket(self.sock))


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Socket:
    """A connected socket whose time-out is a deadline for all that is read after it was set."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._deadline = math.inf

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def settimeout(self, seconds: float | None) -> None:
        self._inner.settimeout(seconds)
        self._deadline = math.inf if seconds is None else time.monotonic() + seconds

    def makefile(self, _mode: str) -> io.BufferedReader:
        raw = self._inner.makefile("rb", buffering=0)
        return io.BufferedReader(_Reader(self._inner, raw, self._deadline))


class _Inner(Protocol):
    """What `makefile` gives without a buffer."""

    def readinto(self, buffer: WriteableBuffer, /) -> int | None: ...

    def close(self) -> None: ...


class _Reader(io.RawIOBase):
    """Bytes of one answer, up to its deadline."""

    def __init__(self, sock: socket.socket, raw: _Inner, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        if self._deadline == math.inf:
            return self._raw.readinto(buffer)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        before = self._sock.gettimeout()
        self._sock.settimeout(left)
        try:
            return self._raw.readinto(buffer)
        finally:
            if self._sock.fileno() >= 0:
                self._sock.settimeout(before)

    def close(self) -> None:
        self._raw.close()
        super().close()
