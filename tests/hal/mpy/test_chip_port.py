"""The virtual chip beside the port's own source (ports/esp32, 1.26.1 and 1.29): arguments, ends, defaults, what is shared.

Each line here was a kindness of the virtual chip, or a thing it refused that the port takes.
"""

import unittest

from bench import CLOCK, Rig, module

from hal.sim.chip import machine
from hal.sim.chip.machine import ADC, PWM, RTC, SPI, UART, WDT, Pin, SoftI2C

MPY_HEAP = "1024wk"     # many worlds, one after the other


class PortTestCase(unittest.TestCase):
    BOARD = "rudved_ac7"

    def setUp(self):
        self.rig = Rig("esp32", self.BOARD)
        self.chip = self.rig.chip

    def refused(self, kind, call, *args, **options):
        """The words of the error that it must be."""
        try:
            call(*args, **options)
        except kind as error:
            return error.args[-1] if error.args else ""
        self.fail("taken")


class Serial(PortTestCase):
    def test_two_objects_of_one_port_are_one_port(self):
        first = UART(2, baudrate=9600, tx=3, rx=8, rxbuf=512)
        UART(2, baudrate=19200)
        self.assertEqual(first._port.settings[0], 19200)
        self.assertEqual((first._port.tx, first._port.rx, first._port.rxbuf), (3, 8, 512))

    def test_a_setting_that_is_not_given_stays(self):
        uart = UART(2, 9600, 7, 0, 2, tx=3, rx=8)
        uart.init(parity=None)
        self.assertEqual(uart._port.settings, [9600, 7, None, 2])
        uart.init(parity=3)             # odd numbers are odd
        self.assertEqual(uart._port.settings[2], 1)

    def test_a_new_setting_drops_what_had_come(self):
        uart = self.rig.hal.rs485._uart
        uart.write(bytes((1, 4, 0, 0, 0, 2, 0x71, 0xCB)))
        self.rig.quiet(100)
        self.assertTrue(uart.any() > 0)
        uart.init(parity=None)
        self.assertEqual(uart.any(), 0)

    def test_buffers_are_longer_than_the_fifo(self):
        self.refused(OSError, UART, 2, tx=3, rx=8, rxbuf=128)
        self.refused(OSError, UART, 2, tx=3, rx=8, txbuf=100)
        UART(2, tx=3, rx=8, txbuf=0, rxbuf=129)

    def test_what_is_no_setting_is_refused(self):
        uart = UART(2, tx=3, rx=8)
        for options in ({"stop": 3}, {"bits": 9}, {"invert": 1}, {"flow": 4}, {"tx": None}, {"rx": 22}):
            self.refused(ValueError, uart.init, **options)
        self.refused(ValueError, uart.irq, 5, UART.IRQ_RX)
        self.refused(ValueError, uart.irq, print, 4)
        uart.init(invert=UART.INV_TX | UART.INV_RX, flow=UART.RTS | UART.CTS, rts=9, cts=10, timeout=0, timeout_char=0)

    def test_a_write_waits_for_room(self):
        uart = self.rig.hal.rs485._uart
        began_us = CLOCK.now_us
        uart.write(bytes(384))
        self.assertEqual(CLOCK.now_us, began_us)
        uart.write(bytes(385))
        self.assertTrue(0 < CLOCK.now_us - began_us < 1100)     # one byte at 9600

    def test_a_port_that_is_given_back_reads_nothing(self):
        uart = UART(2, tx=3, rx=8)
        uart.deinit()
        self.refused(OSError, uart.any)
        self.assertEqual((uart.read(), uart.write(b"x")), (None, None))
        uart.init(tx=3, rx=8)
        self.assertEqual(uart.any(), 0)


