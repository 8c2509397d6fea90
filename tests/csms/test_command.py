"""`rudved csms` as a person at its prompt has it, and the same central system behind TLS."""

import asyncio
import json
import re
import ssl
import subprocess
import sys
from pathlib import Path

from websockets.asyncio.client import connect

from tests.csms.certificates import authority
from tests.csms.fake import FakePoint, run, ten_o_clock
from tools.csms import CentralSystem

RUDVED = Path(sys.executable).with_name("rudved")


@run
async def test_a_person_sees_frames_in_words_and_types_calls():
    process = await asyncio.create_subprocess_exec(
        RUDVED, "csms", "--port", "0", "--accept", "04A1B2C3",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    greeting = (await process.stdout.readline()).decode()
    url = re.search(r"ws://\S+/ocpp", greeting).group()
    async with connect(url + "/BENCH", subprotocols=["ocpp1.6"]) as socket:
        boot = {"chargePointVendor": "Rudved", "chargePointModel": "Fake"}
        await socket.send(json.dumps([2, "1", "BootNotification", boot]))
        await socket.recv()
        process.stdin.write(b"nonsense\nreset hard\n")
        _, unique_id, action, payload = json.loads(await socket.recv())
        assert (action, payload) == ("Reset", {"type": "Hard"})
        await socket.send(json.dumps([3, unique_id, {"status": "Perhaps"}]))
        await asyncio.sleep(0.1)
    process.stdin.write(b"book\nquit\n")
    told = (await process.communicate())[0].decode()
    assert process.returncode == 1  # a rule was broken
    for words in ("BENCH > BootNotification", "'nonsense' is no command", "BENCH < Reset  type Hard", "'Perhaps'"):
        assert words in told


def test_quit_ends_it_in_peace():
    ended = subprocess.run([RUDVED, "csms", "--port", "0"], input="quit\n", capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0 and "central system at ws://" in ended.stdout


@run
async def test_a_charger_may_come_over_tls(tmp_path):
    certificate, server = authority(tmp_path, "csms")
    client = ssl.create_default_context(cafile=certificate)
    async with CentralSystem(clock=ten_o_clock(), ssl=server) as csms:
        assert csms.url.startswith("wss://")
        async with FakePoint(csms, ssl=client) as point:
            assert (await point.boot())["status"] == "Accepted"
