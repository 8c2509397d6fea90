"""Every number of the safety core, with where it comes from. Integers only; units in the names.

Sources: "61851" is IEC 61851-1:2017 (IS 17017-1:2018), its Annex A tables as other makers' published firmware and
data sheets cite them; "62955" is IEC 62955; "CEA" the Indian CEA regulations of 2019; "Phoenix" and "Beckhoff" those
makers' manuals; "own" is a decision of this firmware. Rows still to be checked against the bought text of the
standard say so with a question mark.
"""
from micropython import const

# Tick
TICK_MS = const(20)                     # own: with a burst, a gap and a burst it keeps 43 ms from event to open command
TICK_OVERRUN_MS = const(50)             # own: a longer gap with a closed contactor opens it
BOOT_MS = const(1000)                   # own: after power-on no contactor closes for so long

# Pilot voltages, millivolts at the pin, positive peak: (enter low, enter high, stay low, stay high)
PILOT_A = (10750, 13000, 10500, 13250)  # 61851 Table A.2?; Beckhoff EL6761 defaults for the stay windows
PILOT_B = (8000, 10000, 7750, 10250)
PILOT_C = (5000, 7000, 4750, 7250)
PILOT_D = (2000, 4000, 1750, 4250)
PILOT_E = (-1000, 1000, -1250, 1250)    # own: pilot shorted to earth, or without supply
PILOT_SPREAD_MV = const(1000)           # own: three extremes further apart are noise or an edge, not a level
DIODE_OK_MV = const(-10500)             # 61851 A.2?: -12 V +-5 % less the burst's noise
DIODE_FAIL_MV = const(-10000)
PILOT_MIN_SAMPLES = const(2)            # own: fewer conversions in a phase prove nothing
BURST_INTERVAL_MAX_US = const(90)       # own, computed: from 100 us on a 64-conversion burst goes blind by aliasing
CONFIRM_GAP_US = const(3000)            # own: the second burst of a suspicion; rejects glitches shorter than 3 ms

# Calibration of one charger (charging/calibration.py)
CALIBRATION_UNITY = const(4096)         # the gain that changes nothing
CALIBRATION_MV = const(600)             # own: 60 mV at an ESP32's converter, its worst offset, are so much at the pin
CALIBRATION_GAIN = const(205)           # own: its worst gain and resistors of 1 %, 5 %
CALIBRATION_DC = const(50)              # own: a sensor that is further off is broken, or the thermometer elsewhere
UNCALIBRATED_MA = const(16000)          # own: offered at most where the pilot's readings are nominal

# Pilot duty, in 1/65536 of the period
DUTY_X1 = const(65536)                  # steady +12 V
DUTY_F = const(0)                       # steady -12 V
OFFER_MIN_MA = const(6000)              # 61851 Table A.7: nothing below 6 A can be said
OFFER_MAX_MA = const(80000)

# Times of the state machine, milliseconds
PLUG_WINDOWS = const(3)                 # 61851 seq. 1.1, own filter: a plug is in after so many windows, 60 ms
CLOSE_FILTER_MS = const(500)            # own: C must last; BMW iX3 shows 250 ms pulses of C
DIODE_PROOF_MS = const(100)             # own: -12 V seen so long in this PWM phase before closing
CLOSE_LATEST_MS = const(2500)           # 61851 seq. 4: close within 3 s of C, or not at all
X1_STEP_MS = const(3000)                # 61851 via EVerest t_step_X1: x1 at least so long before x2 again
STOP_UNDER_LOAD_MS = const(6000)        # 61851 seq. 10.2: a vehicle that goes on drawing is opened then
REOPEN_PAUSE_MS = const(5000)           # Tinkerforge: between opening and offering again
FAULT_PAUSE_MS = const(30000)           # Tinkerforge: the same, counted from a fault
FAULT_PULSE_MS = const(400)             # 61851 Table A.5: F for at least 300 ms, then x1 so that an unplug is seen
INCREASE_PAUSE_MS = const(5000)         # 61851 via EVerest: between two increases of the offer
DIODE_FAULT_MS = const(200)             # own: low side wrong for so long in C
DIODE_REFUSE_MS = const(500)            # own: the same in B
INVALID_FAULT_MS = const(500)           # own: no legal letter for so long is a fault; opening does not wait for it
UNPLUG_CLEAR_MS = const(2000)           # own: letter A for so long clears what lasts until unplug
SHORT_UNLOCK_MS = const(3000)           # 61851 Table D.9 via EVerest: unlocked within 5 s of E, contacts proven dead
RELAY_MASK_MS = const(30)               # own: so long after closing only A and E are believed: coil and contacts disturb

# A vehicle that shows B for half a second after each change of the offer (BMW's plug-in hybrids, told by Tinkerforge)
GLITCH_MS = const(300)                  # own: B so soon after a change is its answer to that
SHY_INCREASE_MS = const(600000)         # own: it is interrupted for more current so seldom
SHY_STEP_MA = const(2000)               # own: ... and for less only by so much

# Waking a sleeping vehicle (61851 A.5.3 as Tinkerforge and EVerest cite it)
WAKE_AFTER_MS = const(75000)            # own: offered for so long, and the vehicle has shown nothing but B
WAKE_PULSE_MS = const(4000)             # F, once in a plug-in
WAKE_X1_MS = const(1000)                # EVerest waits 750 ms at x1 before x2 again

# Contactor
ALIVE_MS = const(150)                   # own: all poles live so soon after closing
DEAD_MS = const(200)                    # own: all poles dead so soon after opening, else welded
DEAD_BEFORE_MS = const(200)             # own: dead for so long before closing
LINE_DOUBT_MS = const(4000)             # own: a meter has told within of the line before a dead pole; the next closing is later
CLOSINGS_PER_HOUR = const(10)           # own: wear, and a sign that something chatters

