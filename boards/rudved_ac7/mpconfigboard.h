// Rudved AC7. Generated from board.py; python -m tools.docs
#define MICROPY_HW_BOARD_NAME               "Rudved AC7"
#define MICROPY_HW_MCU_NAME                 "ESP32-S3"

// The console is on USB; the pins of UART 0 are the board's own.
#define MICROPY_HW_ENABLE_UART_REPL         (0)

// No Bluetooth: sdkconfig.ble is left out.
#define MICROPY_PY_BLUETOOTH                (0)
