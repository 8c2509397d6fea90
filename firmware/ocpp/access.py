"""How the charger gets in at the central system: security profiles 0 to 3, and back to the old way if a new one fails.

A password or a profile that the central system changes is a trial until a connection stands: three attempts the new way,
three the old way, and so on; what succeeds stays. So nobody is locked out, by a mistake or by a power cut on the way.
"""
import json
from binascii import b2a_base64, unhexlify

from micropython import const

from firmware.ocpp.url import Endpoint
from firmware.storage.credentials import CENTRAL
from firmware.storage.journal import JournalFull
from firmware.storage.values import SettingError

PASSWORD = const(1)
TLS = const(2)
MUTUAL = const(3)
_ATTEMPTS = const(3)
_PAUSE_S = const(3600)                  # between two security events about the same trouble
# What TLS says of a peer, as far as it is told apart: words of it -> security event
_TROUBLES = (
    ("PROTOCOL_VERSION", "InvalidTLSVersion"), ("CIPHER", "InvalidTLSCipherSuite"),
    ("ertificate", "InvalidCentralSystemCertificate"), ("CN does not match", "InvalidCentralSystemCertificate"),
)


class Access:
    """`stall` (charging.stall) is what a handshake with a closed contactor needs, `security` the log of security events.

    `WAYS` are the settings that say how.
    """

    WAYS = ("SecurityProfile", "AuthorizationKey")

    def __init__(self, settings, credentials, stall, security, log, serial):
        self._settings = settings
        self._credentials = credentials
        self._security = security
        self._log = log
        self._serial = serial
        self._failed = 0
        self._hex = True
        self.stall = stall

    # Connecting

    def way(self):
        """(Endpoint, header lines, `tls` for hal.network.connect) of the next attempt. ValueError for a bad address."""
        get = self._settings.get
        identity = get("ChargePointId") or self._serial
        profile, key = self._now()
        url = get("CsmsUrl")
        if profile >= TLS and url.startswith("ws:"):
            url = "wss:" + url[3:]
        to = Endpoint(url, identity)
        headers = []
        if key and profile != MUTUAL:
            pair = (identity + ":").encode() + self._password(key)
            headers.append("Authorization: Basic " + b2a_base64(pair)[:-1].decode())
        return to, headers, self._credentials.tls(profile in (0, MUTUAL)) if to.secure else None

    def succeeded(self):
        """A connection stands: this way stays."""
        before = self._before()
        old = self._old_turn(before)
        self._failed = 0
        if before is None:
            try:
                self._credentials.confirm()
            except OSError as error:
                self._log.warning("ocpp", "certificate not settled: %s" % (error,))
            return
        changes = {"AccessBefore": ""}
        if old:
            self._log.warning("ocpp", "the new way in does not work: back to security profile %d" % before[0])
            changes.update(zip(self.WAYS, before))
        self._keep(changes)

    def refused(self, error):
        """An attempt failed with this exception."""
        text = " ".join(str(error).split())
        shown = self._now()[0] == MUTUAL and "FATAL_ALERT" in text
        if shown or " 401" in text or " 403" in text:
            self._hex = not self._hex   # some central systems take the digits for the password itself
            self._security.put("FailedToAuthenticateAtCentralSystem", text, _PAUSE_S)
        elif "FATAL_ALERT" in text:     # nothing of ours was shown: it is the cipher, or the version, that it cannot do
            self._security.put("InvalidTLSCipherSuite", text, _PAUSE_S)
        else:
            for words, kind in _TROUBLES:
                if words in text:
                    self._security.put(kind, text, _PAUSE_S)
                    break
        self._failed += 1
        if self._failed % _ATTEMPTS == 0 and self._before() is None and self._credentials.turn():
            self._log.warning("ocpp", "no connection with this certificate: now with the other one")

    # Changing the way

    def change(self, name, value):
        """ChangeConfiguration of SecurityProfile or AuthorizationKey: its status."""
        get = self._settings.get
        now, key = get("SecurityProfile"), get("AuthorizationKey")
        if not (self._possible(value, now, key) if name == "SecurityProfile" else value):
            return "Rejected"           # nor is a password taken away from afar
        before = get("AccessBefore") or json.dumps([now, key])
        self._failed = 0
        return "Accepted" if self._keep({name: value, "AccessBefore": before}) else "Rejected"

    def _possible(self, value, now, key):
        """A profile never goes down from afar, and what it needs must be there."""
        if not value.isdigit() or len(value) != 1 or int(value) < now:
            return False
        wanted = int(value)
        if wanted in (PASSWORD, TLS) and not key:
            why = "no AuthorizationKey"
        elif wanted >= TLS and not self._credentials.names(CENTRAL):
            why = "no CentralSystemRootCertificate"
        elif wanted == MUTUAL and not self._credentials.client():
            why = "no certificate of the charger's own"
        else:
            return True
        self._log.warning("ocpp", "security profile %d refused: %s" % (wanted, why))
        return False

    def _keep(self, changes):
        try:
            self._settings.apply(changes, inside=True)
            return True
        except (SettingError, JournalFull, OSError) as error:
            self._log.warning("ocpp", str(error))
            return False

    def _before(self):
        """(security profile, password) before the trial; None when none is on."""
        text = self._settings.get("AccessBefore")
        return json.loads(text) if text else None

    def _old_turn(self, before):
        return before is not None and self._failed // _ATTEMPTS % 2 == 1

    def _now(self):
        """(security profile, password) of this attempt."""
        before = self._before()
        return before if self._old_turn(before) else [self._settings.get(name) for name in self.WAYS]

    def _password(self, key):
        """An even number of 32 to 40 hex digits stands for the bytes they write (whitepaper, A01); all else for itself."""
        if self._hex and len(key) >= 32 and len(key) % 2 == 0:
            try:
                return unhexlify(key)
            except ValueError:
                pass
        return key.encode()
