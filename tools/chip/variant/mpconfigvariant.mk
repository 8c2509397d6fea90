# Which parts of the unix port are built; mpconfigvariant.h beside this file says the rest.

MICROPY_FORCE_32BIT = 1

# As on the chip: threads under one lock of the interpreter. The port's own switch builds them without (see the header).
MICROPY_PY_THREAD = 0
LDFLAGS += -lpthread

# See stack.c.
LDFLAGS += -Wl,--wrap=mp_cstack_init_with_sp_here

MICROPY_VFS_FAT = 1
MICROPY_VFS_LFS1 = 0
MICROPY_VFS_LFS2 = 1

MICROPY_PY_SSL = 1
MICROPY_SSL_MBEDTLS = 1

# Wi-Fi and Bluetooth have no host; libffi and Java no chip. The chip's btree is not used.
MICROPY_PY_BLUETOOTH = 0
MICROPY_PY_FFI = 0
MICROPY_PY_JNI = 0
MICROPY_PY_BTREE = 0

# Native code in what is frozen.
MPY_CROSS_FLAGS = -march=x86

FROZEN_MANIFEST ?= $(VARIANT_DIR)/manifest.py
