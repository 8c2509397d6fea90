// MicroPython's unix port configured as its esp32 port is (ports/esp32/mpconfigport.h, option by option and in its order), so
// that what tests run in has the chip's words, floats, modules and messages. "Not as there" names what cannot be so, and why
// (a star: all that begin so); a test holds that list against both.
// The unix port's own mpconfigvariant_common.h is left out: it turns on much that no chip has.

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

// Objects: 32-bit words with small integers of 31 bits, the default here too once the build is a 32-bit one (-m32).
// Not as there: MICROPY_NLR_SETJMP. Exceptions jump by MicroPython's own few lines for x86. By setjmp, which Xtensa takes, gcc warns
// on x86 that variables may be lost in the jump, and the port's build takes no warning.

// Not as there: MICROPY_ALLOC_PATH_MAX, which is 128. A path of the host may be longer, and the port defines it for good.
// Not as there: MICROPY_GC_SPLIT_HEAP* MICROPY_GC_INITIAL_HEAP_SIZE MICROPY_TASK_STACK_SIZE. The heap does not grow, as the host has
// no function that says how far: the size given with -X heapsize is all there is. The stack is limited by stack.c beside this file.

// Not as there: MICROPY_EMIT_XTENSAWIN MICROPY_EMIT_RV32. Native code is for x86, which the port chooses by itself.
#define MICROPY_PERSISTENT_CODE_LOAD (1)

#define MICROPY_OPT_COMPUTED_GOTO (1)

#define MICROPY_STACK_CHECK_MARGIN (1024)
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF (1)
#define MICROPY_LONGINT_IMPL (MICROPY_LONGINT_IMPL_MPZ)
#define MICROPY_ERROR_REPORTING (MICROPY_ERROR_REPORTING_NORMAL)
#define MICROPY_WARNINGS (1)
#define MICROPY_FLOAT_IMPL (MICROPY_FLOAT_IMPL_FLOAT)
#define MICROPY_STREAMS_POSIX_API (1)
#define MICROPY_SCHEDULER_DEPTH (8)
#define MICROPY_SCHEDULER_STATIC_NODES (1)

#define MICROPY_PY_STR_BYTES_CMP_WARN (1)
#define MICROPY_PY_ALL_INPLACE_SPECIAL_METHODS (1)
#define MICROPY_PY_IO_BUFFEREDWRITER (1)
#define MICROPY_PY_TIME_TIME_TIME_NS (1)
// Not as there: MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME. Time comes from the host's C library, and with it the epoch of 1970 (the
// chip's is 2000: hal/esp32/clock.py makes it into UTC, the virtual chip plays it).

#define MICROPY_PY_THREAD (1)
#define MICROPY_PY_THREAD_GIL (1)
#define MICROPY_PY_THREAD_GIL_VM_DIVISOR (32)
#define MICROPY_PY_THREAD_RECURSIVE_MUTEX (1) // the unix port's threads are built on it, with or without that lock
// The interpreter's lock rules out raising KeyboardInterrupt straight from the signal: it is scheduled, as on the chip.
#define MICROPY_ASYNC_KBD_INTR (0)

#define MICROPY_PY_HASHLIB_MD5 (1)
#define MICROPY_PY_HASHLIB_SHA1 (1)
#define MICROPY_PY_HASHLIB_SHA256 (1)
#define MICROPY_PY_CRYPTOLIB (1)
#define MICROPY_PY_OS_SYNC (1)
#define MICROPY_PY_OS_UNAME (1)
#define MICROPY_PY_OS_URANDOM (1)
#define MICROPY_HW_BOARD_NAME "host, configured as the esp32 port is"
#define MICROPY_HW_MCU_NAME "x86"
#define MICROPY_PY_WEBSOCKET (1)
// Not as there: MICROPY_PY_MACHINE* MICROPY_PY_NETWORK* MICROPY_PY_ONEWIRE MICROPY_PY_ESPNOW MICROPY_PY_BLUETOOTH*
// MICROPY_BLUETOOTH_NIMBLE* MICROPY_HW_* MICROPY_ESP32_USE_BOOTLOADER_RTC. The host has none of it: `machine`, `esp32`, `network` and
// what hangs on them are those of the virtual chip (hal/sim/chip), which a test puts in.
// Not as there: MICROPY_PY_OS_DUPTERM* MICROPY_PY_WEBREPL. The host has one terminal, and nothing of ours uses another.
// Not as there: MICROPY_USE_INTERNAL_PRINTF MICROPY_PY_STRING_TX_GIL_THRESHOLD MICROPY_PY_MATH_GAMMA_FIX_NEGINF. They go round
// something in ESP-IDF.

#define MICROPY_FATFS_ENABLE_LFN (1)
// The chip's build has it where the board's partition table has a "romfs" partition; here it is mounted from memory.
#define MICROPY_VFS_ROM (1)
#define MICROPY_VFS_ROM_IOCTL (0)

// What follows no chip has, and a program under test cannot see: what the host needs to run an interpreter and read its figures.

#define MICROPY_USE_READLINE_HISTORY (1)
#define MICROPY_PY_TIME_CUSTOM_SLEEP (1)
#define MICROPY_PY_TIME_INCLUDEFILE "ports/unix/modtime.c"
#define MICROPY_PY_OS_INCLUDEFILE "ports/unix/modos.c"
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC (mp_random_seed_init())
#define MICROPY_MEM_STATS (1) // micropython.mem_total(), by which tests prove that nothing was allocated
#define MICROPY_MALLOC_USES_ALLOCATED_SIZE (1) // the statistics want it
#define MICROPY_DEBUG_PRINTERS (1) // ... and this, in the unix port
#define MICROPY_PY_SELECT_POSIX_OPTIMISATIONS (1) // waiting for a socket sleeps instead of asking each of them in turn
#define MICROPY_PY_SELECT_SELECT (0)

