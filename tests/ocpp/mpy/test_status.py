"""Facts of a connector as OCPP's status and errorCode, and when they are told."""
import asyncio
import unittest

from firmware.ocpp import status
from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.status import StatusReporter
from firmware.safety import faults
from tests.storage.ramflash import FakeClock

CODES = ("ConnectorLockFailure EVCommunicationError GroundFailure HighTemperature InternalError LocalListConflict NoError "
         "OtherError OverCurrentFailure OverVoltage PowerMeterFailure PowerSwitchFailure ReaderFailure ResetFailure "
         "UnderVoltage WeakSignal").split()
STATUSES = ("Available Preparing Charging SuspendedEVSE SuspendedEV Finishing Reserved Unavailable Faulted").split()


class Book:
    active = 0


class Unit:
    def __init__(self):
        self.book = Book()

    def told(self, row):
        return row.text

    @property
    def faults(self):
        return faults.those(self.book.active)


class Session:
    pass


class Connector:
    def __init__(self, number=1):
        self.id = number
        self.unit = Unit()
        self.session = None
        self.status = "available"
        self.plugged = False
        self.spent = False
        self.why = "why"

    def fault(self, name):
        self.unit.book.active |= faults.bits([name])


class Mapping(unittest.TestCase):
    def setUp(self):
        self.one = Connector()

    def said(self):
        said = status.of(self.one)
        return said.status, said.code

    def test_states_have_their_standard_names(self):
        for inside, told in (("available", "Available"), ("preparing", "Preparing"), ("charging", "Charging"),
                             ("suspended_vehicle", "SuspendedEV"), ("suspended_charger", "SuspendedEVSE"),
                             ("finishing", "Finishing"), ("reserved", "Reserved"), ("unavailable", "Unavailable")):
            self.one.status = inside
            self.assertEqual(self.said(), (told, "NoError"))

    def test_every_fault_of_the_table_is_told_in_the_standards_words(self):
        for row in faults.rows():
            self.one.unit.book.active = faults.bits([row.name])
            said = status.of(self.one)
            self.assertIn(said.code, CODES)
            self.assertNotEqual(said.code, "NoError")
            self.assertIn(said.status, STATUSES)
            self.assertTrue(len(said.info) <= 50 and len(said.vendor) <= 50, row.name)

    def test_residual_current_is_faulted_with_ground_failure(self):
        self.one.fault("residual")
        self.assertEqual(self.said(), ("Faulted", "GroundFailure"))

    def test_derating_goes_on_charging_and_says_it_is_hot(self):
        self.one.session, self.one.status = Session(), "charging"
        self.one.fault("temperature_derate")
        self.assertEqual(self.said(), ("Charging", "HighTemperature"))

    def test_pilot_error_suspends_a_session_and_is_no_fault(self):
        self.one.fault("pilot_invalid")
        self.assertEqual(self.said(), ("Available", "EVCommunicationError"))
        self.one.session, self.one.status = Session(), "charging"
        self.assertEqual(self.said(), ("SuspendedEVSE", "EVCommunicationError"))

    def test_gravest_fault_is_told(self):
        self.one.fault("under_voltage")
        self.one.fault("welded")
        self.assertEqual(self.said(), ("Faulted", "PowerSwitchFailure"))

    def test_fault_that_has_just_gone_is_never_faulted_without_an_error(self):
        self.one.status = "faulted"
        self.assertEqual(self.said(), ("Available", "NoError"))
        self.one.plugged = True
        self.assertEqual(self.said(), ("Preparing", "NoError"))

    def test_why_it_does_not_charge_is_told_and_fits(self):
        for inside, info in (("suspended_charger", "why"), ("suspended_vehicle", "why"), ("preparing", "why"), ("charging", ""),
                             ("available", "")):
            self.one.status = inside
            self.assertEqual(status.of(self.one).info, info)
        self.one.status, self.one.why = "suspended_charger", "x" * 60
        self.assertEqual(len(status.of(self.one).info), 50)

    def test_a_fault_is_told_with_all_there_is_to_say_of_it(self):
        self.one.unit.told = lambda row: row.text + ": L1"
        self.one.fault("welded")
        self.assertEqual(status.of(self.one).info, "contactor is welded: a pole stays live: L1"[:50])


