"""A modem as its UART sees it: AT commands, and after ATD a line that is PPP's. It knows one SIM."""

ICCID, IMSI = "8991101200003204510", "404450123456789"


class Modem:
    """`registered`: the network takes calls. `online`: a call is up. `dead`: no answer to anything. `asked`: the commands.

    `knows`: what it says to the questions it knows.
    """

    def __init__(self):
        self.registered = True
        self.dead = False
        self.asked = []
        self.knows = {"AT+CCID": "+CCID: " + ICCID, "AT+CIMI": IMSI, "AT+CSQ": "+CSQ: 17,99"}
        self.on()

    def on(self):
        """As after power-on."""
        self.online = False
        self._echo = True
        self._line = b""
        self._out = b""

    def write(self, data):
        if self.dead:
            return
        if self.online:
            self.online = data != b"+++"
            return
        if data == b"+++":
            return
        self._line += data
        while b"\r" in self._line:
            command, _, self._line = self._line.partition(b"\r")
            if self._echo:
                self._out += command + b"\r"
            self._do(command.decode())

    def read(self):
        out, self._out = self._out, b""
        return out

    def _do(self, command):
        self.asked.append(command)
        said = self.knows.get(command)
        if said:
            self._out += b"\r\n%s\r\n" % said.encode()
        end = "OK"
        if command == "ATE0":
            self._echo = False
        elif command == "ATD*99#":
            self.online = self.registered
            end = "CONNECT 150000000" if self.online else "NO CARRIER"
        elif not said and command not in ("ATH", "AT") and not command.startswith('AT+CGDCONT=1,"IP",'):
            end = "ERROR"
        self._out += b"\r\n%s\r\n" % end.encode()
