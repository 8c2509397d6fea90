"""`rudved demo`: one story in twenty seconds, then a charger to play with."""

import asyncio
import sys

import click
from rich.console import Console

from tools.demo import play, story
from tools.demo.simclient import SimulatorEnded, SimulatorError
from tools.demo.stage import Stage
from tools.demo.summary import Verdict

PLAIN_WIDTH = 120


@click.command()
@click.option("--board", default="rudved_ac7", show_default=True, help="The board to simulate.")
@click.option("--hal", default="sim", show_default=True, type=click.Choice(["sim", "esp32"]),
              help="What stands below the firmware: hal/sim, or hal/esp32 on a virtual chip.")
@click.option("--tempo", type=float, help="1 takes about 20 s, 2 twice that; 0 (without a terminal) no time to watch.")
@click.option("--seed", default=1, show_default=True, help="Seed of the simulated world.")
@click.option("--stay/--no-stay", default=None, help="Stay for typed commands afterwards (the default on a terminal).")
def demo(board, hal, tempo, seed, stay):
    """Play a charger's day: boot, card, charge, pause, leak, app, power cut.

    A simulated charger runs the real firmware against a strict OCPP 1.6 central system. Exit status 0 only if every
    frame was valid, every Wh stands in its session and no invariant of the world broke.
    """
    terminal = sys.stdout.isatty() and sys.stdin.isatty()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    tempo = (1.0 if terminal else 0.0) if tempo is None else tempo
    stage = Stage(board, tempo, console, seed, hal)
    stories = []  # the exit status of the one that was played, as soon as it is over
    try:
        status = asyncio.run(_run(stage, terminal if stay is None else stay, stories))
    except KeyboardInterrupt:
        status = stories[0] if stories else 130
    sys.exit(status)


async def _run(stage, stay, stories):
    console = stage.timeline.console
    try:
        async with stage:
            before = await stage.look()
            stories.append(await _tell(stage, before["connectors"][0]["meter_wh"], console))
            if stay:
                await play.along(stage, console)
    except SimulatorEnded as error:
        console.print(f"\nThe world came to an end: {error}", style="red", markup=False)
        return 1
    return stories[0]


async def _tell(stage, wh_before, console):
    try:
        with stage.timeline:
            await story.play(stage)
    except (SimulatorError, TimeoutError) as error:
        console.print(f"\nThe story stops here: {error}", style="red", markup=False)
        for violation in stage.csms.violations:
            console.print(f"  {violation}", style="red", markup=False)
        return 1
    after = await stage.look()
    verdict = Verdict(stage, wh_before, after["connectors"][0]["meter_wh"], story.EXPECTED)
    verdict.print(console)
    return 1 if verdict.faults else 0
