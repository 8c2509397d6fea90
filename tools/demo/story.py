"""The story: one charger, one car, a card, an app, two troubles. About twenty seconds at tempo 1."""

from tools.demo.stage import APP, CARD


async def play(stage):
    """Play every scene on a `Stage`; raises SimulatorError where the charger does not do what the story tells."""
    for scene in (boot, first_session, trip, from_the_app, power_cut):
        stage.timeline.scene(scene.__doc__)
        await scene(stage)


async def boot(stage):
    """The charger wakes up and reports to its central system"""
    stage.timeline.say(0, "world", "the supply comes on")
    await stage.overture()
    await stage.until(timeout_s=30, ocpp__accepted=True)
    await stage.pass_time(2, 1.5)


async def first_session(stage):
    """A driver charges with a card; the car pauses and goes on"""
    await stage.act("driver", "parks, and plugs the cable into the car", "plug")
    await _plugged(stage)
    await stage.pass_time(2, 1)
    await stage.act("driver", f"holds card {CARD} to the reader", "tap", uid=CARD)
    await _offered(stage)
    await stage.act("car", "sees the offer, and will take it", "vehicle", ready=True)
    await stage.until(closed=True)
    await stage.pass_time(180, 3)
    pause = {"opens": "the car's pause"} if stage.piloted else {}
    await stage.act("car", "cools its battery and pauses", "vehicle", ready=False, **pause)
    if stage.piloted:
        await stage.until(closed=False)
    await stage.pass_time(60, 1.5)
    await stage.act("car", "goes on", "vehicle", ready=True)
    await stage.until(closed=True)
    await stage.pass_time(120, 2)


async def trip(stage):
    """A direct current leaks to earth"""
    await stage.act("world", "a 6 mA direct current leaks in the car", "fault", name="rcd_dc", opens="the leak")
    await stage.until(closed=False)
    await stage.pass_time(10, 1.5)
    await stage.act(
        "world", "the leak has dried up; the charger is not so easily persuaded", "fault", name="rcd_dc", on=False
    )
    await stage.pass_time(10, 1)
    await stage.act("driver", "pulls the cable out", "unplug")
    await _unplugged(stage, session=None)
    await stage.pass_time(5, 1)


async def from_the_app(stage):
    """The next driver starts from an app"""
    await stage.act("driver", "plugs in the next car", "plug")
    await _plugged(stage)
    await stage.pass_time(3, 0.5)
    stage.timeline.say(stage.sim.t, "app", "the driver presses Start")
    await stage.call("RemoteStartTransaction", {"idTag": APP, "connectorId": 1})
    await _offered(stage)
    await stage.act("car", "takes the offer", "vehicle", ready=True)
    await stage.until(closed=True)
    await stage.pass_time(150, 2.5)


async def power_cut(stage):
    """The street goes dark in the middle of a charge"""
    await stage.act("world", "a digger finds the cable", "power", on=False, opens="the power cut")
    await stage.pass_time(30, 1.5)
    await stage.act("world", "the street has light again", "power", on=True)
    await stage.until(timeout_s=60, ocpp__accepted=True)
    await stage.until(timeout_s=60, ocpp__queued=0)
    await stage.pass_time(3, 1)
    await stage.act("driver", "takes the car and goes", "unplug")
    await _unplugged(stage)
    await stage.pass_time(3, 1)


# What a charger knows of a car. An outlet has no pilot: it feels the plug, and closes for whoever may charge.


async def _plugged(stage):
    await stage.until(**({"letter": "B"} if stage.piloted else {"status": "Preparing"}))


async def _offered(stage):
    await stage.until(**({"offered": True} if stage.piloted else {"closed": True}))


async def _unplugged(stage, **more):
    await stage.until(status="Available", **({"letter": "A"} if stage.piloted else {}), **more)


# What the book of the central system must show in the end: who, and why it stopped.
EXPECTED = [(CARD, "Other"), (APP, "PowerLoss")]