class Terminal(PortTestCase):
    BOARD = "rudved_bench"

    def test_the_terminals_port_keeps_its_buffers_and_has_no_interrupt(self):
        uart = UART(0)
        self.assertEqual(self.refused(ValueError, uart.init, rxbuf=512), "UART buffer size is fixed")
        self.assertEqual(self.refused(ValueError, uart.irq, print, UART.IRQ_RX), "UART does not support IRQs")

    def test_an_input_only_pin_has_no_pull(self):
        self.assertEqual(Pin(39, Pin.IN, Pin.PULL_UP).value(), 0)
        self.assertEqual(Pin(4, Pin.IN, Pin.PULL_UP).value(), 1)

    def test_the_converter_of_the_esp32_does_not_begin_at_zero(self):
        self.chip.pads[32].analog = lambda: 0
        self.assertEqual(ADC(Pin(32)).read_uv(), 142000)
        self.assertEqual(ADC(Pin(32), atten=ADC.ATTN_0DB).read_uv(), 75000)
        self.chip.pads[39].analog = lambda: 0           # its NTC is shorted
        self.assertEqual(self.rig.hal.temperatures["board"].read_dc(), 1162)


class Spi(PortTestCase):
    def test_two_objects_of_one_bus_are_one_bus(self):
        first = SPI(1, sck=Pin(3), mosi=Pin(8), miso=Pin(9))
        SPI(1, sck=Pin(9), mosi=Pin(8), miso=Pin(3), polarity=1)
        self.assertEqual((first._kept["sck"], first._kept["polarity"]), (9, 1))

    def test_a_pin_that_is_not_given_is_the_buss_own(self):
        with self.assertRaises(RuntimeError):
            SPI(2, sck=Pin(3))          # 35 and 37 are the PSRAM's
        SPI(2, sck=Pin(3), mosi=Pin(8), miso=None)

    def test_no_bytes_and_unequal_buffers_are_refused(self):
        spi = SPI(1, sck=Pin(3), mosi=Pin(8), miso=Pin(9))
        self.assertEqual(self.refused(ValueError, spi.write, b""), "buffer too short")
        self.refused(ValueError, spi.write_readinto, bytes(2), bytearray(3))
        self.refused(ValueError, spi.init, bits=0)
        spi.deinit()
        self.assertEqual(self.refused(OSError, spi.write, b"a"), "transfer on deinitialized SPI")
        spi.init(baudrate=1000)
        spi.write(b"a")

    def test_who_is_spoken_to_in_another_mode_hears_nothing(self):
        heard = []

        class Model:
            def transfer(self, write, read):
                heard.append(bytes(write))

        spi = SPI(1, sck=Pin(3), mosi=Pin(8), miso=Pin(9))
        Pin(14, Pin.OUT, value=0)
        self.chip.spi[3] = [(self.chip.pads[14], Model(), (1, 1, 0))]
        spi.write(b"a")
        spi.init(polarity=1, phase=1)
        spi.write(b"b")
        spi.init(firstbit=SPI.LSB)
        spi.write(b"c")
        self.assertEqual(heard, [b"b"])


class Wave(PortTestCase):
    def test_a_duty_is_told_as_the_timer_counts_it(self):
        pwm = PWM(Pin(3), 1000, duty_u16=12345)
        self.assertEqual(pwm.duty_u16(), 12344)
        pwm.duty_u16(65535)
        self.assertEqual((pwm.duty_u16(), pwm.duty()), (65535, 1023))
        pwm.duty(512)
        self.assertEqual(pwm.duty_u16(), 32768)

    def test_a_frequency_is_given_and_kept(self):
        pwm = PWM(Pin(3), freq=1000, duty_u16=0)
        self.assertEqual(pwm.freq(), 1000)
        for call in (lambda: PWM(Pin(8)), lambda: PWM(Pin(3), freq=2000), lambda: pwm.freq(2000)):
            self.refused(NotImplementedError, call)
        pwm.deinit()
        self.assertEqual(PWM(Pin(3), freq=2000).duty_u16(), 32768)

    def test_a_higher_frequency_has_fewer_steps(self):
        pwm = PWM(Pin(3), freq=40000, duty_u16=12345)
        self.assertEqual(pwm.duty_u16(), 12345 >> 6 << 6)       # ten bits of 80 MHz / 40 kHz

    def test_what_is_no_wave_is_refused(self):
        for hz in (0, 40000001):
            self.assertEqual(self.refused(ValueError, PWM, Pin(3), freq=hz), "frequency must be from 1Hz to 40MHz")
        self.refused(ValueError, PWM, Pin(3), freq=1000, duty=1024)
        self.refused(RuntimeError, PWM, Pin(3), freq=1000, duty_ns=1000)     # before it is active, so 1.26 to 1.29

    def test_one_that_is_ended_is_low_and_does_nothing_more(self):
        wave = []
        self.chip.pads[3].wave = wave.append
        pwm = PWM(Pin(3), freq=1000, duty_u16=32768)
        pwm.deinit()
        self.assertEqual(wave, [32768, 0])
        for call in (pwm.freq, pwm.duty_u16, lambda: pwm.duty_u16(5)):
            self.assertEqual(self.refused(RuntimeError, call), "PWM is inactive")


