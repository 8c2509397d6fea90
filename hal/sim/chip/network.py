"""The module `network` of the virtual chip: a station, an access point, a cable and a modem in the simulated network's weather."""

from micropython import const

chip = None

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_WRONG_PASSWORD, STAT_NO_AP_FOUND = 202, 201
PHY_W5500 = 102
ETH_INITIALIZED, ETH_STARTED, ETH_STOPPED, ETH_CONNECTED, ETH_DISCONNECTED, ETH_GOT_IP = range(6)

_ASSOCIATE_US = const(1500000)          # association and an address by DHCP
_LEASE_US = const(1000000)              # negotiation of the cable, and an address
_NOWHERE = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")
_SCAN_US = const(2000000)
_RSSI_DBM = const(-61)
_CHANNEL = const(6)


def hostname(name=None):
    if name is None:
        return chip.hostname
    if len(name) > 32:
        raise ValueError("hostname too long")
    chip.hostname = name


def country(code=None):
    if code is None:
        return "XX"


class WLAN:
    """There is one station and one access point, whoever makes the object."""

    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    SEC_OPEN, SEC_WPA2 = 0, 3

    def __init__(self, interface_id=IF_STA):
        if interface_id not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        self._if = chip.radio[interface_id]
        self._station = interface_id == 0

    def active(self, on=None):
        if on is None:
            return self._if["active"]
        self._if["active"] = bool(on)
        if not on:
            self._if["since_us"] = None

    def connect(self, ssid=None, key=None, *, bssid=None):
        """Begins to connect, and goes on trying; whether it could shows later."""
        if not self._station:
            raise OSError("STA required")
        if not self._if["active"]:
            raise OSError("Wifi Not Started")
        if self._if["since_us"] is not None:
            raise OSError("Wifi Internal State Error")
        self._if["ssid"], self._if["key"] = ssid, key
        self._if["since_us"] = chip.clock.now_us

    def disconnect(self):
        self._if["since_us"] = None

    def _hears(self):
        """An access point of that name is on the air and takes that key; None: there is none, False: not that key."""
        for ssid, key in chip.air:
            if ssid == self._if["ssid"]:
                return key == (self._if["key"] or "")
        return None

    def isconnected(self):
        if not self._station:
            return False
        since_us, up_us = self._if["since_us"], chip.up_since_us()
        if since_us is None or up_us is None or not self._hears():
            return False
        return chip.clock.now_us - max(since_us, up_us) >= _ASSOCIATE_US

    def status(self, what=None):
        if what == "rssi":
            if not self.isconnected():
                raise OSError("Wifi Not Connected")
            return _RSSI_DBM
        if what is not None:
            raise ValueError("unknown status param")
        if self.isconnected():
            return STAT_GOT_IP
        return STAT_IDLE if self._if["since_us"] is None else STAT_CONNECTING

    def scan(self):
        """Nothing else runs meanwhile."""
        if not self._if["active"]:
            raise OSError("STA must be active")
        chip.world.declare_stall(_SCAN_US)
        chip.clock.run_to(chip.clock.now_us + _SCAN_US)
        if not chip.conditions["up"]:
            return []
        return [(ssid.encode(), bytes(6), _CHANNEL, _RSSI_DBM - 10 * i, WLAN.SEC_WPA2 if key else WLAN.SEC_OPEN, False)
                for i, (ssid, key) in enumerate(chip.air)]

    def ifconfig(self):
        return _address() if self.isconnected() else _NOWHERE

    def config(self, what=None, **settings):
        """Reads one, or sets several; a name the port does not know is refused."""
        if what is not None:
            if what not in self._if["config"]:
                raise ValueError("unknown config param")
            return self._if["config"][what]
        for name, value in settings.items():
            if name not in self._if["config"]:
                raise ValueError("unknown config param")
            self._if["config"][name] = value


class LAN:
    """One W5500: the S3 has no Ethernet of its own. Switched on it looks for a cable and an address by itself."""

    def __init__(self, id=0, *, phy_type, phy_addr=0, spi=None, cs=None, int=None):
        if id != 0:
            raise ValueError("invalid LAN interface identifier")
        if phy_type != PHY_W5500:
            raise ValueError("invalid phy type")
        if spi is None or cs is None or int is None:
            raise ValueError("missing spi, cs or int")
        if chip.ethernet is None:
            raise OSError("esp_eth_init() failed")

    def active(self, on=None):
        if on is not None:
            chip.ethernet["since_us"] = chip.clock.now_us if on else None
        return chip.ethernet["since_us"] is not None

    def isconnected(self):
        return self.status() == ETH_GOT_IP

    def status(self):
        since_us, up_us = chip.ethernet["since_us"], chip.up_since_us()
        if since_us is None:
            return ETH_INITIALIZED
        if up_us is None or not chip.ethernet["cable"]:
            return ETH_DISCONNECTED
        return ETH_GOT_IP if chip.clock.now_us - max(since_us, up_us) >= _LEASE_US else ETH_CONNECTED

    def ifconfig(self):
        return _address() if self.isconnected() else _NOWHERE


class PPP:
    """Over a modem whose call is up; an address comes by itself."""

    def __init__(self, stream):
        self._since_us = None

    def connect(self):
        self._since_us = chip.clock.now_us

    def disconnect(self):
        self._since_us = None

    def isconnected(self):
        up_us = chip.up_since_us()
        if self._since_us is None or up_us is None or not chip.modem.online:
            return False
        return chip.clock.now_us - max(self._since_us, up_us) >= _LEASE_US

    def ifconfig(self):
        return _address() if self.isconnected() else _NOWHERE


def _address():
    return ("127.0.0.1", "255.0.0.0", "127.0.0.1", chip.name_server)
