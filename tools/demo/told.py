"""OCPP frames in words: what a charger and its central system say to each other, with the figures they say it of."""

from tools.csms.frames import CALL, RESULT
from tools.csms.ledger import ENERGY

_UNTOLD = {"Heartbeat", "DataTransfer"}


class Teller:
    """Remembers what the frames refer to: which call an answer answers, which register a transaction began at."""

    def __init__(self):
        self._asked = {}  # message id -> (action, payload)
        self._told = set()
        self._began_wh = {}  # transaction -> register

    def tell(self, frame, from_charger):
        """(what, figures): figures are (amperes, Wh of the transaction) or None. None for a frame that says nothing new
        or was told before."""
        if (frame.kind, frame.unique_id) in self._told:
            return None
        self._told.add((frame.kind, frame.unique_id))
        asked = {}
        if frame.kind == CALL:
            self._asked[frame.unique_id] = frame.action, frame.payload
        else:
            frame.action, asked = self._asked.pop(frame.unique_id, ("?", {}))
        if frame.action in _UNTOLD:
            return None
        if frame.kind == CALL:
            arrow = "→" if from_charger else "←"
            words = getattr(self, "_" + frame.action, self._other)(frame.payload)
            return words and (f"{arrow} {frame.action}{words[0]}", words[1] if len(words) > 1 else None)
        if frame.kind == RESULT:
            words = getattr(self, f"_{frame.action}_conf", self._other_conf)(frame.payload, asked)
            return words and (words if frame.action + "_conf" in _PLAIN else f"{frame.action}: {words}", None)
        return f"{frame.action} refused: {frame.error_code} {frame.error_text}", None

    def _other(self, p):
        return (f" {', '.join(f'{name} {value}' for name, value in p.items())}",)

    def _BootNotification(self, p):
        return (f": {p['chargePointVendor']} {p['chargePointModel']}",)

    def _StatusNotification(self, p):
        error = "" if p["errorCode"] == "NoError" else f", {p['errorCode']} {p.get('vendorErrorCode', '')}".rstrip()
        return (f": connector {p['connectorId']} is {p['status']}{error}",) if p["connectorId"] else None

    def _SecurityEventNotification(self, p):
        return (f": {p['type']}",)

    def _Authorize(self, p):
        return (f": may {p['idTag']} charge?",)

    def _StartTransaction(self, p):
        return (f" by {p['idTag']}, register {p['meterStart']} Wh",)

    def _StopTransaction(self, p):
        wh = p["meterStop"] - self._began_wh.get(p["transactionId"], p["meterStop"])
        return f" {p['transactionId']}: {p.get('reason', 'Local')}, register {p['meterStop']} Wh", (0, wh)

    def _MeterValues(self, p):
        values = {}
        for sample in p["meterValue"][-1]["sampledValue"]:
            values.setdefault(sample.get("measurand", ENERGY), []).append(sample["value"])
        register = float(values.get(ENERGY, [0])[0])
        amps = max(float(value) for value in values.get("Current.Import", [0]))
        power = f", {float(values['Power.Active.Import'][0]) / 1000:.2f} kW" if "Power.Active.Import" in values else ""
        wh = register - self._began_wh.get(p.get("transactionId"), register)
        return f": register {register:g} Wh{power}", (amps, wh)

    def _BootNotification_conf(self, p, asked):
        return f"welcome: {p['status']}; it is {p['currentTime']}"

    def _Authorize_conf(self, p, asked):
        return f"{asked['idTag']} is {p['idTagInfo']['status']}"

    def _StartTransaction_conf(self, p, asked):
        self._began_wh[p["transactionId"]] = asked["meterStart"]
        return f"transaction {p['transactionId']}, {p['idTagInfo']['status']}"

    def _StopTransaction_conf(self, p, asked):
        return f"transaction {asked['transactionId']} is closed"

    def _other_conf(self, p, asked):
        return p.get("status")


# Answers whose words say themselves what they answer.
_PLAIN = {name[1:] for name in vars(Teller) if name.endswith("_conf")}