class Rest(PortTestCase):
    def test_the_converter_takes_the_whole_range_where_it_is_told_none(self):
        self.chip.pads[9].analog = lambda: 2000000
        adc = ADC(Pin(9))
        self.assertEqual(adc.read_uv(), 2000000)
        self.assertEqual(self.refused(ValueError, adc.atten, 4), "invalid attenuation")

    def test_a_number_that_is_a_truth_is_no_pin(self):
        self.refused(ValueError, Pin, True)

    def test_the_calendar_is_set_in_two_orders(self):
        rtc = RTC()
        rtc.datetime((2026, 11, 26, 3, 12, 30, 15, 0))
        self.assertEqual(rtc.datetime()[4:7], (12, 30, 15))
        rtc.init((2026, 11, 26, 12, 30, 15, 0, 0))
        self.assertEqual(rtc.datetime()[4:7], (12, 30, 15))
        self.refused(ValueError, rtc.datetime, (2026, 11, 26))

    def test_there_is_one_watchdog(self):
        self.refused(ValueError, WDT, 1)

    def test_a_restart_by_the_program_is_told_as_hard_and_one_over_usb_as_none(self):
        reset = module("hal.esp32.reset")
        for meant in ("soft", "hard"):
            self.rig = self.rig.again(meant)
            self.assertEqual(machine.reset_cause(), machine.HARD_RESET)
        self.rig.chip.reset_cause = 0
        self.assertEqual(reset.cause(), "hard")

    def test_a_bus_of_pins_tells_who_is_there_and_when_it_hangs(self):
        board = Rig("esp32", "rudved_ac22")
        scl, sda = board.board.pins["i2c_scl"], board.board.pins["i2c_sda"]
        bus = SoftI2C(Pin(scl), Pin(sda), freq=400000, timeout=2000)
        self.assertEqual(bus.scan(), [0x20])
        board.chip.pads[scl].source = lambda: 0
        try:
            bus.writeto(0x20, b"\x00")
            self.fail("it hangs")
        except OSError as error:
            self.assertEqual(error.args[0], 116)
        board.chip.pads[scl].source = None
        board.chip.pads[sda].source = lambda: 0
        self.assertEqual(bus.writeto(0x33, b"\x00"), 1)         # nobody there, and yet acknowledged

    def test_a_lamp_that_the_port_cannot_drive_ends_nothing(self):
        rig = Rig("esp32", "rudved_bench")
        rig.hal.indicator.show("green")
        rig.chip.no_pulses = (12, "ESP_ERR_NO_MEM")
        rig.hal.indicator.show("red")
        self.assertEqual(rig.chip.shown[19][0], (0, 255, 0))
        rig.chip.no_pulses = None
        rig.hal.indicator.show("red")
        self.assertEqual(rig.chip.shown[19][0], (255, 0, 0))


if __name__ == "__main__":
    unittest.main()
