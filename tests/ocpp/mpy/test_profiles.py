"""Charging profiles: what a profile says at a moment, stacking, and composite schedules against a second-by-second oracle."""
import asyncio
import unittest

from firmware.ocpp import composite
from firmware.ocpp.profile import Profile, ProfileError, from_text
from firmware.support.clock import iso8601, parse_iso8601

T0 = parse_iso8601("2026-11-23T00:00:00Z")  # a Monday


class Spec:
    id = 1
    phases = 1


class Three:
    id = 1
    phases = 3


def payload(periods, purpose="TxDefaultProfile", kind="Absolute", start=0, stack=0, unit="A", id=1, **more):
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": [{"startPeriod": p[0], "limit": p[1]} for p in periods]}
    if start is not None:
        schedule["startSchedule"] = iso8601(T0 + start)
    for name in ("duration", "minChargingRate"):
        if name in more:
            schedule[name] = more.pop(name)
    for name in ("validFrom", "validTo"):
        if name in more:
            more[name] = iso8601(T0 + more[name])
    more.update({"chargingProfileId": id, "stackLevel": stack, "chargingProfilePurpose": purpose,
                 "chargingProfileKind": kind, "chargingSchedule": schedule})
    return more


def profile(periods, connector=1, **more):
    return Profile(connector, payload(periods, **more), 24)


def says(it, at, began=T0):
    found = it.limit(T0 + at, began)
    return found and found[0]


class OneProfile(unittest.TestCase):
    def test_absolute_schedule_counts_from_its_start(self):
        it = profile([(0, 16), (60, 10)], start=100)
        self.assertEqual([says(it, at) for at in (99, 100, 159, 160, 9999)], [None, 160, 160, 100, 100])

    def test_after_its_duration_it_says_nothing(self):
        it = profile([(0, 16)], duration=60)
        self.assertEqual([says(it, at) for at in (0, 59, 60)], [160, 160, None])

    def test_valid_from_counts_and_valid_to_does_not(self):
        it = profile([(0, 16)], validFrom=10, validTo=20)
        self.assertEqual([says(it, at) for at in (9, 10, 19, 20)], [None, 160, 160, None])

    def test_daily_schedule_begins_anew_each_day(self):
        it = profile([(0, 16), (3600, 10)], kind="Recurring", recurrencyKind="Daily", start=-86400 * 3 + 7200)
        self.assertEqual([says(it, at) for at in (0, 7199, 7200, 10800, 93600, 97200)], [100, 100, 160, 100, 160, 100])

    def test_weekly_schedule_begins_anew_each_week(self):
        it = profile([(0, 6), (86400, 32)], kind="Recurring", recurrencyKind="Weekly", start=-7 * 86400)
        self.assertEqual([says(it, at) for at in (0, 86400, 7 * 86400, 8 * 86400)], [60, 320, 60, 320])

    def test_relative_schedule_counts_from_the_sessions_beginning(self):
        it = profile([(0, 16), (60, 10)], kind="Relative", start=None)
        self.assertEqual([says(it, at, T0 + 50) for at in (49, 50, 109, 110)], [None, 160, 160, 100])
        self.assertIsNone(says(it, 50, None))

    def test_what_makes_no_sense_is_refused(self):
        for bad in (
            {"periods": []}, {"periods": [(5, 16)]}, {"periods": [(0, 16), (0, 10)]}, {"periods": [(0, 16), (9, 6), (5, 8)]},
            {"periods": [(0, -1)]}, {"periods": [(i, 16) for i in range(25)]}, {"periods": [(0, 16)], "kind": "Recurring"},
            {"periods": [(0, 16)], "kind": "Relative", "purpose": "ChargePointMaxProfile"},
            {"periods": [(0, 16)], "validFrom": 10, "validTo": 10}, {"periods": [(0, 16)], "stack": -1},
            {"periods": [(0, 16)], "kind": "Recurring", "recurrencyKind": "Daily", "start": None},
            {"periods": [(0, 16)], "duration": -1},
        ):
            with self.assertRaises(ProfileError):
                profile(**bad)

    def test_it_is_the_same_after_a_power_cut(self):
        it = profile([(0, 16.1), (60, 10)], kind="Recurring", recurrencyKind="Daily", duration=70, validTo=9999, id=7)
        again = from_text(it.text())
        self.assertEqual(again.text(), it.text())
        self.assertEqual([says(again, at) for at in (0, 60, 70)], [161, 100, None])
        for text in ("", "[]", "{}", "[1,2]", "7"):
            with self.assertRaises(ValueError):
                from_text(text)


def limit(profiles, at, spec=Spec, running=True, transaction=5, began=T0, rating_ma=32000):
    return composite.limit_at(profiles, spec, transaction, T0 + at, began, running, rating_ma)


