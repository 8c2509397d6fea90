"""What the firmware may ask of hardware.

`hal/esp32` and `hal/sim` each build one `hal` object that keeps this contract; `firmware.app` gets it and asks nothing
else where it runs. Calls marked TICK are made by the safety tick under `micropython.heap_lock()`: they must not
allocate, must not raise and must return small integers or booleans. What is not fitted on a board is `None`, never a
fake that says "fine".

hal.board           `boards.Board`: ratings and what is fitted
hal.identity        dict: vendor, model, serial, firmware (each <= 20 characters), iccid, imsi (or None)
hal.reset_cause     "power_on", "watchdog", "hard", "soft", "brownout"
hal.boots           number of this boot, from 1, never repeated
hal.random(n)       n random bytes
hal.every(ms, f)    calls f() each ms milliseconds, between bytecodes of whatever runs; a late call is not made up
hal.reset(cause)    restarts the interpreter; does not return

hal.clock           ticks_ms() TICK, ticks_us() TICK   wrap at 2**30
                    diff(later, earlier) TICK          signed
                    add(ticks, delta) TICK
                    wait_us(n) TICK                    busy wait, n <= 5000
                    utc_s() -> int or None             seconds since 1970, None until known
                    set_utc(s)

hal.connectors[i]   in the order of board.connectors:
  .pilot            drive(duty) TICK    0..65536 of the period: 65536 steady +12 V (x1), 0 steady -12 V (F)
                    sample() TICK       one burst of 64 conversions, about 4 ms; leaves
                      high_mv, low_mv   means of the three highest and the three lowest, millivolts at the pilot pin
                      n_high, n_low     how many conversions came within 1 V of each
                      spread_mv         how far those three lie apart (the worse of both ends)
                      interval_us       between two conversions of that burst, as measured
                    trim(offset_mv, gain)   from now on a reading becomes reading * gain / 4096 + offset_mv
                    burst()             its conversions, a list of millivolts at the pin; a board may leave it out
  .proximity        ohm() TICK -> int   one reading; 0 a short, 100000 or more open
  .contactor        command(on) TICK
                    feedback() TICK     bits of the poles that are live on the load side, -1 where not fitted
  .residual         tripped() TICK -> bool    the monitor's output
                    test(on) TICK             its test line
  .lock             drive(direction) TICK     +1 lock, -1 unlock, 0 motor off
                    closed() TICK -> bool
  .plug_switch      pressed() TICK -> bool    a plug is in the outlet

hal.inputs          name -> active() TICK -> bool      emergency stop, door, tilt, as the board has them
hal.temperatures    name -> read_dc() TICK             tenths of a degree Celsius, None when the sensor does not answer
hal.buttons         name -> pressed()
hal.indicator       show(colour, blink_ms=0, percent=100)   so long on, so long off; how bright
hal.buzzer          beep(ms)                           None where not fitted
hal.ventilation     drive(on) TICK                     the relay of the room's fan
                    running() TICK -> bool             the fan proves that it turns
hal.reader          poll() -> bytes or None            the UID of the card in the field; alive() -> bool
hal.rs485           configure(baud, parity, stop); async send(frame); async receive(buf, timeout_ms, gap_ms) -> n; flush()
hal.energy          the board's own metering chip: async read(address, function, register, count, into), start(address, wh), alive(),
                    as hal/drivers/atm90e36.py
hal.console         async read(n) -> bytes; write(data)
hal.flash           pages, page_size; read(address, buf), program(address, data) only clears bits, erase(page)
hal.files           path of the mounted file system
hal.network         up() -> bool, rssi_dbm() -> int or None
                    async connect(host, port, tls=None) -> (reader, writer); OSError says why not
                      tls: (iterator over roots, (chain, key) or None), certificates and key as bytes of DER; the peer is held
                      against the roots, `host` and the time. The handshake comes with the first write
hal.wifi            None where not fitted. status() -> {ssid (asked for, None: none), connected, ip, rssi_dbm, access_point (its ssid)}
                    async scan() -> [(ssid, rssi_dbm, channel, security: "open", "wep", "wpa", "wpa2", "wpa3", "other")]
                    async join(ssid, password) -> bool: leaves the one it is in, waits until in or 15 s; None: leaves it
                    access_point(ssid, password): a network of its own, WPA2; None, None switches it off
hal.watchdog        feed() TICK
hal.slots           `hal.boot.slots.Slots`: where updates go and which firmware runs; None where there are none
hal.guard           token() TICK: this tick ran whole. make, promise_ms: token gone -> contactor open
"""
