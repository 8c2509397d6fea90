"""After the story: typed lines move the world, and a line that makes no sense is answered and changes nothing."""

import io

from rich.console import Console

from tests.csms.fake import run
from tools.demo.play import Player
from tools.demo.stage import Stage


class _Played:
    """A stage without a story, its player, and what was printed."""

    async def __aenter__(self):
        self.page = io.StringIO()
        console = Console(file=self.page, width=120)
        self.stage = await Stage(tempo=0, console=console).__aenter__()
        self.player = Player(self.stage, console)
        await self.stage.booted()
        await self.stage.overture()
        return self

    async def __aexit__(self, *error):
        await self.stage.__aexit__(*error)

    async def type(self, *lines):
        for line in lines:
            await self.player.take(line)
            await self.stage.advance(0.5)

    @property
    def text(self):
        return self.page.getvalue()


@run
async def test_a_person_charges_a_car_by_typing():
    async with _Played() as played:
        await played.type("plug", "tap", "ready")
        await played.stage.until(20, closed=True)
        await played.stage.advance(10)
        await played.type("state", "fault rcd_dc")
        await played.stage.until(5, closed=False)
        await played.type("fault rcd_dc off", "unplug")
        await played.stage.until(10, letter="A")
        for words in ("connector 1: Charging, pilot C", "contactor CLOSED", "FAULT residual", "contactor OPEN"):
            assert words in played.text


@run
async def test_a_person_cuts_the_supply_and_the_line():
    async with _Played() as played:
        await played.type("power off")
        assert not (await played.stage.look())["power"]
        await played.type("state", "power on")
        await played.stage.booted()
        await played.type("network off")
        await played.stage.until(90, ocpp__connected=False)
        assert "the charger has no supply" in played.text


@run
async def test_a_line_that_makes_no_sense_is_answered_with_what_would():
    async with _Played() as played:
        await played.type(
            "dance", "power sideways", "fault", "fault ghost", "tap xyz", "vehicle ready", "speed", "speed fast",
            "stop", "advance s=5", "mains v=[1]", "help",
        )  # fmt: skip
        for words in (
            "dance", "'sideways' is neither on nor off", "ghost", "hexadecimal", "'ready' is not name=value",
            "no transaction is open", "time passes by itself here", "Ctrl-C",
        ):  # fmt: skip
            assert words in played.text, words
        assert (await played.stage.look())["connectors"][0]["status"] == "Available"
