"""The module `network` of the virtual chip: a station, an access point, a cable and a modem in the simulated network's weather."""

import errno

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
_LEFT = const(8)                        # the reason that stands there after disconnect()


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
    """There is one station and one access point, whoever makes the object.

    The station tries for ever to join the network it was told. While it tries it takes no other (`connect`), hears none
    (`scan` gives an empty list at once), and `config` does what it is told but says that it could not; `status` shows the
    last refusal, also after a new `connect`.
    """

    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    SEC_OPEN, SEC_WPA2 = 0, 3

    def __init__(self, interface_id=IF_STA):
        if chip.radio is None:
            raise OSError("WiFi Out of Memory")
        if interface_id not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        self._if = chip.radio[interface_id]
        self._station = interface_id == 0

    def active(self, on=None):
        if on is not None:
            self._if["active"] = bool(on)
            if not on:
                self._if["since_us"] = None
        return self._if["active"]

    def connect(self, ssid=None, key=None, *, bssid=None):
        """Begins to connect, and goes on trying; whether it could shows later."""
        station = self._started()
        if self._tries():
            raise OSError("Wifi Internal Error")
        station["ssid"], station["key"] = ssid, key
        station["since_us"] = chip.clock.now_us

    def disconnect(self):
        station = self._started()
        station["since_us"] = None
        station["reason"] = _LEFT

    def isconnected(self):
        """Of the access point: whether a station is in it, which none ever is here."""
        return self._station and self._joined()

    def status(self, what=None):
        if what == "rssi":
            if not self._station:
                raise OSError("STA required")
            if not self._joined():
                raise OSError("Wifi Not Connected")
            return _RSSI_DBM
        if what is not None:
            raise ValueError("unknown status param")
        if not self._station:
            return None
        tries, reason = self._tries(), self._if["reason"]
        if self._joined():
            return STAT_GOT_IP
        if reason in (STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD):
            return reason
        return STAT_CONNECTING if tries and reason != _LEFT else STAT_IDLE

    def scan(self):
        """Nothing else runs meanwhile."""
        if not chip.radio[0]["active"]:
            raise OSError("STA must be active")
        if self._tries():
            return []
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
        if what is not None and settings:
            raise TypeError("either pos or kw args are allowed")
        if what is not None:
            if what not in self._if["config"] or what == "key":
                raise ValueError("unknown config param")
            self._whose(what, ("security",))
            return self._if["config"][what]
        if not settings:
            raise TypeError("can query only one param")
        for name, value in settings.items():
            if name not in self._if["config"]:
                raise ValueError("unknown config param")
            self._whose(name, ("ssid", "security", "key"))
            self._if["config"][name] = value
        self._take()

    def _take(self):
        """The driver takes all settings of the interface, whichever were told."""
        if not self._if["active"]:
            raise OSError("Wifi Invalid Mode")
        told = self._if["config"]
        if self._station and self._tries():
            raise OSError("Wifi Internal Error")
        if not self._station and told["security"] != WLAN.SEC_OPEN and len(told["key"].encode()) < 8:
            raise OSError("Wifi Invalid Password")

    def _whose(self, name, points):
        """Some settings are the access point's alone, one is the station's."""
        if self._station and name in points:
            raise OSError("AP required")
        if not self._station and name == "reconnects":
            raise OSError("STA required")

    def _started(self):
        """The station, of which all that joins and leaves is told, whichever interface was asked."""
        if not chip.radio[0]["active"]:
            raise OSError("Wifi Not Started")
        return chip.radio[0]

    def _hears(self):
        """An access point of that name is on the air and takes that key; None: there is none, False: not that key."""
        station = chip.radio[0]
        for ssid, key in chip.air if chip.conditions["up"] else ():
            if ssid == station["ssid"]:
                return key == (station["key"] or "")
        return None

    def _joined(self):
        station, up_us = chip.radio[0], chip.up_since_us()
        since_us = station["since_us"]
        if since_us is None or up_us is None or not self._hears():
            return False
        if chip.clock.now_us - max(since_us, up_us) < _ASSOCIATE_US:
            return False
        station["reason"] = 0
        return True

    def _tries(self):
        """Told to join, and not in. What came of it shows after the time a join takes."""
        station = chip.radio[0]
        if station["since_us"] is None or self._joined():
            return False
        heard = self._hears()
        if not heard and chip.clock.now_us - station["since_us"] >= _ASSOCIATE_US:
            station["reason"] = STAT_NO_AP_FOUND if heard is None else STAT_WRONG_PASSWORD
        return True


