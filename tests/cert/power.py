"""Power failures, lost connections, offline transactions, meter values: TC_032 to TC_041, TC_068 to TC_071."""

from tests.cert.book import CARD, GROUP_CARD, OTHER_CARD, STRANGER, case
from tools.csms.frames import moment


@case("TC_032_1", "Power failure - transaction is stopped, the stop is told after the boot")
async def power_failure(site):
    await site.begin()
    await site.advance(20)
    await site.cut(30)
    await site.bill((CARD, "PowerLoss"))


@case("TC_032_2", "Power failure - transaction goes on after the boot where that is configured", ResumeAfterPowerLoss="resume")
async def power_failure_resumed(site):
    await site.begin()
    await site.advance(20)
    await site.cut(30)
    await site.until(60, closed=True)
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_034", "Power failure with unavailable status")
async def power_failure_unavailable(site):
    assert await site.ask("ChangeAvailability", connectorId=0, type="Inoperative") == "Accepted"
    await site.status("Unavailable")
    await site.cut()
    await site.advance(3)
    assert (site.point.status[0], site.point.status[1]) == ("Unavailable", "Unavailable")


@case("TC_036", "Connection loss during transaction", MeterValueSampleInterval=10)
async def connection_loss(site):
    await site.begin()
    await site.advance(12)
    await site.offline()
    await site.advance(35)
    assert (await site.connector())["contactor"]["closed"]
    await site.online()
    await site.delivered()
    assert len(site.told("MeterValues")) >= 4 and site.told("BootNotification") == []
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


async def offline_start(site, card):
    await site.offline()
    await site.begin(card)
    began = site.now()
    await site.advance(15)
    await site.online()
    await site.started()
    assert abs((moment(site.told("StartTransaction")[0]["timestamp"]) - began).total_seconds()) < 10


@case("TC_037_1", "Offline start transaction - valid idTag", AllowOfflineTxForUnknownId=True)
async def offline_start_valid(site):
    await offline_start(site, CARD)
    await site.advance(5)
    assert (await site.connector())["contactor"]["closed"]
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_037_2", "Offline start transaction - invalid idTag, suspended",
      AllowOfflineTxForUnknownId=True, StopTransactionOnInvalidId=False)  # fmt: skip
async def offline_start_suspended(site):
    await offline_start(site, STRANGER)
    await site.status("SuspendedEVSE")
    assert (await site.connector())["session"] is not None
    await site.leave()
    await site.bill((STRANGER, "EVDisconnected"))


@case("TC_037_3", "Offline start transaction - invalid idTag, stopped",
      AllowOfflineTxForUnknownId=True, StopTransactionOnInvalidId=True)  # fmt: skip
async def offline_start_stopped(site):
    await offline_start(site, STRANGER)
    await site.until(30, closed=False)
    await site.bill((STRANGER, "DeAuthorized"))


@case("TC_038", "Offline stop transaction")
async def offline_stop(site):
    await site.begin()
    await site.advance(5)
    await site.offline()
    await site.tap()
    await site.until(15, closed=False, session=None)
    ended = site.now()
    await site.advance(60)
    await site.online()
    await site.bill((CARD, "Local"))
    assert abs((site.mine[0].ended - ended).total_seconds()) < 10


@case("TC_039", "Offline transaction", AllowOfflineTxForUnknownId=True, MeterValueSampleInterval=10)
async def offline_transaction(site):
    await site.offline()
    await site.begin()
    await site.advance(35)
    await site.leave()
    await site.advance(30)
    await site.online()
    await site.bill((CARD, "EVDisconnected"))
    assert site.order("StartTransaction", "MeterValues", "StopTransaction") == [
        "StartTransaction", *["MeterValues"] * len(site.told("MeterValues")), "StopTransaction"]  # fmt: skip


@case("TC_041", "Fault behaviour")
async def fault(site):
    await site.charge()
    await site.do("fault", name="rcd_dc")
    await site.status("Charging", "Faulted")
    assert site.told("StatusNotification")[-1]["errorCode"] == "GroundFailure"
    await site.do("fault", name="rcd_dc", on=False)
    await site.do("unplug")
    await site.status("Faulted", "Available")
    await site.bill((CARD, "Other"))


@case("TC_068", "Stop transaction - idTag matches the one that started it")
async def stop_own_card(site):
    await site.begin()
    await site.tap(OTHER_CARD)
    await site.advance(10)
    assert (await site.connector())["contactor"]["closed"]
    await site.tap(CARD)
    await site.bill_after_opening((CARD, "Local"))
    assert site.mine[0].stop_id_tag == CARD


@case("TC_069", "Stop transaction - parentIdTag is the same")
async def stop_group_card(site):
    await site.begin()
    await site.tap(GROUP_CARD)
    await site.bill_after_opening((CARD, "Local"))
    assert site.mine[0].stop_id_tag == GROUP_CARD


@case("TC_070", "Sampled meter values", MeterValueSampleInterval=10, MeterValuesSampledData="Energy.Active.Import.Register,Voltage",
      StopTxnSampledData="Energy.Active.Import.Register")  # fmt: skip
async def sampled(site):
    await site.begin()
    await site.advance(35)
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))
    told = site.told("MeterValues")
    assert len(told) >= 3
    assert {s["measurand"] for one in told for s in one["meterValue"][0]["sampledValue"]} == {"Energy.Active.Import.Register", "Voltage"}
    assert {s["context"] for one in told for s in one["meterValue"][0]["sampledValue"]} == {"Sample.Periodic"}
    assert len(site.told("StopTransaction")[0]["transactionData"]) >= 4


@case("TC_071", "Clock-aligned meter values", ClockAlignedDataInterval=30, MeterValuesAlignedData="Energy.Active.Import.Register",
      StopTxnAlignedData="Energy.Active.Import.Register")  # fmt: skip
async def clock_aligned(site):
    await site.begin()
    await site.advance(65)
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))
    told = [one["meterValue"][0] for one in site.told("MeterValues") if "transactionId" in one]
    assert len(told) >= 2 and {one["timestamp"][17:19] for one in told} <= {"00", "01", "30", "31"}
    assert {s["context"] for one in told for s in one["sampledValue"]} == {"Sample.Clock"}
    data = site.told("StopTransaction")[0]["transactionData"]
    assert len([one for one in data if one["sampledValue"][0]["context"] == "Sample.Clock"]) == len(told)
