"""`rudved sim --meter-pty`: an independent Modbus slave (pymodbus) is the meter of a whole charging session."""

import asyncio
import contextlib
import struct

import pytest
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tools.demo.simclient import Simulator

ENERGY = 0x48


class Meter:
    """An SDM120 at address 1 with mains on it; `wh` is what its register says from now on."""

    def __init__(self):
        self.wh = 5000
        self.power_w = 0.0
        self.reads = 0
        self.device = SimDevice(1, simdata=SimData(0, values=[0] * 0x160, datatype=DataType.REGISTERS), action=self._answer)

    async def _answer(self, function, start, address, count, registers, values):
        self.reads += 1
        for register, value in {0x00: 231.0, 0x06: self.power_w / 231, 0x0C: self.power_w, 0x46: 50.0, ENERGY: self.wh / 1000}.items():
            registers[register - start : register - start + 2] = struct.unpack(">HH", struct.pack(">f", value))

    @contextlib.asynccontextmanager
    async def on(self, terminal):
        server = ModbusSerialServer(self.device, framer=FramerType.RTU, port=terminal, baudrate=9600, ignore_missing_devices=True)
        await server.serve_forever(background=True)
        try:
            yield self
        finally:
            await server.shutdown()


@pytest.mark.parametrize("hal", ["sim", "esp32"])  # esp32: over the virtual chip's UART
def test_session_takes_its_wh_from_an_outside_meter(hal):
    asyncio.run(_session(hal))


async def _session(hal):
    meter = Meter()
    async with (
        Simulator.launch(speed="max", meter_pty=True, hal=hal, set={"FreeVendActive": "true"}) as sim,
        meter.on(sim.ready["meter"]),
    ):
        await sim.advance(5)
        assert meter.reads > 0
        await sim.do("watch")
        await sim.do("plug")
        await sim.do("vehicle", ready=True)
        await sim.wait({"connectors.0.contactor.closed": True})
        meter.power_w = 7000.0
        for _ in range(10):
            meter.wh += 2
            await sim.advance(1)
        assert (await sim.state())["connectors"][0]["session"]["wh"] in (18, 20)
        meter.power_w = 0.0
        meter.wh += 3
        await sim.do("unplug")
        await sim.wait({"connectors.0.session": None})
        ended = [event for event in sim.events if event["event"] == "session" and event["what"] == "ended"]
        assert [(event["reason"], event["wh"]) for event in ended] == [("unplugged", 23)]


def test_without_a_meter_nothing_is_sold_and_the_reason_is_told():
    asyncio.run(_no_meter())


async def _no_meter():
    async with Simulator.launch(speed="max", meter_pty=True, set={"FreeVendActive": "true"}) as sim:
        await sim.do("plug")
        await sim.do("vehicle", ready=True)
        await sim.advance(20)
        connector = (await sim.state())["connectors"][0]
        assert connector["session"] is None
        assert connector["contactor"] == {"command": False, "closed": False}
        assert "meter" in connector["why"]
