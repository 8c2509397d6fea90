// Rudved AC22: what MicroPython is told of the board. Pins are in board.py, which the firmware reads.
#define MICROPY_HW_BOARD_NAME               "Rudved AC22"
#define MICROPY_HW_MCU_NAME                 "ESP32-S3"

// The console is on the module's UART where USB is not wired.
#define MICROPY_HW_ENABLE_UART_REPL         (1)
