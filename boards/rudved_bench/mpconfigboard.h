// Rudved BENCH: what MicroPython is told of the board. Pins are in board.py, which the firmware reads.
#define MICROPY_HW_BOARD_NAME               "Rudved BENCH"
#define MICROPY_HW_MCU_NAME                 "ESP32"
