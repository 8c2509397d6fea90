"""The virtual chip is as unkind as the real port: what MicroPython's ports/esp32 refuses, drops, rounds and forgets."""

import unittest

from bench import CLOCK, MACHINE, Reset, Rig

from hal.sim.chip import esp32, machine
from hal.sim.chip.machine import ADC, PWM, RTC, SPI, UART, WDT, Pin, Signal, SoftI2C, Timer

MPY_HEAP = "1024wk"     # many worlds, one after the other


class ChipTestCase(unittest.TestCase):
    BOARD = "rudved_ac7"

    def setUp(self):
        self.rig = Rig("esp32", self.BOARD)
        self.chip = self.rig.chip


class Interrupts(ChipTestCase):
    def test_there_are_only_soft_ones(self):
        with self.assertRaises(TypeError):
            Pin(16).irq(lambda pin: None, Pin.IRQ_FALLING, hard=True)
        with self.assertRaises(ValueError):
            Timer(3, period=20, callback=lambda timer: None, hard=True)
        with self.assertRaises(ValueError):
            UART(2, tx=3, rx=8).irq(lambda uart: None, 1, hard=True)

    def test_eight_wait_during_a_stall_and_the_ninth_is_lost_without_a_word(self):
        seen = []
        pin = Pin(16, Pin.IN)
        pin.irq(seen.append, Pin.IRQ_FALLING)
        MACHINE.stalled_until_us = CLOCK.now_us + 100000
        for _ in range(10):
            self.chip.edge(16, 0)
        self.assertEqual(len(seen), 0)
        self.rig.quiet(101)
        self.chip.edge(16, 0)
        self.assertEqual(len(seen), 9)          # eight of ten, and the new one
        self.assertEqual(self.chip.scheduler.dropped, 2)

    def test_only_the_edges_asked_for_call(self):
        seen = []
        Pin(16, Pin.IN).irq(seen.append, Pin.IRQ_RISING)
        self.chip.edge(16, 0)
        self.chip.edge(16, 1)
        self.assertEqual(len(seen), 1)

    def test_one_callback_never_runs_inside_another(self):
        order = []

        def outer(pin):
            order.append("in")
            if len(order) < 3:
                self.chip.edge(16, 0)
            order.append("out")

        Pin(16, Pin.IN).irq(outer, Pin.IRQ_FALLING)
        self.chip.edge(16, 0)
        self.assertEqual(order, ["in", "out", "in", "out"])

    def test_a_callback_that_raises_is_told_and_the_next_runs(self):
        seen = []

        def fail(pin):
            seen.append(1)
            raise ValueError

        Pin(16, Pin.IN).irq(fail, Pin.IRQ_FALLING)
        self.chip.edge(16, 0)
        self.chip.edge(16, 0)
        self.assertEqual((len(seen), len(MACHINE.errors)), (2, 2))

    def test_a_periodic_timer_queues_what_a_stall_held_up(self):
        calls = []
        Timer(3, period=20, mode=Timer.PERIODIC, callback=lambda timer: calls.append(CLOCK.now_us))
        self.rig.quiet(21)
        MACHINE.stalled_until_us = CLOCK.now_us + 1000000
        self.rig.quiet(1001)
        self.assertEqual(len(calls), 1 + 8)     # and a burst without time between them
        self.assertEqual(calls[1], calls[8])

    def test_a_one_shot_timer_calls_once_and_deinit_silences(self):
        calls = []
        Timer(2, period=20, mode=Timer.ONE_SHOT, callback=calls.append)
        timer = Timer(3, period=20, callback=calls.append)
        self.rig.quiet(30)
        timer.deinit()
        self.rig.quiet(200)
        self.assertEqual(len(calls), 2)

    def test_the_chip_has_four_timers(self):
        with self.assertRaises(ValueError):
            Timer(4)
        with self.assertRaises(ValueError):
            Timer(-1, period=20, callback=print)    # newer ports only


