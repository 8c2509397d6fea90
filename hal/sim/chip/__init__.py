"""A virtual ESP32 on which `hal/esp32` runs unchanged: look-alikes of the port's modules, wired to the simulated world.

`Chip.install()` puts them in place of `machine`, `esp32`, `network`, `neopixel`, `onewire` and `ds18x20`; it must run before
`hal.esp32` is imported. They take what the port takes and fail as the port fails (MicroPython's ports/esp32, by file name).
"""
