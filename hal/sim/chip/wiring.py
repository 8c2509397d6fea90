"""Which part of the world hangs on which pin: `board.pins` read from the other side, through the ports of `hal.sim.ports`."""

from hal.sim.chip import analog, serial
from hal.sim.chip.pads import Pad
from hal.sim.chip.parts import Coprocessor, Wiegand
from hal.sim.devices import ulp
from hal.sim.devices.mcp23017 import Mcp23017
from hal.sim.devices.mfrc522 import Mfrc522
from hal.sim.devices.modem import Modem
from hal.sim.devices.pn532 import Pn532
from hal.sim.energy import Metering


class _Drive:
    """A motor with an input for each direction."""

    def __init__(self, lock):
        self._lock = lock
        self._inputs = [0, 0]

    def input(self, i):
        def put(level):
            self._inputs[i] = level
            self._lock.drive(self._inputs[0] - self._inputs[1])

        return put


class _Expander(Mcp23017):
    """One whose sixteen pins are pads of the board."""

    def __init__(self, address, pads):
        self._pads = pads
        super().__init__(address)

    def writeto(self, data):
        done = super().writeto(data)
        for bit, pad in enumerate(self._pads):
            output = not self._r[bit >> 3] >> (bit & 7) & 1
            level = self.level(bit) if output else 0        # the board pulls down what nobody drives
            if level != pad.level:
                pad.mode = Pad.OUTPUT
                pad.put(level)
        return done

    def readfrom(self, count):
        for bit, pad in enumerate(self._pads):
            self.outside[bit] = None if pad.source is None else int(bool(pad.source()))
        return super().readfrom(count)


class _Mfrc522(Mfrc522):
    """One that is dead when the world's reader is."""

    def __init__(self, cards, reader):
        super().__init__(cards)
        self._reader = reader

    def transfer(self, write, read):
        self.dead = 0x00 if self._reader.dead else None
        super().transfer(write, read)


class _Pn532(Pn532):
    """One that is dead when the world's reader is."""

    def __init__(self, cards, reader):
        self._reader = reader
        super().__init__(cards)

    dead = property(lambda self: self._reader.dead, lambda self, dead: None)


