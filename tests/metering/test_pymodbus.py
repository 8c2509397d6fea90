"""An independent Modbus RTU slave (pymodbus) at the far end of a pseudo-terminal answers the real master in MicroPython."""

import asyncio
import json
import os
import struct
import threading
import tty
from contextlib import contextmanager

import pytest
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.harness.programs import told

# (profile, function, {register: float}), straight from the makers' tables and not from the firmware's profiles.
SDM120 = {0x00: 231.4, 0x06: 15.82, 0x0C: 3655.0, 0x1E: 0.998, 0x46: 49.97, 0x48: 1234.567, 0x4A: 0.25}
SDM630 = {
    0x00: 229.9, 0x02: 231.1, 0x04: 233.3, 0x06: 31.5, 0x08: 31.25, 0x0A: 30.75, 0x34: 21654.0, 0x3E: 0.987,
    0x46: 50.03, 0x48: 8191.999, 0x4A: 0.0,
}  # fmt: skip
EM4M = {
    0x00: 229.9, 0x02: 231.1, 0x04: 233.3, 0x10: 31.5, 0x12: 31.25, 0x14: 30.75, 0x2A: 21.654, 0x36: 0.987,
    0x38: 50.03, 0x58: 16383.999, 0x5A: 0.125,
}  # fmt: skip
THREE_PHASES = {
    "volts_mv": [229900, 231100, 233300], "amps_ma": [31500, 31250, 30750], "power_w": 21654, "frequency_mhz": 50030,
    "power_factor_milli": 987, "state": "ok", "reason": None, "failures": 0,
}  # fmt: skip


def words(value, order):
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return [high, low] if order == "ABCD" else [low, high]


def registers(floats, order):
    block = [0] * 0x160
    for register, value in floats.items():
        block[register : register + 2] = words(value, order)
    return SimData(0, values=block, datatype=DataType.REGISTERS)


@contextmanager
def slaves(devices, wound=None):
    """Serves the devices in a thread; gives the terminal the master opens. `wound(sending, bytes)` may spoil what travels."""
    master, far = os.openpty()
    near_slave, near = os.openpty()
    for fd in (master, far, near_slave, near):
        tty.setraw(fd)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve():
        # Two terminals back to back: pymodbus wants the name of one, MicroPython of the other.
        loop.add_reader(master, lambda: os.write(near_slave, os.read(master, 512)))
        loop.add_reader(near_slave, lambda: os.write(master, os.read(near_slave, 512)))
        server = ModbusSerialServer(
            devices, framer=FramerType.RTU, port=os.ttyname(near), baudrate=9600, ignore_missing_devices=True,
            trace_packet=wound,
        )  # fmt: skip
        await server.serve_forever(background=True)
        ready.set()
        await stop.wait()
        await server.shutdown()
        loop.remove_reader(master)
        loop.remove_reader(near_slave)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield os.ttyname(far)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
        for fd in (master, far, near_slave, near):
            os.close(fd)


def read(terminal, profile, address=1, phases=1, rounds=2, order=None):
    return json.loads(told("tests/metering/meter_reader.py", terminal, profile, address, phases, rounds, *([order] if order else [])))


@pytest.mark.parametrize("order", ["ABCD", "CDAB"])
def test_an_sdm120_is_read_in_both_word_orders(order):
    with slaves([SimDevice(1, simdata=registers(SDM120, order))]) as terminal:
        facts = read(terminal, "sdm120", order=None if order == "ABCD" else order)
    assert (facts["state"], facts["energy_wh"], facts["export_wh"]) == ("ok", 1234567, 250)
    assert (facts["volts_mv"], facts["amps_ma"], facts["power_w"]) == ([231400, 0, 0], [15820, 0, 0], 3655)
    assert (facts["frequency_mhz"], facts["power_factor_milli"], facts["failures"]) == (49970, 998, 0)


@pytest.mark.parametrize("order", ["ABCD", "CDAB"])
def test_an_sdm630_is_read_in_both_word_orders(order):
    with slaves([SimDevice(5, simdata=registers(SDM630, order))]) as terminal:
        facts = read(terminal, "sdm630", 5, 3, order=None if order == "ABCD" else order)
    assert facts["energy_wh"] == 8191999
    assert {name: facts[name] for name in THREE_PHASES} == THREE_PHASES


@pytest.mark.parametrize("order", ["ABCD", "CDAB"])
def test_an_em4m_is_found_out_in_both_word_orders(order):
    with slaves([SimDevice(247, simdata=registers(EM4M, order))]) as terminal:
        facts = read(terminal, "em4m", 247, 3)
    assert (facts["order"], facts["energy_wh"], facts["export_wh"]) == (order, 16383999, 125)
    assert {name: facts[name] for name in THREE_PHASES} == THREE_PHASES


def test_swapped_words_are_told_and_not_believed():
    with slaves([SimDevice(1, simdata=registers(SDM120, "CDAB"))]) as terminal:
        facts = read(terminal, "sdm120")
    assert (facts["state"], facts["energy_wh"], facts["reason"]) == ("wrong", None, "words come as CDAB, not ABCD")


def test_the_right_one_of_three_slaves_answers():
    devices = [SimDevice(n, simdata=registers(SDM120 | {0x48: float(n)}, "ABCD")) for n in (1, 2, 3)]
    with slaves(devices) as terminal:
        assert read(terminal, "sdm120", 2)["energy_wh"] == 2000


def test_a_slave_that_refuses_is_told_in_its_own_words():
    with slaves([SimDevice(1, simdata=SimData(0, values=[0] * 4, datatype=DataType.REGISTERS))]) as terminal:
        facts = read(terminal, "sdm120")
    assert facts["state"] == "stale"
    assert "illegal data address" in facts["reason"]


def test_a_slave_whose_answers_are_lost_is_a_timeout():
    with slaves([SimDevice(1, simdata=registers(SDM120, "ABCD"))], lambda sending, data: b"" if sending else data) as terminal:
        facts = read(terminal, "sdm120", rounds=1)
    assert (facts["state"], facts["energy_wh"]) == ("stale", None)
    assert "no answer" in facts["reason"]


def test_every_third_answer_wounded_costs_retries_and_no_value():
    count = 0

    def wound(sending, data):
        nonlocal count
        count += sending
        return data[:-3] + bytes([data[-3] ^ 0x10]) + data[-2:] if sending and count % 3 == 0 and len(data) > 5 else data

    with slaves([SimDevice(1, simdata=registers(SDM120, "ABCD"))], wound) as terminal:
        facts = read(terminal, "sdm120", rounds=2)
    assert (facts["state"], facts["energy_wh"], facts["power_w"]) == ("ok", 1234567, 3655)
    assert count > 6
