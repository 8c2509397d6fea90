"""How the central system behaves: the operator's choices, and the troubles a test wants a charger to live through."""

from dataclasses import dataclass, field

EVERY_ACTION = "*"


@dataclass
class Behaviour:
    """Read anew at every frame, so it may be changed while the central system runs.

    Dictionaries of troubles are keyed by action, or "*" for each; a count is used up as it happens, None lasts.
    """

    # The boot answers in turn; the last one stays. Each is "Accepted", "Pending" or "Rejected".
    boot: list = field(default_factory=lambda: ["Accepted"])
    # The heartbeat interval with Accepted, the time to the next BootNotification with the other two.
    interval_s: int = 300
    retry_s: int = 10
    # None accepts every idTag; otherwise whoever is not in `accept` nor in `tags` is Invalid.
    accept: set | None = None
    # idTag -> "Blocked", "Expired", "Invalid", "ConcurrentTx", "Accepted".
    tags: dict = field(default_factory=dict)
    parents: dict = field(default_factory=dict)
    # Seconds before an answer, by action.
    delay_s: dict = field(default_factory=dict)
    # The request is taken in and its answer lost, so many times.
    silent: dict = field(default_factory=dict)
    # A CALLERROR instead of an answer, so many times.
    errors: dict = field(default_factory=dict)
    error_code: str = "InternalError"
    # The same answer sent twice, so many times.
    twice: dict = field(default_factory=dict)
    # An answer that breaks the schema of its action, so many times; the request is taken in.
    malformed: dict = field(default_factory=dict)
    # Likewise, and the socket is closed, so many times.
    hang_up: dict = field(default_factory=dict)
    # An HTTP status (503, 404, 302) that refuses every connection.
    refuse: int | None = None
    # How far the time it tells lies beside the true one, seconds.
    shift_s: float = 0.0
    # The WebSocket subprotocols on offer; an empty list never confirms one.
    subprotocols: list = field(default_factory=lambda: ["ocpp1.6"])
    # charge point (None: any other) -> password (str or bytes). None instead of the dict asks nobody for one.
    passwords: dict | None = None
    # A CALL is held against "one outstanding call" only so long after its predecessor went unanswered.
    patience_s: float = 25.0
    # The answer to SignCertificate: "Accepted" or "Rejected". Signing itself is somebody else's work.
    certify: str = "Rejected"
    # How far a timestamp may lie in this clock's future; None does not look.
    ahead_s: float | None = 60.0

    def id_tag_info(self, id_tag):
        """The idTagInfo the operator gives to this card. Case does not matter (OCPP 1.6, CiString20Type)."""
        tag = id_tag.upper()
        status = {known.upper(): how for known, how in self.tags.items()}.get(tag)
        if status is None:
            welcome = self.accept is None or tag in {known.upper() for known in self.accept}
            status = "Accepted" if welcome else "Invalid"
        info = {"status": status}
        if tag in self.parents:
            info["parentIdTag"] = self.parents[tag]
        return info

    def next_boot(self):
        return self.boot.pop(0) if len(self.boot) > 1 else self.boot[0]

    @staticmethod
    def takes(troubles, action):
        """Whether this trouble strikes now; uses one up."""
        for key in (action, EVERY_ACTION):
            if key in troubles:
                left = troubles[key]
                if left is None:
                    return True
                if left > 0:
                    troubles[key] = left - 1
                    return True
        return False
