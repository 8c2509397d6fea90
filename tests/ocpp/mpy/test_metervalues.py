"""Samples as OCPP writes them: units, phases, locations, contexts, and the schema's own words."""
import unittest

from firmware.ocpp import metervalues
from firmware.storage import keys, records

NOW = "2026-11-22T10:00:00Z"


class One:
    phases = 1
    line = "L2"


class Three:
    phases = 3
    line = None


def sample(volts_mv=(230140,), amps_ma=(15987,)):
    s = records.Sample()
    s.wh, s.export_wh, s.power_w, s.offered_ma = 12345, 7, 3680, 16000
    s.frequency_mhz, s.power_factor_milli, s.temperature_dc = 49987, 985, 415
    s.volts_mv, s.amps_ma = list(volts_mv), list(amps_ma)
    return s


def written(measurands, lines=("L1",), s=None, context=records.PERIODIC, before_wh=None):
    value = metervalues.meter_value(NOW, s or sample(), measurands, lines, context, before_wh)
    return value and value["sampledValue"]


class Values(unittest.TestCase):
    def one(self, measurand, **more):
        values = written((measurand,), **more)
        self.assertEqual(len(values), 1)
        self.assertEqual(values[0]["measurand"], measurand)
        return values[0]["value"], values[0].get("unit"), values[0].get("phase")

    def test_energy_power_and_what_is_offered(self):
        self.assertEqual(self.one("Energy.Active.Import.Register"), ("12345", "Wh", None))
        self.assertEqual(self.one("Energy.Active.Export.Register"), ("7", "Wh", None))
        self.assertEqual(self.one("Power.Active.Import"), ("3680", "W", None))
        self.assertEqual(self.one("Current.Offered"), ("16.0", "A", None))
        self.assertEqual(self.one("Power.Offered"), ("3680", "W", None))
        self.assertEqual(self.one("Power.Offered", lines=("L1", "L2", "L3")), ("11040", "W", None))

    def test_interval_needs_a_register_before(self):
        self.assertEqual(self.one("Energy.Active.Import.Interval", before_wh=12000), ("345", "Wh", None))
        self.assertIsNone(written(("Energy.Active.Import.Interval",)))

    def test_volts_are_line_to_neutral_and_amperes_of_the_line(self):
        self.assertEqual(self.one("Voltage"), ("230.1", "V", "L1-N"))
        self.assertEqual(self.one("Current.Import"), ("15.98", "A", "L1"))

    def test_three_phases_are_three_values_each(self):
        s = sample((230000, 231000, 229000), (1000, 2000, 3000))
        values = written(("Voltage", "Current.Import"), metervalues.lines_of(Three), s)
        self.assertEqual([v["phase"] for v in values], ["L1-N", "L2-N", "L3-N", "L1", "L2", "L3"])
        self.assertEqual([v["value"] for v in values], ["230.0", "231.0", "229.0", "1.00", "2.00", "3.00"])

    def test_outlet_on_another_line_says_so(self):
        self.assertEqual(metervalues.lines_of(One), ("L2",))

    def test_frequency_and_power_factor_have_no_unit_in_1_6(self):
        self.assertEqual(self.one("Frequency"), ("49.98", None, None))
        self.assertEqual(self.one("Power.Factor"), ("0.985", None, None))

    def test_temperature_is_of_the_body(self):
        self.assertEqual(self.one("Temperature"), ("41.5", "Celsius", None))
        self.assertEqual(written(("Temperature",))[0]["location"], "Body")
        s = sample()
        s.temperature_dc = None
        self.assertIsNone(written(("Temperature",), s=s))

    def test_every_supported_measurand_gives_a_value(self):
        for measurand in keys.MEASURANDS:
            self.assertTrue(written((measurand,), before_wh=0), measurand)

    def test_contexts_are_the_standards(self):
        for context, name in ((records.PERIODIC, "Sample.Periodic"), (records.ALIGNED, "Sample.Clock"),
                              (records.AT_BEGIN, "Transaction.Begin"), (records.AT_END, "Transaction.End"),
                              (metervalues.TRIGGERED, "Trigger")):
            self.assertEqual(written(("Voltage",), context=context)[0]["context"], name)

    def test_no_measurand_is_no_meter_value(self):
        self.assertIsNone(written(()))

    def test_decimal_of_negative_numbers(self):
        self.assertEqual(metervalues.decimal(-5, 1), "-0.5")
        self.assertEqual(metervalues.decimal(1050, 3), "1.050")


if __name__ == "__main__":
    unittest.main()
