"""`rudved csms`: the central system on its own, for a charger on the bench."""

import asyncio
import json
import os
import ssl
import stat
import sys
from contextlib import suppress

import click
from rich.console import Console
from rich.text import Text

from tools.csms.behaviour import Behaviour
from tools.csms.server import CallFailed, CentralSystem
from tools.csms.show import HELP, Misunderstood, command, one_line

_FILE = click.Path(exists=True, dir_okay=False)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=9000, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--accept", multiple=True, metavar="TAG", help="An idTag to accept (repeatable); without any, all are.")
@click.option("--interval", default=300, show_default=True, help="Heartbeat interval in seconds.")
@click.option("--password", envvar="RUDVED_CSMS_PASSWORD", show_envvar=True, metavar="TEXT",
              help="What every charge point must log in with (security profiles 1 and 2). Others on this computer can read a command "
                   "line: better the variable.")
@click.option("--cert", type=_FILE, help="The server's certificate and those above it, PEM: listens with TLS (profiles 2 and 3).")
@click.option("--key", type=_FILE, help="The certificate's private key, PEM.")
@click.option("--client-ca", type=_FILE, help="Authorities whose clients alone are let in, PEM (profile 3).")
@click.option("--log", is_flag=True, help="Print every frame as JSON Lines instead of in words.")
def csms(host, port, accept, interval, password, cert, key, client_ca, log):
    """A strict OCPP 1.6J central system with a prompt.

    Charge points connect to ws://HOST:PORT/ocpp/IDENTITY, or wss:// with --cert. Every frame, either way, is held against the official
    schemas and the rules of the conversation; a broken rule is printed in red. Type `help` for the commands.
    """
    behaviour = Behaviour(accept=set(accept) or None, interval_s=interval, passwords={None: password} if password else None)
    tls = _tls(cert, key, client_ca)
    with suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(_serve(behaviour, host, port, log, tls)))


def _tls(cert, key, client_ca):
    if not cert:
        if key or client_ca:
            raise click.UsageError(f"{'--key' if key else '--client-ca'} is for TLS, which wants --cert and --key")
        return None
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        tls.load_cert_chain(cert, key)
        if client_ca:
            tls.load_verify_locations(client_ca)
            tls.verify_mode = ssl.CERT_REQUIRED
    except ssl.SSLError as error:
        raise click.UsageError(f"{', '.join(filter(None, (cert, key, client_ca)))}: {error.reason or error}") from error
    return tls


async def _serve(behaviour, host, port, log, tls):
    console = Console(highlight=False, markup=False, soft_wrap=True)
    seen = 0

    def show(point, way, frame, text):
        if log:
            click.echo(json.dumps({"t": str(system.clock()), "point": point.id, "dir": way, "frame": text}))
            return
        arrow, style = (">", "cyan") if way == "in" else ("<", "green")
        console.print(Text(f"{system.clock():%H:%M:%S} {point.id} {arrow} {one_line(frame, text)}", style))

    def blame():
        nonlocal seen
        for violation in system.violations[seen:]:
            console.print(Text(str(violation), "bold red"))
        seen = len(system.violations)
        return False

    async with CentralSystem(behaviour, host=host, port=port, on_frame=show, ssl=tls) as system:
        console.print(f"central system at {system.url}/IDENTITY; type help")
        watching = asyncio.ensure_future(system.wait(blame, timeout_s=None))
        try:
            await _prompt(system, console)
        finally:
            watching.cancel()
    return 1 if system.violations else 0


async def _prompt(system, console):
    """Read commands until `quit`; at the end of a piped input the server goes on until it is interrupted."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if sys.stdin.isatty() or stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    else:  # a plain file, /dev/null, or nothing at all: nobody types
        reader.feed_eof()
    while line := await reader.readline():
        words = line.decode("utf-8", "replace").split()
        if not words:
            continue
        if words == ["quit"]:
            return
        if words == ["help"]:
            console.print(HELP)
        elif words == ["book"]:
            for one in system.transactions:
                console.print(f"{one.id}  {one.id_tag}  {one.wh:.0f} Wh  {one.reason or 'open'}")
        else:
            try:
                await _call(system, words)
            except (Misunderstood, CallFailed, ConnectionError) as error:
                console.print(Text(str(error), "yellow"))
    await asyncio.Event().wait()


async def _call(system, words):
    opened = [one.id for one in system.transactions if one.open]
    action, payload = command(words, transaction=opened[-1] if opened else None)
    point = next((one for one in system.points.values() if one.connected), None)
    if point is None:
        raise ConnectionError("no charge point is connected")
    await point.call(action, payload)
