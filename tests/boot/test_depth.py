"""The program fits the chip's stack: 16 kB, of which the port keeps 1 kB back and needs about 2 kB of its own.

A method's call takes 416 bytes in this interpreter and 304 in one of 32 bits (x86). On the chip it takes 336: frames of Xtensa's
windowed registers as gcc 12 makes them of MicroPython 1.26's py/ with -O2, as the port does (`-mabi=windowed -fstack-usage`),
and the same variables. A function's call takes 400, 256 and 296; an import 690 bytes there and 940 in that of 32 bits: a chain
with imports takes less of the chip than is reckoned here.
"""

import asyncio

import pytest

from tests.boot.depth import PRINT, found, instrument
from tests.boot.unit import build, flash, switch_on
from tests.csms.fake import run
from tools.csms import CentralSystem

BOARD = "rudved_ac7"
BUDGET = 13300
ON_CHIP = {8: 336 / 416, 4: 336 / 304}  # by bytes of a word of the interpreter at hand
TYPED = b"""\
help\rstatus\rwhy\rscope\rfaults\rocpp\rwifi\rlog 20\rsession list\rsession show 1\rconfig get\rconfig set MaxCurrentA 10
config diff\rconfig commit\rconfig confirm\rconfig history\rconfig export\rmeter read\rmeter identify\rcard list
card add 04A1B2C3\rcard remove 04A1B2C3\rcommission status\rcommission begin\rcommission step board\rcommission record
update status\rsupport-bundle\rtest led\r
"""
PROFILE = {
    "chargingProfileId": 1, "stackLevel": 1, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Relative",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]},
}
ASKED = (
    ("GetConfiguration", {}), ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
    ("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": PROFILE}),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": 600}), ("ClearChargingProfile", {}),
    ("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [{"idTag": "A1"}]}),
    ("GetLocalListVersion", {}), ("TriggerMessage", {"requestedMessage": "MeterValues"}),
    ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
    ("GetInstalledCertificateIds", {"certificateType": "CentralSystemRootCertificate"}),
    ("GetDiagnostics", {"location": "http://127.0.0.1:9/"}), ("RemoteStopTransaction", {"transactionId": 1001}),
)


async def ask(csms):
    """The central system asks for a bit of everything while the car charges."""
    point = await csms.charge_point("NEW-1")
    await point.received("StartTransaction")
    for action, payload in ASKED:
        await point.call(action, payload, strict=False)


@run
@pytest.mark.prove
async def test_deepest_chain_of_calls_and_the_tick_on_top_of_it_fit_the_chips_stack(tmp_path):
    async with CentralSystem() as csms:
        built = build(BOARD, tmp_path, csms)
        files, places = instrument(built)
        asking = asyncio.create_task(ask(csms))
        said, _, _ = await switch_on(built, flash(built, built.root | files), True, 60, TYPED, PRINT)
        await asking
        assert said.count("installer> ") >= 20 and "UNKNOWN" not in said
        word, used = found(said, places)
        deepest = {name: (int(rows[0][0] * ON_CHIP[word]), rows[0][1]) for name, rows in used.items()}
        print(deepest)
        assert all(use > 2000 for use, _ in deepest.values())
        assert deepest["boot"][0] < BUDGET, deepest
        assert deepest["deep"][0] + deepest["tick"][0] < BUDGET, deepest
