"""What the central system answers to each call of a charge point, once the frame has passed the schema."""

from datetime import timedelta

from tools.csms.frames import stamp

CLOCK_S = 1.5  # two clocks may count an interval so differently


class Answers:
    """The operator's desk for one charge point: a method for every action a charge point may call."""

    def __init__(self, point):
        self._point = point
        self._unique_id = None

    def answer(self, call):
        """The answer to this CALL, and the rules its request broke."""
        self._unique_id = call.unique_id
        return getattr(self, "_" + call.action)(call.payload)

    def _BootNotification(self, payload):
        point, behaviour = self._point, self._point.behaviour
        status = behaviour.next_boot()
        interval_s = behaviour.interval_s if status == "Accepted" else behaviour.retry_s
        talk = point.conversation
        talk.registration = status
        talk.boot_due = None if status == "Accepted" else point.now() + timedelta(seconds=interval_s - CLOCK_S)
        point.boots.append(payload)
        return {"status": status, "currentTime": self._time(), "interval": interval_s}, []

    def _Heartbeat(self, payload):
        return {"currentTime": self._time()}, []

    def _time(self):
        return stamp(self._point.now() + timedelta(seconds=self._point.behaviour.shift_s))

    def _Authorize(self, payload):
        return {"idTagInfo": self._point.behaviour.id_tag_info(payload["idTag"])}, []

    def _StatusNotification(self, payload):
        return {}, self._point.conversation.notification(payload)

    def _StartTransaction(self, payload):
        point = self._point
        one, broken = point.ledger.start(point.id, payload, point.has_heard("Start"))
        info = point.behaviour.id_tag_info(payload["idTag"])
        one.status = info["status"]
        point.tells("Start", one, self._unique_id)
        return {"transactionId": one.id, "idTagInfo": info}, broken

    def _MeterValues(self, payload):
        return {}, self._point.ledger.values(self._point.id, payload)

    def _StopTransaction(self, payload):
        point = self._point
        one, broken = point.ledger.stop(point.id, payload, point.has_heard("Stop"))
        if one is not None:
            point.tells("Stop", one, self._unique_id)
        answer = {"idTagInfo": point.behaviour.id_tag_info(payload["idTag"])} if "idTag" in payload else {}
        return answer, broken

    def _DataTransfer(self, payload):
        return {"status": "UnknownVendorId"}, []

    def _FirmwareStatusNotification(self, payload):
        return {}, []

    def _DiagnosticsStatusNotification(self, payload):
        return {}, []

    def _SecurityEventNotification(self, payload):
        return {}, []

    def _LogStatusNotification(self, payload):
        return {}, []

    def _SignedFirmwareStatusNotification(self, payload):
        return {}, []

    def _SignCertificate(self, payload):
        return {"status": self._point.behaviour.certify}, []
