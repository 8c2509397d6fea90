"""A sample of the meter as OCPP's SampledValue objects: measurand, unit, phase, location, context, values as text."""
from firmware.storage import records

_CONTEXTS = {
    records.PERIODIC: "Sample.Periodic",
    records.ALIGNED: "Sample.Clock",
    records.AT_BEGIN: "Transaction.Begin",
    records.AT_END: "Transaction.End",
    records.RESUMED: "Interruption.End",
}
TRIGGERED = 8  # not a record's context: an answer to TriggerMessage
_NOMINAL_V = 230


def context_name(context):
    return _CONTEXTS.get(context, "Trigger")


def meter_value(timestamp, sample, measurands, lines, context, before_wh=None):
    """{"timestamp", "sampledValue"} of one sample, None when none of `measurands` has a value.

    `sample` has the attributes of `records.Sample`, `lines` the names of its phases ("L1", …); `before_wh` is the
    register where the interval began that Energy.Active.Import.Interval tells of.
    """
    values = []
    for measurand in measurands:
        _add(values, measurand, sample, lines, before_wh)
    if not values:
        return None
    name = context_name(context)
    for value in values:
        value["context"] = name
    return {"timestamp": timestamp, "sampledValue": values}


def register_only(timestamp, wh, context):
    """The one value that is always known: the register."""
    value = _value("%d" % wh, "Energy.Active.Import.Register", "Wh")
    value["context"] = context_name(context)
    return {"timestamp": timestamp, "sampledValue": [value]}


def lines_of(spec):
    """The names of a connector's phases as it sees them."""
    return ("L1", "L2", "L3")[:spec.phases] if spec.phases > 1 else (getattr(spec, "line", None) or "L1",)


def _add(values, measurand, s, lines, before_wh):
    if measurand == "Energy.Active.Import.Register":
        values.append(_value("%d" % s.wh, measurand, "Wh"))
    elif measurand == "Energy.Active.Export.Register":
        values.append(_value("%d" % s.export_wh, measurand, "Wh"))
    elif measurand == "Energy.Active.Import.Interval":
        if before_wh is not None:
            values.append(_value("%d" % max(0, s.wh - before_wh), measurand, "Wh"))
    elif measurand == "Power.Active.Import":
        values.append(_value("%d" % max(0, s.power_w), measurand, "W"))
    elif measurand == "Power.Active.Export":
        values.append(_value("%d" % max(0, -s.power_w), measurand, "W"))
    elif measurand == "Power.Offered":
        values.append(_value("%d" % (s.offered_ma * _NOMINAL_V * len(lines) // 1000), measurand, "W"))
    elif measurand == "Power.Factor":
        values.append(_value(decimal(s.power_factor_milli, 3), measurand, None))
    elif measurand == "Current.Import":
        for line, ma in zip(lines, s.amps_ma):
            values.append(_value(decimal(ma // 10, 2), measurand, "A", line))
    elif measurand == "Current.Offered":
        values.append(_value(decimal(s.offered_ma // 100, 1), measurand, "A"))
    elif measurand == "Voltage":
        for line, mv in zip(lines, s.volts_mv):
            values.append(_value(decimal(mv // 100, 1), measurand, "V", line + "-N"))
    elif measurand == "Frequency":
        if s.frequency_mhz:
            values.append(_value(decimal(s.frequency_mhz // 10, 2), measurand, None))  # 1.6 has no unit for it
    elif measurand == "Temperature":
        if s.temperature_dc is not None:
            values.append(_value(decimal(s.temperature_dc, 1), measurand, "Celsius", None, "Body"))


def _value(text, measurand, unit, phase=None, location="Outlet"):
    value = {"value": text, "measurand": measurand, "location": location}
    if unit:
        value["unit"] = unit
    if phase:
        value["phase"] = phase
    return value


def decimal(number, places):
    """An integer of 10**-places as decimal text: (-5, 1) -> "-0.5"."""
    scale = 10 ** places
    whole, rest = divmod(abs(number), scale)
    return "%s%d.%0*d" % ("-" if number < 0 else "", whole, places, rest)
