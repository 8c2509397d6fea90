# What the esp32 port freezes that the firmware uses.
include("$(MPY_DIR)/extmod/asyncio")