class Pins(ChipTestCase):
    def test_a_new_output_begins_with_the_level_it_is_given(self):
        levels = []
        pad = self.chip.pads[3]
        pad.sink = levels.append
        Pin(3, Pin.OUT, value=0)
        Pin(3, Pin.OUT, value=1)
        self.assertEqual(levels, [0, 1])

    def test_levels_outlive_a_soft_reset_but_pwm_and_interrupts_do_not(self):
        Pin(3, Pin.OUT, value=1)
        Pin(16, Pin.IN).irq(print, Pin.IRQ_FALLING)
        pilot = self.rig.world.connectors[0].pilot
        self.rig.hal.connectors[0].pilot.drive(65536)
        self.rig.quiet(2)
        self.assertEqual(pilot.duty, 65536)
        self.chip.soft_reset()
        self.rig.quiet(2)
        self.assertEqual(self.chip.pads[3].level, 1)
        self.assertIsNone(self.chip.pads[16].handler)
        self.assertEqual(pilot.duty, 0)         # the pin is low: state F

    def test_pulls_decide_what_nobody_drives(self):
        self.assertEqual(Pin(3, Pin.IN, Pin.PULL_UP).value(), 1)
        self.assertEqual(Pin(3, Pin.IN, Pin.PULL_DOWN)(), 0)
        self.assertEqual(Signal(Pin(3, Pin.IN, Pin.PULL_UP), invert=True).value(), 0)

    def test_no_pin_where_the_module_has_none(self):
        for number in (22, 25, 49, -1, "X"):
            with self.assertRaises(ValueError):
                Pin(number)

    def test_an_output_reads_itself_and_toggles(self):
        pin = Pin(3, Pin.OUT, value=0)
        pin.toggle()
        self.assertEqual(pin.value(), 1)
        pin.off()
        self.assertEqual(pin(), 0)


class Bench(ChipTestCase):
    BOARD = "rudved_bench"

    def test_the_plain_chip_has_inputs_only(self):
        with self.assertRaises(ValueError):
            Pin(34, Pin.OUT)
        with self.assertRaises(OSError):
            PWM(Pin(35), freq=1000)

    def test_its_pwm_has_sixteen_bits(self):
        wave = []
        self.chip.pads[4].wave = wave.append
        PWM(Pin(4), freq=1000, duty_u16=12345)
        self.assertEqual(wave, [12345])


class Waves(ChipTestCase):
    def test_the_s3_has_thirteen_bits_and_65535_is_always_on(self):
        wave = []
        self.chip.pads[3].wave = wave.append
        pwm = PWM(Pin(3), freq=1000, duty_u16=12345)
        for duty in (7, 65535, 0):
            pwm.duty_u16(duty)
        self.assertEqual(wave, [12344, 0, 65536, 0])
        with self.assertRaises(ValueError):
            pwm.duty_u16(65536)

    def test_channels_and_timers_run_out(self):
        free = [number for number in self.chip.pads if self.chip.pads[number].pwm is None]
        used = self.chip.pwm_channels - len([one for one in self.chip.pads.values() if one.pwm is not None])
        kept = [PWM(Pin(number), freq=1000) for number in free[:used]]
        with self.assertRaises(RuntimeError):
            PWM(Pin(free[used]), freq=1000)
        for one in kept:
            one.deinit()
        for i, hz in enumerate((2000, 3000, 4000)):
            PWM(Pin(free[i]), freq=hz)
        with self.assertRaises(RuntimeError):
            PWM(Pin(free[4]), freq=5000)        # the pilot's 1 kHz is the fourth


class Converter(ChipTestCase):
    def test_it_takes_its_time_and_ends_with_its_attenuation(self):
        self.chip.pads[9].analog = lambda: 2000000
        self.assertEqual(ADC(Pin(9), atten=ADC.ATTN_11DB).read_uv(), 2000000)
        self.assertEqual(ADC(Pin(9), atten=ADC.ATTN_0DB).read_uv(), 950000)
        began_us = CLOCK.now_us
        ADC(Pin(2), atten=ADC.ATTN_11DB).read_uv()
        self.assertEqual(CLOCK.now_us - began_us, 45)

    def test_the_second_unit_is_the_radios_and_gives_nothing_meanwhile(self):
        adc = ADC(Pin(12), atten=ADC.ATTN_11DB)
        self.chip.pads[12].analog = lambda: 2000000
        self.assertEqual(adc.read_uv(), 2000000)
        self.rig.wait(self.rig.hal.wifi.join("Rudved", "commissioned"))
        self.assertEqual(adc.read_uv(), 0)

    def test_no_converter_at_other_pins(self):
        with self.assertRaises(ValueError):
            ADC(Pin(38))