class LAN:
    """One W5500: the S3 has no Ethernet of its own. Switched on it looks for a cable and an address by itself.

    `status` and `isconnected` are as in MicroPython up to 1.28: once Wi-Fi has got an address they show that event as if it
    were the cable's ("started"), until the cable's next (network_lan.c, eth_event_handler).
    """

    def __init__(self, id=0, *, phy_type, phy_addr, spi=None, cs=None, int=None):
        if id not in (0, None):
            raise ValueError("invalid LAN interface identifier")
        if not 0 <= phy_addr <= 31:
            raise ValueError("invalid phy address")
        if phy_type != PHY_W5500:
            raise ValueError("invalid phy type")
        if spi is None or cs is None or int is None:
            raise ValueError("missing spi, cs or int")
        if chip.ethernet is None:
            raise OSError("esp_eth_driver_install failed")

    def active(self, on=None):
        told = chip.ethernet
        if on is not None and on != (told["since_us"] is not None):
            told["since_us"] = chip.clock.now_us if on else None
        return told["since_us"] is not None

    def isconnected(self):
        return self.status() == ETH_GOT_IP

    def status(self):
        state = self._state()
        joined = WLAN()._joined() and chip.radio[0]["since_us"] if chip.radio else False
        if state == ETH_GOT_IP and joined and joined >= chip.ethernet["since_us"]:
            return ETH_STARTED
        return state

    def _state(self):
        since_us, up_us = chip.ethernet["since_us"], chip.up_since_us()
        if since_us is None:
            return ETH_INITIALIZED
        if up_us is None or not chip.ethernet["cable"]:
            return ETH_DISCONNECTED
        return ETH_GOT_IP if chip.clock.now_us - max(since_us, up_us) >= _LEASE_US else ETH_CONNECTED

    def ifconfig(self):
        return _address() if self._state() == ETH_GOT_IP else _NOWHERE


class PPP:
    """Over a modem whose call is up; an address comes by itself. The stream's interrupt of an idle line is PPP's meanwhile."""

    def __init__(self, stream):
        self._stream = stream
        self._since_us = None
        self._on = False

    def active(self, on=None):
        if on is not None and on != self._on:
            self._on = bool(on)
            self._since_us = None
            self._stream.irq(*((lambda uart: None, self._stream.IRQ_RXIDLE) if on else (None,)))
        return self._on

    def connect(self, *, security=0, user=None, key=None):
        self.active(True)
        if self._since_us is not None:
            raise OSError(errno.EALREADY)
        if security not in (0, 1, 2):
            raise ValueError("invalid auth")
        self._since_us = chip.clock.now_us

    def disconnect(self):
        """Hangs up; with that it is no longer active."""
        if self._since_us is not None:
            self.active(False)

    def isconnected(self):
        up_us = chip.up_since_us()
        if self._since_us is None or up_us is None or not chip.modem.online:
            return False
        return chip.clock.now_us - max(self._since_us, up_us) >= _LEASE_US

    def ifconfig(self):
        """Gateway before netmask, unlike the others'; four times None while it is not active."""
        if not self._on:
            return (None,) * 4
        address, mask, gateway, server = _address() if self.isconnected() else _NOWHERE
        return (address, gateway, mask, server)


def _address():
    return ("127.0.0.1", "255.0.0.0", "127.0.0.1", chip.name_server)
