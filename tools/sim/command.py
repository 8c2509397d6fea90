"""`rudved sim`: the options of SIMULATOR.md."""

import asyncio
import sys

import click

from boards.fields import GUARD_PROMISE_MS
from tools.sim import certificates
from tools.sim import play as script
from tools.sim.data import BadData
from tools.sim.simulator import REFUSED, Options, Simulator


class _Speed(click.ParamType):
    name = "X|max"

    def convert(self, value, param, ctx):
        if value is None or isinstance(value, float):
            return value
        if value == "max":
            return None
        try:
            speed = float(value)
            if not 0 < speed <= 100_000:
                raise ValueError
        except ValueError:
            self.fail(f"{value!r}: allowed are max, or a number above 0 (1 is real time)", param, ctx)
        return speed


def _settings(ctx, param, values):
    settings = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not KEY=VALUE", ctx, param)
        settings[key] = text
    return settings


@click.command()
@click.option("--board", default="rudved_ac7", show_default=True, metavar="NAME", help="A folder of boards/.")
@click.option("--csms", metavar="URL", help="ws:// or wss:// of a central system; the charger connects to URL/CP-ID.")
@click.option("--cp-id", metavar="ID", help="The charger's name there (default: its serial number).")
@click.option("--ca", metavar="FILE", help="Certificates to check the central system against, PEM or DER.")
@click.option("--client-cert", metavar="FILE", help="The charger's own certificate (and what is between it and its root).")
@click.option("--client-key", metavar="FILE", help="The key of --client-cert, not encrypted.")
@click.option("--data", metavar="DIR", help="Keeps flash and world between runs (default: a fresh folder that goes at the end).")
@click.option("--control", default=0, show_default=True, metavar="PORT", type=click.IntRange(0, 65535),
              help="Control port; 0 takes a free one.")
@click.option("--speed", default="1", show_default=True, type=_Speed(),
              help="Times real time; max: virtual time, moved by advance and wait only.")
@click.option("--grace", default=50, show_default=True, metavar="MS", type=click.IntRange(0, 60_000),
              help="At max: real time the clock waits for a peer that owes bytes.")
@click.option("--play", metavar="FILE", help="Send the lines of this file to the control port by itself, then quit.")
@click.option("--guard", type=click.Choice(sorted(GUARD_PROMISE_MS)), help="Another make of guard than the board has.")
@click.option("--heap", default=Options.heap, show_default=True, metavar="BYTES", type=click.IntRange(32_000, 64_000_000),
              help="The firmware's heap, as on a 32-bit chip.")
@click.option("--meter-pty", is_flag=True, help="The RS-485 port is a pseudo-terminal; no meter is simulated.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Seed of all randomness.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", callback=_settings,
              help="A setting to make before boot (repeatable).")
@click.option("--silence", default=20.0, show_default=True, metavar="S", type=click.FloatRange(0.1),
              help="Break into an interpreter that hangs, after so many seconds without a word from it.")
@click.option("--ticks", default=Options.ticks, show_default=True, type=click.Choice(["skip", "run", "prove"]),
              help="At max: skip safety ticks that change nothing, run them all, or run them and see that they changed nothing.")
@click.option("--hal", default=Options.hal, show_default=True, type=click.Choice(["sim", "esp32"]),
              help="What stands below the firmware: hal/sim, or hal/esp32 on a virtual chip.")
@click.option("--lenient", is_flag=True, help="A broken invariant is an event, not the end.")
def sim(board, csms, cp_id, ca, client_cert, client_key, data, control, speed, grace, play, guard, heap, meter_pty, seed, settings,
        silence, ticks, hal, lenient):
    """Simulate a charger: the real firmware in MicroPython, a world around it, and a control port to drive both.

    One JSON line on standard output tells that it is ready; logs go to standard error. The protocol is JSON Lines over
    TCP on 127.0.0.1.
    """
    if bool(client_cert) != bool(client_key):
        raise click.UsageError("--client-cert and --client-key go together")
    try:
        store = certificates.store(ca, client_cert, client_key)
        options = Options(
            board=board, csms=csms, cp_id=cp_id, certificates=store, data=data, control=control, speed=speed, grace_ms=grace, heap=heap,
            meter_pty=meter_pty, seed=seed, settings=settings, lenient=lenient, ticks=ticks, guard=guard, silence_s=silence,
            hal=hal, play=script.load(play) if play else [],
        )
        sys.exit(asyncio.run(_run(options)))
    except (certificates.BadCertificate, BadData, script.BadScript) as error:
        print(f"rudved sim: {error}", file=sys.stderr)
        sys.exit(REFUSED)


async def _run(options):
    try:
        return await Simulator(options).run()
    except OSError as error:
        print(f"rudved sim: {error}", file=sys.stderr)
        return REFUSED