class Buses(ChipTestCase):
    def test_a_uart_gives_none_where_nothing_has_come(self):
        uart = UART(1, baudrate=9600, tx=17, rx=18)
        self.assertIsNone(uart.read())
        self.assertIsNone(uart.readinto(bytearray(8)))
        self.assertEqual(uart.any(), 0)
        with self.assertRaises(ValueError):
            UART(3, tx=17, rx=18)
        with self.assertRaises(ValueError):
            uart.init(bits=9)

    def test_a_uart_that_is_told_one_pin_takes_the_other_from_whatever_hangs_there(self):
        relay = Pin(16, Pin.OUT, value=1)
        UART(2, baudrate=115200, tx=3)
        self.assertFalse(relay.pad.drives())
        self.assertEqual(relay.pad.pull, Pin.PULL_UP)
        wrover = Rig("esp32", "rudved_bench")
        with self.assertRaises(RuntimeError):
            UART(2, baudrate=115200, tx=4)      # GPIO16 is its PSRAM's
        UART(2, baudrate=115200, tx=4, rx=5)
        self.assertEqual(wrover.chip.pads[5].pull, Pin.PULL_UP)

    def test_the_interrupt_of_a_uart_takes_the_first_timer(self):
        calls = []
        timers = [Timer(n, period=20, callback=calls.append) for n in (0, 1)]
        UART(2, tx=3, rx=8).irq(lambda uart: None, UART.IRQ_RXIDLE)
        self.rig.quiet(110)
        self.assertEqual((calls.count(timers[0]), calls.count(timers[1])), (0, 5))

    def test_a_frame_is_done_when_its_last_bit_has_left(self):
        uart = UART(1, baudrate=9600, tx=17, rx=18)
        uart.write(bytes(8))
        self.assertFalse(uart.txdone())
        self.rig.quiet(8 * 10 / 9.6 - 0.1)
        self.assertFalse(uart.txdone())
        self.rig.quiet(0.2)
        self.assertTrue(uart.txdone())

    def test_nobody_at_an_i2c_address_is_an_error(self):
        with self.assertRaises(OSError):
            SoftI2C(Pin(3), Pin(8)).writeto(0x20, b"\x00")

    def test_nobody_selected_on_spi_is_a_line_of_ones(self):
        spi = SPI(1, sck=Pin(3), mosi=Pin(8), miso=Pin(9))
        self.assertEqual(spi.read(3), b"\xff\xff\xff")


class Times(ChipTestCase):
    def test_the_calendar_begins_in_2000_and_counts_whole_seconds(self):
        import time  # the chip's, only now

        self.assertEqual(time.gmtime(0)[:3], (2000, 1, 1))
        self.rig.quiet(1500)
        self.assertEqual(time.time(), 1)
        RTC().datetime((2026, 11, 25, 2, 12, 30, 15, 0))
        self.assertEqual(time.gmtime()[:6], (2026, 11, 25, 12, 30, 15))
        self.assertEqual(time.mktime((2026, 11, 25, 12, 30, 15, 0, 0)), time.time())
        self.assertEqual(RTC().datetime()[:3], (2026, 11, 25))

    def test_a_watchdog_is_never_stopped_only_set_anew(self):
        self.assertFalse(hasattr(WDT, "deinit"))
        WDT(timeout=3000)
        self.rig.quiet(2900)
        self.assertIsNone(self.rig.world.wants_reset)
        WDT(timeout=500)
        self.rig.quiet(600)
        self.assertEqual(self.rig.world.wants_reset, "watchdog")
        with self.assertRaises(ValueError):
            WDT(timeout=0)


class Memory(ChipTestCase):
    def test_rtc_memory_survives_all_but_the_loss_of_the_supply(self):
        RTC().memory(b"kept")
        again = self.rig.again("watchdog")
        self.assertEqual(RTC().memory()[:4], b"RVD1")       # hal/esp32 has its own there
        RTC().memory(b"kept")
        self.assertEqual(again.chip.kept["rtc"], b"kept".hex())
        again.again("power_on")
        self.assertNotEqual(RTC().memory(), b"kept")
        with self.assertRaises(ValueError):
            RTC().memory(bytes(2049))

    def test_nvs_forgets_what_was_not_committed(self):
        nvs = esp32.NVS("test")
        with self.assertRaises(OSError):
            nvs.get_i32("n")
        nvs.set_i32("n", 5)
        self.assertEqual(nvs.get_i32("n"), 5)
        with self.assertRaises(OSError):
            esp32.NVS("test").get_i32("n")
        nvs.commit()
        self.assertEqual(esp32.NVS("test").get_i32("n"), 5)
        with self.assertRaises(OverflowError):
            nvs.set_i32("n", 1 << 31)
        nvs.set_blob("b", b"12345")
        with self.assertRaises(OSError):
            nvs.get_blob("b", bytearray(4))

    def test_a_partition_erases_only_without_an_offset(self):
        part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
        buf = bytearray(4)
        part.writeblocks(0, b"\x00\x00\x00\x00", 4)
        part.writeblocks(0, b"\xff\xff\xff\xff", 4)
        part.readblocks(0, buf, 4)
        self.assertEqual(bytes(buf), bytes(4))
        part.writeblocks(0, bytes([0xFF]) * 4096)
        part.readblocks(0, buf, 4)
        self.assertEqual(bytes(buf), b"\xff\xff\xff\xff")
        with self.assertRaises(OSError):
            part.readblocks(8, buf)
        self.assertEqual(esp32.Partition.find(esp32.Partition.TYPE_DATA, label="none"), [])

    def test_a_reset_ends_the_interpreter(self):
        with self.assertRaises(Reset):
            machine.reset()


if __name__ == "__main__":
    unittest.main()
