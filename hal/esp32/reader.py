"""The card reader that a board has: its bus and pins, and the driver of hal/drivers."""

from machine import SPI, UART, Pin

from firmware.support import ondemand

_SPI = 1                                # SPI2, free on every module
_SPI_HZ = {"mfrc522": 4000000, "pn532": 2000000}
_HSU_BAUD = 115200
_HOLD_US = 2000                         # a PN532 takes a millisecond to wake up


def make(kind, pins, uart, clock):
    """`hal.reader` for `board.reader`. `uart` is a free one's number."""
    driver = ondemand.load("hal.drivers." + kind)     # only the one that is fitted takes memory
    if kind == "wiegand":
        wires = [Pin(pins.number(name), Pin.IN, Pin.PULL_UP) for name in ("reader_d0", "reader_d1")]
        return driver.Reader(wires[0], wires[1], clock, Pin.IRQ_FALLING)
    reset = _reset(pins)
    if pins.number("reader_tx") is not None:
        line = UART(uart, baudrate=_HSU_BAUD, tx=pins.number("reader_tx"), rx=pins.number("reader_rx"))
        return driver.Reader(driver.Hsu(line), reset)
    if pins.number("reader_sda") is not None:
        return driver.Reader(driver.I2c(pins.bus("reader", _HOLD_US)), reset)
    sck, mosi, miso, cs = [Pin(pins.number("reader_" + name)) for name in ("sck", "mosi", "miso", "cs")]
    first = SPI.LSB if kind == "pn532" else SPI.MSB
    spi = SPI(_SPI, baudrate=_SPI_HZ[kind], polarity=0, phase=0, firstbit=first, sck=sck, mosi=mosi, miso=miso)
    cs.init(Pin.OUT, value=1)
    return driver.Reader(driver.Spi(spi, cs), reset) if kind == "pn532" else driver.Reader(spi, cs, reset)


def _reset(pins):
    """What a driver calls with the level of the reader's reset pin; None where it is not wired."""
    number = pins.number("reader_reset")
    if number is None:
        return None
    if isinstance(number, int):
        return Pin(number, Pin.OUT, value=1)
    output = pins.output("reader_reset")
    return lambda level: output.on() if level else output.off()