class Stacking(unittest.TestCase):
    def test_highest_stack_level_that_says_something_rules(self):
        low = profile([(0, 20)], stack=0)
        high = profile([(0, 10)], stack=1, start=100, duration=50, id=2)
        self.assertEqual([limit([low, high], at).ma for at in (0, 100, 149, 150)], [20000, 10000, 10000, 20000])

    def test_tx_profile_replaces_the_default_and_the_maximum_bounds_both(self):
        default = profile([(0, 10)])
        tx = profile([(0, 25)], purpose="TxProfile", id=2)
        most = profile([(0, 16)], 0, purpose="ChargePointMaxProfile", id=3)
        self.assertEqual(limit([default], 0).ma, 10000)
        self.assertEqual(limit([default, tx], 0).ma, 25000)
        self.assertEqual(limit([default, tx, most], 0).ma, 16000)
        self.assertEqual(limit([default, tx], 0, Spec, False).ma, 10000)

    def test_tx_profile_of_another_transaction_says_nothing(self):
        tx = profile([(0, 10)], purpose="TxProfile", transactionId=4)
        self.assertEqual(limit([tx], 0).ma, 32000)
        self.assertEqual(limit([tx], 0, transaction=4).ma, 10000)

    def test_default_of_the_connector_goes_before_that_of_the_charge_point(self):
        everywhere = profile([(0, 10)], 0, stack=5)
        here = profile([(0, 20)], 1, stack=0, id=2)
        self.assertEqual(limit([everywhere, here], 0).ma, 20000)
        self.assertEqual(limit([everywhere, profile([(0, 6)], 2, id=3)], 0).ma, 10000)

    def test_nothing_is_offered_beyond_the_rating(self):
        self.assertEqual(limit([profile([(0, 63)])], 0).ma, 32000)

    def test_what_is_left_below_the_minimum_rate_is_nothing(self):
        it = profile([(0, 16)], minChargingRate=8.0)
        self.assertEqual(limit([it], 0).ma, 16000)
        most = profile([(0, 10)], 0, purpose="ChargePointMaxProfile", id=2)
        self.assertEqual((limit([it, most], 0).ma, limit([it, most], 0).floor_ma), (10000, 8000))
        little = profile([(0, 7)], 0, purpose="ChargePointMaxProfile", id=2)
        self.assertEqual(limit([it, little], 0).ma, 0)

    def test_watts_are_of_all_phases_together(self):
        it = profile([(0, 6900)], unit="W")
        self.assertEqual(limit([it], 0, Spec).ma, 30000)
        self.assertEqual(limit([it], 0, Three).ma, 10000)
        self.assertEqual(limit([it], 0, Three).tenths_in("W"), 69000)
        self.assertEqual(limit([profile([(0, 10)])], 0, Three).tenths_in("W"), 69000)


class Composite(unittest.TestCase):
    async def schedule(self, profiles, begin, duration, unit="A", most=100):
        def limit_of(at):
            return composite.limit_at(profiles, Spec, 5, at, T0, True, 32000)

        return await composite.schedule(limit_of, profiles, T0 + begin, duration, T0, unit, most)

    async def agrees(self, profiles, begin, duration):
        """The schedule is, second by second, what the profiles say."""
        periods, length = await self.schedule(profiles, begin, duration)
        self.assertEqual(length, duration)
        self.assertEqual(periods[0][0], 0)
        told, i = None, 0
        for at in range(duration):
            if i < len(periods) and periods[i][0] == at:
                self.assertNotEqual(periods[i][1:], told)
                told = periods[i][1:]
                i += 1
            one = composite.limit_at(profiles, Spec, 5, T0 + begin + at, T0, True, 32000)
            self.assertEqual((one.tenths_in("A"), one.phases), told)
        self.assertEqual(i, len(periods))

    async def test_without_profiles_it_is_the_rating(self):
        self.assertEqual(await self.schedule([], 0, 3600), ([(0, 320, 0)], 3600))
        self.assertEqual(await self.schedule([], 0, 0), ([], 0))

    async def test_it_agrees_with_the_profiles_at_every_second(self):
        stack = [
            profile([(0, 10), (40, 20), (90, 7)], start=-20),
            profile([(0, 16), (10, 12)], stack=1, start=30, duration=45, id=2),
            profile([(0, 25), (33, 13)], purpose="TxProfile", kind="Relative", start=None, validFrom=60, validTo=200, id=3),
            profile([(0, 18)], 0, purpose="ChargePointMaxProfile", start=0, validTo=150, id=4),
        ]
        for n in range(len(stack) + 1):
            for begin in (0, 17, 59, 60, 150, 199, 200):
                await self.agrees(stack[:n], begin, 300)

    async def test_daily_profile_agrees_over_midnight(self):
        daily = profile([(0, 6), (100, 16), (200, 32)], kind="Recurring", recurrencyKind="Daily", start=-86400)
        await self.agrees([daily], 86400 - 150, 400)

    async def test_valid_to_inside_the_window_does_not_hang_the_charger(self):
        for begin in range(5):
            ends = profile([(0, 10)], validTo=begin)
            later = profile([(0, 16)], stack=1, validFrom=begin + 3, validTo=begin + 7, id=2)
            await self.agrees([ends, later], begin, 20)

    async def test_endless_window_ends(self):
        daily = profile([(i * 60, 6 + i) for i in range(24)], kind="Recurring", recurrencyKind="Daily", start=0)
        periods, length = await self.schedule([daily], 0, 31622400, "A", 24)
        self.assertEqual(len(periods), 24)
        flat = profile([(0, 16), (60, 16)], kind="Recurring", recurrencyKind="Daily", start=0)
        periods, length = await self.schedule([flat], 0, 31622400)
        self.assertTrue(len(periods) == 1 and length > 86400)


class Yield(unittest.TestCase):
    async def test_others_run_while_a_long_schedule_is_made(self):
        daily = profile([(0, 16), (60, 16)], kind="Recurring", recurrencyKind="Daily", start=0)
        turns = [0]

        async def other():
            while True:
                turns[0] += 1
                await asyncio.sleep_ms(0)

        task = asyncio.create_task(other())
        await composite.schedule(lambda at: limit([daily], at - T0), [daily], T0, 8640000, T0, "A", 100)
        task.cancel()
        self.assertTrue(turns[0] > 10)


if __name__ == "__main__":
    unittest.main()
