from hal.boot.slots import Slots as Slots