class Wiring:
    """Wires `chip`, which has pads, clock, world and ports. Bits of expanders are pads too, in `bits[(expander, bit)]`."""

    def __init__(self, chip, outside=None):
        self._chip = chip
        self._board = board = chip.world.board
        self.bits = {}
        for spec, port in zip(board.connectors, chip.ports.connectors):
            self._connector(spec, port)
        self._charger(chip.ports)
        self._analog(chip.ports)
        self._serial(outside)
        self._reader()
        self._metering()
        self._relays()
        for i, address in enumerate(board.expanders):
            model = _Expander(address, [self.bits.get((i, bit)) or Pad((i, bit)) for bit in range(16)])
            chip.i2c.setdefault(board.pins["i2c_scl"], {})[address] = model

    def pad(self, name):
        """The pad of that name, None where it is not wired."""
        pin = self._board.pins.get(name)
        if isinstance(pin, tuple):
            if pin not in self.bits:
                self.bits[pin] = Pad(pin)
            return self.bits[pin]
        return None if pin is None else self._chip.pads[pin]

    def _low(self, name):
        return name in self._board.active_low

    def out(self, name, act):
        """`act(active)` hears the output of that name."""
        pad = self.pad(name)
        if pad is not None:
            low = self._low(name)
            pad.sink = lambda level: act(bool(level) != low)

    def into(self, name, active):
        """`active()` is what the input of that name shows."""
        pad = self.pad(name)
        if pad is not None:
            low = self._low(name)
            pad.source = lambda: bool(active()) != low

    def _connector(self, spec, port):
        n = "_%d" % spec.id
        self.out("contactor" + n, port.contactor.command)
        for i, pole in enumerate(spec.poles):
            self.into("feedback" + n + "_" + pole.lower(), lambda i=i: port.contactor.feedback() >> i & 1)
        if port.residual is not None:
            self.into("residual" + n, port.residual.tripped)
            self.out("residual_test" + n, port.residual.test)
        if port.lock is not None:
            drive = _Drive(port.lock)
            self.out("lock_drive" + n, drive.input(0))
            self.out("unlock_drive" + n, drive.input(1))
            self.into("lock_closed" + n, port.lock.closed)
        if port.plug_switch is not None:
            self.into("plug_switch" + n, port.plug_switch.pressed)
        if port.pilot is not None:
            low = self._low("pilot" + n)
            pad = self.pad("pilot" + n)
            if pad is not None:
                pad.wave = lambda duty: port.pilot.drive(65536 - duty if low else duty)

    def _charger(self, ports):
        for name, port in ports.inputs.items():
            self.into("input_" + name, port.active)
        for name, port in ports.buttons.items():
            self.into("button_" + name, port.pressed)
        if ports.ventilation is not None:
            self.out("fan", ports.ventilation.drive)
            self.into("fan_vane", ports.ventilation.running)
        pad = self.pad("guard")
        if pad is not None and self._board.guard.make == "pump":
            edges = [0]

            def pumped(level):
                if level != edges[0]:
                    edges[0] = level
                    ports.guard.token()

            pad.sink = pumped

    def _analog(self, ports):
        chip, board = self._chip, self._board
        for connector, port in zip(chip.world.connectors, ports.connectors):
            n = "_%d" % connector.spec.id
            pad = self.pad("pilot_adc" + n)
            if pad is not None and connector.pilot is not None:
                pad.analog = analog.PilotSense(chip.clock, chip.world, connector).read_uv
            pad = self.pad("proximity" + n)
            if pad is not None and port.proximity is not None:
                pad.analog = analog.slow(chip.clock, analog.proximity(port.proximity, board.circuit))
        for name in board.temperatures:
            pad, port = self.pad("temperature_" + name), ports.temperatures[name]
            if pad is None:
                chip.wire.append(port)
            else:
                pad.analog = analog.slow(chip.clock, analog.ntc(port, board.circuit))

    def _reader(self):
        world, pins = self._chip.world, self._board.pins

        def cards():
            uid = world.reader.card(self._chip.clock.now_us)
            return [bytes.fromhex(uid)] if uid else []

        kind = self._board.reader
        if kind == "mfrc522":
            model = _Mfrc522(cards, world.reader)
        elif kind == "pn532":
            model = _Pn532(cards, world.reader)
        if kind in ("mfrc522", "pn532"):
            self.out("reader_reset", lambda level: model.reset(int(level)))
            if "reader_tx" in pins:
                self._chip.serial[pins["reader_tx"]] = serial.Talker(self._chip.clock, model)
            elif "reader_sda" in pins:
                self._chip.i2c[pins["reader_scl"]] = {model.address: model}
            else:
                mode = 0, 0, 1 if kind == "pn532" else 0        # it begins with the least bit
                self._chip.spi[pins["reader_sck"]] = [(self.pad("reader_cs"), model, mode)]
        elif kind == "wiegand":
            wires = [self.pad("reader_d0"), self.pad("reader_d1")]
            world.attach(Wiegand(world, lambda bit: self._chip.edge(wires[bit].number, 0)))

    def _metering(self):
        if self._board.metering_chip:
            model = Metering(self._chip.world, self._chip.clock)
            self._chip.spi[self._board.pins["meter_sck"]] = [(self.pad("meter_cs"), model, (1, 1, 0))]

    def _relays(self):
        """Where the coprocessor owns the contactors' pins."""
        chip, board = self._chip, self._board
        if board.guard.make == "ulp":
            gpios = [board.pins["contactor_%d" % spec.id] for spec in board.connectors]
            chip.ulp = ulp.Coprocessor()
            chip.beside = Coprocessor(chip.world, chip.ulp, list(zip(gpios, chip.world.connectors)))
            chip.world.attach(chip.beside)

    def _serial(self, outside):
        chip, pins = self._chip, self._board.pins
        if "rs485_tx" in pins:
            line = outside or serial.MeterLine(chip.clock, chip.world, self.pad("rs485_de"))
            chip.serial[pins["rs485_tx"]] = line
        if self._board.modem is not None:
            chip.modem = Modem()
            chip.serial[pins["modem_tx"]] = serial.Talker(chip.clock, chip.modem)
            self.out("modem_power", lambda on: on and chip.modem.on())
        if self._board.guard.make == "mcu" and "guard" in pins:
            chip.serial[pins["guard"]] = serial.GuardController(chip.clock, chip.ports.guard.token)
