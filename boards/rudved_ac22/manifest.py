# What is frozen: the port's own modules, and what `make firmware BOARD=rudved_ac22 MICROPYTHON=...` has laid out.
include("$(PORT_DIR)/boards/manifest.py")
freeze("$(BOARD_DIR)/../../build/rudved_ac22/frozen")