# Residual current (sensor after 62955: 6 mA DC within 10 s, 30 mA AC within 0.3 s)
TEST_TRIP_MIN_MS = const(10)            # own: faster was tripped before
TEST_TRIP_MAX_MS = const(700)           # own: after makers' data sheets
TEST_RELEASE_MS = const(1000)
TEST_AGE_MS = const(86400000)           # own: by the calendar when idle

# Proximity, ohms: lower bound of each window -> milliamperes (61851 Table B.2; windows of Phoenix EV Charge Control)
PROXIMITY = ((75, 150, 63000), (150, 330, 32000), (330, 1000, 20000), (1000, 2200, 13000))
PROXIMITY_READS = const(8)              # own: median of
PROXIMITY_PERIOD_MS = const(1000)

# Lock
LOCK_TIME_MS = const(600)               # own: feedback within, after makers' motor data
LOCK_PULSE_MS = const(6000)             # own: what a pulse warms the motor ...
LOCK_WARM_MS = const(60000)             # ... and how warm it may be: ten pulses a minute
LOCK_RETRY_MS = (1000, 1000, 2000, 4000, 8000)

# Temperature, tenths of a degree: derate from, to (6 A), stop, open at once, resume below
BOARD_DC = (650, 800, 850, 900, 550)    # own, after makers' cut-offs; Indian summer puts 65 degrees into a closed box
CONTACT_DC = (750, 850, 900, 950, 650)  # own: sensors at contactor and socket
SENSOR_LOW_DC = const(-300)
SENSOR_HIGH_DC = const(1100)
SENSOR_DEAD_MA = const(10000)           # own: offer with a dead or frozen sensor; 0 where one at a contact is dead
SENSOR_DEAD_MS = const(3000)
FROZEN_LOAD_MA = const(10000)           # own: so much current heats every box ...
FROZEN_REST_MS = const(300000)          # ... that has rested so long ...
FROZEN_MS = const(600000)               # ... by a tenth of a degree within this, or its sensor is frozen
LOOSE_RISE_DC = const(50)               # own: 5 K ...
LOOSE_MS = const(60000)                 # ... a minute at a contact, at constant current: a loose terminal
LOOSE_STEADY_MA = const(2000)           # current that moved less than this within the minute is constant

# Supply, from the meter (own, for Indian feeders; 230 V nominal)
UNDER_STOP_MV = const(180000)
UNDER_STOP_MS = const(3000)
UNDER_OPEN_MV = const(160000)
UNDER_OPEN_MS = const(500)
OVER_STOP_MV = const(265000)
OVER_STOP_MS = const(1000)
OVER_OPEN_MV = const(285000)            # broken neutral
OVER_OPEN_MS = const(100)
SUPPLY_GOOD_LOW_MV = const(190000)
SUPPLY_GOOD_HIGH_MV = const(255000)
FREQUENCY_LOW_MHZ = const(47500)
FREQUENCY_HIGH_MHZ = const(52500)
FREQUENCY_GOOD_LOW_MHZ = const(48000)
FREQUENCY_GOOD_HIGH_MHZ = const(52000)
FREQUENCY_MS = const(1000)
SUPPLY_HOLD_MS = const(60000)           # good for so long before offering again
SUPPLY_RANDOM_MS = const(120000)        # and then a random share of this, so that a street does not come back at once
RAMP_FROM_MA = const(6000)
RAMP_STEP_MA = const(2000)
RAMP_STEP_MS = const(10000)
SAG_BELOW_MV = const(200000)            # reduce by a step for each filter time spent below
SAG_ABOVE_MV = const(207000)
SAG_STEP_MA = const(2000)
SAG_STEP_MS = const(5000)
NEUTRAL_SPREAD_MV = const(60000)        # three phases further apart than this: neutral lost
NEUTRAL_MS = const(300)

# Over-current, per thousand of the offer, after the vehicle's time to follow
FOLLOW_MS = const(6000)                 # 61851 seq. 6: 5 s; EVerest waits 6 to 7
OVER_CURRENT_NOISE_MA = const(500)
OVER_CURRENT = ((1100, 10000), (1250, 3000), (1500, 1000))   # own curve; heat integrates towards it
OVER_CURRENT_OPEN_PERMILLE = const(1500)
OVER_CURRENT_PENALTY_MA = const(6000)
OVER_CURRENT_PENALTY_MS = const(300000)

# Weld seen by the meter where no feedback is fitted
WELD_CURRENT_MA = const(500)
WELD_AFTER_MS = const(5000)

# Meter facts
METER_LAG_MS = const(2000)              # what a meter says so soon after an opening may be from before it
METER_MAX_MA = const(1000000)           # more is no current but a wrong register, and would not fit 31 bits
METER_AGE_MS = const(10000)             # older facts protect nothing
METER_LOST_MS = const(60000)
METER_LOST_MA = const(10000)            # own: offer without a meter, where charging goes on

# Ventilation
FAN_MS = const(3000)                    # own: the fan proves that it turns within

# Permit
LEASE_MS = const(2000)                  # a supervisor that hangs loses its permission

# Inputs, milliseconds
ESTOP_MS = const(10)                    # own: the first reading opens, the second latches; one disturbed reading latches nothing
DOOR_MS = const(30)
TILT_MS = const(1000)
EARTH_MS = const(50)                    # CEA: earth continuity; three missed mains cycles

# Outlet without a pilot
OUTLET_IDLE_MA = const(250)             # peers: below this nothing is drawn; a setting, two-wheelers taper to 300 mA
OUTLET_IDLE_MS = const(60000)           # own: so long below and the vehicle counts as not drawing
OUTLET_PLUG_MS = const(500)             # own: the plug switch must rest so long before energy
