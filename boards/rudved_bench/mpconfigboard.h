// Rudved BENCH. Generated from board.py; python -m tools.docs
#define MICROPY_HW_BOARD_NAME               "Rudved BENCH"
#define MICROPY_HW_MCU_NAME                 "ESP32"

// The console is on UART 0.
#define MICROPY_HW_ENABLE_UART_REPL         (1)

// The firmware's deepest calls, with the safety tick on top of them, come close to the usual 16 kB.
#define MICROPY_TASK_STACK_SIZE             (24 * 1024)

// No Bluetooth: sdkconfig.ble is left out.
#define MICROPY_PY_BLUETOOTH                (0)
