"""The central system itself: a WebSocket server, and behind it one `ChargePoint` for every identity that calls."""

import asyncio
import hmac
import http
import json
from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import unquote

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from tools.csms.audit import Violation
from tools.csms.behaviour import Behaviour
from tools.csms.ledger import Ledger
from tools.csms.point import CallFailed, ChargePoint

__all__ = ["CallFailed", "CentralSystem", "ChargePoint"]


class CentralSystem:
    """Listens on 127.0.0.1 (port 0: a free one); charge points connect to `url` + "/" + identity.

    `clock` returns the aware datetime this central system lives in: the real one, or a simulated world's.
    `on_frame(point, direction, frame, text)` is called for every frame, "in" from and "out" to the charge point; the
    frame is None where it could not be taken apart. `ssl` is an `ssl.SSLContext` for wss. `nods`: a pong nobody asked for
    (RFC 6455 5.5.3) says that an answer has come, so that a simulated world need not hold its clock for more to come.
    """

    def __init__(self, behaviour=None, *, host="127.0.0.1", port=0, clock=None, ssl=None, on_frame=None, nods=False):
        self.behaviour = behaviour or Behaviour()
        self.clock = clock or (lambda: datetime.now(UTC))
        self.ledger = Ledger()
        self.violations = []
        self.frames_in = self.frames_out = 0
        self.points = {}
        self.on_frame = on_frame
        self.nods = nods
        self._host, self._port, self._ssl = host, port, ssl
        self._server = None
        self._news = asyncio.Condition()

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *_):
        await self.stop()

    async def start(self):
        """Listen. A stopped central system may be started again: it comes back on the same port."""
        self._server = await serve(
            self._serve, self._host, self._port, ssl=self._ssl, subprotocols=None, max_size=2**17, compression=None,
            process_request=self._admit, select_subprotocol=self._subprotocol, ping_interval=None, close_timeout=1,
        )  # fmt: skip
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Close every connection and the port; what was recorded stays."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()
            await server.wait_closed()

    @property
    def port(self):
        return self._port

    @property
    def url(self):
        return f"{'wss' if self._ssl else 'ws'}://{self._host}:{self._port}/ocpp"

    @property
    def transactions(self):
        return self.ledger.transactions

    @property
    def frames(self):
        """Frames taken in and given out, every one of them validated."""
        return self.frames_in + self.frames_out

    def point(self, identity):
        """The charge point of this identity, connected or not yet."""
        if identity not in self.points:
            self.points[identity] = ChargePoint(self, identity)
        return self.points[identity]

    async def charge_point(self, identity, timeout_s=30):
        """Wait until this charge point is connected and its BootNotification has been Accepted."""
        point = self.point(identity)
        await self.wait(lambda: point.connected and point.conversation.registration == "Accepted", timeout_s)
        return point

    async def wait(self, condition, timeout_s=30):
        """Wait until `condition()` holds, looking after every frame and connection. TimeoutError after real time."""
        async with asyncio.timeout(timeout_s):
            async with self._news:
                return await self._news.wait_for(condition)

    async def tell(self):
        """Something has changed: let those who wait look again."""
        async with self._news:
            self._news.notify_all()

    def violate(self, point, side, reason, text):
        self.violations.append(Violation(self.clock(), point.id, side, reason, text))

    def check(self):
        """AssertionError with every violation, if there is any."""
        if self.violations:
            raise AssertionError(
                f"{len(self.violations)} broken rules of OCPP 1.6J:\n" + "\n".join(str(one) for one in self.violations)
            )

    def _admit(self, connection, request):
        if self.behaviour.refuse is not None:
            return connection.respond(http.HTTPStatus(self.behaviour.refuse), "refused\n")
        identity = _identity(request.path)
        if not identity:
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no charge point identity in the path\n")
        if self.behaviour.passwords is not None and not self._password_fits(identity, request):
            answer = connection.respond(http.HTTPStatus.UNAUTHORIZED, "who is there?\n")
            answer.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
            return answer
        return None

    def _password_fits(self, identity, request):
        password = self.behaviour.passwords.get(identity, self.behaviour.passwords.get(None))
        scheme, _, code = request.headers.get("Authorization", "").partition(" ")
        if password is None or scheme.lower() != "basic":
            return False
        with suppress(ValueError):
            wanted = password.encode() if isinstance(password, str) else password
            return hmac.compare_digest(b64decode(code, validate=True), identity.encode() + b":" + wanted)
        return False

    def _subprotocol(self, connection, offered):
        return next((name for name in self.behaviour.subprotocols if name in offered), None)

    async def _serve(self, connection):
        point = self.point(_identity(connection.request.path))
        offered = connection.request.headers.get_all("Sec-WebSocket-Protocol")
        if "ocpp1.6" not in [name.strip() for line in offered for name in line.split(",")]:
            self.violate(point, "charge point", "it does not offer the subprotocol ocpp1.6", json.dumps(offered))
        await point.attach(connection)
        with suppress(ConnectionClosed):
            async for text in connection:
                await point.take(text, connection)
        await point.detach(connection)


def _identity(path):
    return unquote(path.partition("?")[0].rpartition("/")[2])