class Charger:
    def __init__(self):
        self.connectors = [Connector(1), Connector(2)]
        self.out = False

    def operative(self, connector):
        return not self.out


class Log:
    def warning(self, source, text):
        pass


class Central:
    def __init__(self):
        self.clock = FakeClock(10, 1795341600)
        self.charger = Charger()
        self.settings = {"MinimumStatusDuration": 5}
        self.log = Log()
        self.ready = asyncio.Event()
        self.sent = []
        self.silent = 0

    def may_answer(self):
        return self.ready.is_set()

    async def call(self, action, payload):
        if self.silent:
            self.silent -= 1
            raise Unanswered(action)
        self.sent.append((payload["connectorId"], payload["status"], payload["errorCode"]))
        return {}


class Telling(unittest.TestCase):
    def setUp(self):
        self.central = Central()
        self.reporter = StatusReporter(self.central)
        self.one = self.central.charger.connectors[0]

    async def tell(self):
        """What is told when looked at now."""
        self.central.sent = []
        self.reporter.look()
        task = asyncio.create_task(self.reporter.run())
        await asyncio.sleep_ms(5)
        task.cancel()
        await asyncio.sleep_ms(0)
        return self.central.sent

    async def test_nothing_is_told_before_registration_and_all_after_it(self):
        self.assertEqual(await self.tell(), [])
        self.central.ready.set()
        self.assertEqual(await self.tell(), [(0, "Available", "NoError"), (1, "Available", "NoError"),
                                             (2, "Available", "NoError")])
        self.assertEqual(await self.tell(), [])

    async def test_status_shorter_than_the_minimum_is_not_told(self):
        self.central.ready.set()
        await self.tell()
        self.one.status = "preparing"
        self.assertEqual(await self.tell(), [])
        self.central.clock.advance(4000)
        self.assertEqual(await self.tell(), [])
        self.one.status = "available"
        self.central.clock.advance(4000)
        self.assertEqual(await self.tell(), [])

    async def test_status_that_lasts_is_told_once(self):
        self.central.ready.set()
        await self.tell()
        self.one.status = "preparing"
        await self.tell()
        self.central.clock.advance(5000)
        self.assertEqual(await self.tell(), [(1, "Preparing", "NoError")])
        self.assertEqual(await self.tell(), [])

    async def test_after_an_outage_only_what_changed_is_told(self):
        self.central.ready.set()
        await self.tell()
        self.central.ready.clear()
        self.central.charger.connectors[1].status = "preparing"
        self.assertEqual(await self.tell(), [])
        self.central.clock.advance(60000)
        self.central.ready.set()
        self.assertEqual(await self.tell(), [(2, "Preparing", "NoError")])

    async def test_what_was_not_answered_is_told_again(self):
        self.central.ready.set()
        self.central.silent = 1
        self.assertIn((0, "Available", "NoError"), await self.tell())

    async def test_whole_charger_out_of_service_is_connector_0(self):
        self.central.ready.set()
        await self.tell()
        self.central.charger.out = True
        await self.tell()
        self.central.clock.advance(5000)
        self.assertEqual(await self.tell(), [(0, "Unavailable", "NoError")])

    async def test_emergency_stop_is_told_of_connector_0_too(self):
        self.one.fault("emergency_stop")
        self.central.ready.set()
        self.assertEqual((await self.tell())[0], (0, "Faulted", "OtherError"))

    async def test_asked_for_it_comes_at_once(self):
        self.central.ready.set()
        await self.tell()
        self.reporter.again(2)
        self.assertEqual(await self.tell(), [(2, "Available", "NoError")])


if __name__ == "__main__":
    unittest.main()
