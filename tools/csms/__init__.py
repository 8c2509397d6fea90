"""A small, real and strict OCPP 1.6J central system: the demo's other end, and the judge in the tests.

async with CentralSystem(Behaviour(accept={"04A1B2C3"})) as csms:
    point = await csms.charge_point("CP1")
    await point.call("RemoteStartTransaction", {"idTag": "04A1B2C3"})
    csms.check()        # raises if any frame, either way, broke a rule
"""

from tools.csms.behaviour import Behaviour
from tools.csms.frames import BadFrame, Frame, parse
from tools.csms.ledger import Ledger, Transaction
from tools.csms.server import CallFailed, CentralSystem, ChargePoint

__all__ = [
    "BadFrame",
    "Behaviour",
    "CallFailed",
    "CentralSystem",
    "ChargePoint",
    "Frame",
    "Ledger",
    "Transaction",
    "parse",
]
