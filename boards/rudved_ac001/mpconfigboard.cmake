# Rudved AC001. Generated from board.py; python -m tools.docs
# ESP32-S3-WROOM-1 N16R8, 16 MB of flash and 8 MB of octal PSRAM.
set(IDF_TARGET esp32s3)

set(SDKCONFIG_DEFAULTS boards/sdkconfig.base)
# The file's name depends on MicroPython's version.
foreach(PART spiram_sx spiram_quad)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/boards/sdkconfig.${PART})
        list(APPEND SDKCONFIG_DEFAULTS boards/sdkconfig.${PART})
        set(PSRAM_FOUND ${PART})
    endif()
endforeach()
if(NOT PSRAM_FOUND)
    message(FATAL_ERROR "MicroPython has none of boards/sdkconfig.spiram_sx, spiram_quad: too old or too new a version")
endif()
# Until MicroPython 1.27 USB had a file of its own.
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/boards/sdkconfig.usb)
    list(APPEND SDKCONFIG_DEFAULTS boards/sdkconfig.usb)
endif()
list(APPEND SDKCONFIG_DEFAULTS
    boards/sdkconfig.spiram_oct
    boards/sdkconfig.240mhz
    ${MICROPY_BOARD_DIR}/sdkconfig.board
    ${CMAKE_BINARY_DIR}/sdkconfig.partitions
)
# ESP-IDF wants the table's whole path.
file(WRITE ${CMAKE_BINARY_DIR}/sdkconfig.partitions
    "CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"${MICROPY_BOARD_DIR}/partitions.csv\"\n")

set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)
