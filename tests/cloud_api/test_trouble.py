"""What goes wrong on the way: it is told, nothing is half done unseen, and the next run goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest

from scripts.deploying.present import LOCK
from scripts.deploying.wanted import MARK
from tests.cloud_api.account import Account, Environment, Fault
from tests.cloud_api.office import ENV_ID, FEW, Office, Told
from tests.cloud_api.server import serve


def test_a_failed_creation_stops_tells_how_far_it_got_and_the_next_run_goes_on(
    office: Office, account: Account
) -> None:
    release = office.release("r1")
    names = list(release.functions)
    account.faults.append(Fault("CreateFunction", "fail", names[2]))
    told = office.deploy("apply")
    assert told.code == 1
    assert (
        f"stopped at step 4 of 9, function {names[2]}: {names[2]} is CreateFailed: InternalError the instance"
        in told.text
    )
    assert f"done (3): layer zaotai-deps_{ENV_ID}, function {names[0]}, function {names[1]}\n" in told.text
    assert f"not done (5): function {names[3]}, function {names[4]}, triggers sweep, routes" in told.text
    account.calls.clear()
    told = office.deploy("apply")
    assert told.code == 0, told.text
    assert [call for call in account.changes() if call[0].endswith("Function")] == [
        ("DeleteFunction", names[2]),
        *(("CreateFunction", name) for name in names[2:]),
    ]
    assert ("PublishLayerVersion", "") not in account.calls
    assert "nothing to do" in office.deploy("apply").text


@pytest.mark.parametrize("action", ["UpdateFunctionConfiguration", "UpdateFunctionCode"])
@pytest.mark.parametrize("kind", ["refuse", "fail"])
def test_a_failed_update_is_taken_up_again(office: Office, account: Account, action: str, kind: str) -> None:
    office.release("r1")
    office.deploy("apply")
    office.release("r2", code={"getMenu": "second", "submitOrder": "second"})
    account.faults.append(Fault(action, kind, "submitOrder", code="FailedOperation"))
    assert office.deploy("apply").code == 1
    account.calls.clear()
    assert office.deploy("apply").code == 0
    assert {name for _, name in account.changes()} == {"submitOrder"}
    assert "nothing to do" in office.deploy("apply").text


def test_code_that_may_have_been_changed_is_not_taken_for_the_old_one(office: Office, account: Account) -> None:
    """The run dies between the upload and the mark; going back must upload the old code, not believe the old mark."""
    old = office.release("r1")
    office.deploy("apply")
    office.release("r2", code={"getMenu": "second"})
    account.faults.append(Fault("UpdateFunctionCode", "fail", "getMenu"))
    assert office.deploy("apply").code == 1
    function = account.environments[ENV_ID].functions["getMenu"]
    assert MARK not in function.env
    assert office.deploy("rollback", "r1").code == 0
    assert function.code == old.path(old.functions["getMenu"]).read_bytes()
    assert function.env[MARK] == old.functions["getMenu"].sha256[:16]


def test_a_rollback_brings_back_code_settings_and_layer(office: Office, account: Account) -> None:
    old = office.release("r1")
    office.deploy("apply")

    def edit(config: dict[str, object]) -> None:
        for one in config["functions"]:  # type: ignore[attr-defined]
            one["timeout"] = 30

    office.release("r2", code=dict.fromkeys(FEW, "second"), layer="layer 2", edit=edit)
    office.deploy("apply")
    assert "release r2" in office.deploy("status").text.splitlines()[0]
    account.calls.clear()
    told = office.deploy("rollback", "r1")
    assert told.code == 0, told.text
    functions = account.environments[ENV_ID].functions
    assert {name: one.code for name, one in functions.items()} == {
        name: old.path(package).read_bytes() for name, package in old.functions.items()
    }
    assert functions["getMenu"].settings["Timeout"] == 10
    assert functions["getMenu"].settings["Layers"][0]["LayerVersion"] == 1
    assert ("PublishLayerVersion", "") not in account.calls
    assert "release r1" in office.deploy("status").text.splitlines()[0]


def test_a_release_that_is_older_than_the_database_is_refused(office: Office, account: Account) -> None:
    office.release("r1", schema_version=1)
    office.deploy("apply")
    office.release("r2", code={"getMenu": "second"}, schema_version=2)
    office.deploy("apply")
    account.invoke = lambda _name, _event: {"success": True, "data": _health(schema_version=2)}
    account.calls.clear()
    told = office.deploy("rollback", "r1")
    assert (told.code, account.changes()) == (1, [])
    assert "release r1 knows the database up to schema 1, and it is at 2" in told.text


def test_a_second_engineer_in_the_middle_of_a_deployment_is_told_who_deploys(office: Office, account: Account) -> None:
    office.release("r1")
    rival = Office(office.folder, account, office.endpoint, who="grace at home")
    rivals: list[Told] = []

    def meanwhile(_seconds: float) -> None:
        """The first engineer waits for the platform: here the second one comes in."""
        if not rivals:
            account.calls.clear()
            rivals.append(rival.deploy("apply"))
            assert account.changes() == []

    office.meanwhile = meanwhile
    assert office.deploy("apply").code == 0
    assert rivals[0].code == 1
    assert f"{ENV_ID} is locked by ada at head office since 20261124 120000 UTC run" in rivals[0].text
    assert sorted(account.environments[ENV_ID].functions) == sorted(FEW)


def test_of_four_engineers_who_start_together_one_deploys(office: Office, account: Account) -> None:
    office.release("r1")
    team = [Office(office.folder, account, office.endpoint, who=f"engineer {n}") for n in range(4)]
    gate, told = threading.Barrier(len(team)), []

    def work(one: Office) -> None:
        gate.wait(timeout=30)
        told.append(one.deploy("apply"))

    threads = [threading.Thread(target=work, args=(one,)) for one in team]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    reasons = ("is locked by engineer", "has changed since the plan was made", "nothing to do")
    done = [one for one in told if "done: " in one.text]
    assert (len(told), len(done)) == (4, 1)
    assert all(any(reason in one.text for reason in reasons) for one in told if one not in done)
    assert [account.calls.count(("CreateFunction", name)) for name in FEW] == [1] * len(FEW)


def test_an_interrupted_deployment_gives_the_lock_back_and_tells_how_far_it_got(
    office: Office, account: Account
) -> None:
    office.release("r1")
    waits = [0]

    def meanwhile(_seconds: float) -> None:
        waits[0] += 1
        if waits[0] == 3:
            raise KeyboardInterrupt

    office.meanwhile = meanwhile
    told = office.deploy("apply")
    assert told.code == 1
    assert "interrupted\n  done (" in told.text
    assert LOCK not in account.environments[ENV_ID].functions
    assert office.deploy("apply").code == 0


def test_a_held_lock_is_told_and_can_be_taken_away(office: Office, account: Account) -> None:
    office.release("r1")
    account.faults.append(Fault("DeleteFunction", "refuse", LOCK, code="UnauthorizedOperation", times=1))
    office.deploy("apply")  # dies without giving the lock back
    assert LOCK in account.environments[ENV_ID].functions
    office.release("r2", code={"getMenu": "second"})
    rival = Office(office.folder, account, office.endpoint, who="grace at home")
    account.calls.clear()
    told = rival.deploy("apply")
    assert (told.code, account.changes()) == (1, [])
    assert f"{ENV_ID} is locked by ada at head office since 20261124 120000 UTC run" in told.text
    assert "locked by ada" in rival.deploy("status").text
    assert rival.deploy("unlock").code == 1  # nobody there to confirm
    assert rival.deploy("unlock", ask=lambda _question: ENV_ID).code == 0
    assert rival.deploy("apply").code == 0
    assert "is not locked" in rival.deploy("unlock").text


def test_a_change_between_plan_and_lock_stops_the_apply(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    office.release("r2", code={"getMenu": "second"})

    def before(action: str, params: Mapping[str, object]) -> None:
        if action == "CreateFunction":
            del account.environments[ENV_ID].functions["submitOrder"]

    account.before = before
    account.calls.clear()
    told = office.deploy("apply")
    assert (told.code, account.changes()) == (1, [])
    assert "has changed since the plan was made" in told.text
    assert LOCK not in account.environments[ENV_ID].functions


def test_throttling_is_waited_out(office: Office, account: Account) -> None:
    office.release("r1")
    account.throttle_every = 3
    told = office.deploy("apply")
    assert told.code == 0
    assert "RequestLimitExceeded, trying again in" in told.text
    assert sorted(account.environments[ENV_ID].functions) == sorted(FEW)


def test_throttling_without_end_is_told_after_eight_tries(office: Office, account: Account) -> None:
    office.release("r1")
    account.throttle_every = 1
    told = office.deploy("plan")
    assert told.code == 1
    assert told.text.count("trying again in") == 7
    assert "DescribeEnvs: RequestLimitExceeded" in told.text


@pytest.mark.parametrize(
    "action", ["CreateFunction", "PublishLayerVersion", "CreateTrigger", "ModifyResourcePermission"]
)
def test_a_lost_answer_does_no_harm(office: Office, account: Account, action: str) -> None:
    office.release("r1")
    account.faults.append(Fault(action, "lose"))
    told = office.deploy("apply")
    assert told.code == 0, told.text
    assert "nothing to do" in office.deploy("apply").text
    assert LOCK not in account.environments[ENV_ID].functions


def test_a_lost_answer_to_an_upload_is_sent_again(office: Office, account: Account) -> None:
    """The second sending meets the update that the first began."""
    office.release("r1")
    office.deploy("apply")
    office.release("r2", code={"getMenu": "second"})
    account.faults.append(Fault("UpdateFunctionCode", "lose"))
    told = office.deploy("apply")
    assert told.code == 0, told.text
    assert "nothing to do" in office.deploy("apply").text


def test_a_damaged_release_is_refused_and_no_older_one_taken_for_it(office: Office, account: Account) -> None:
    office.release("r1")
    release = office.release("r2")
    release.path(release.layer).write_bytes(b"half of it")
    told = office.deploy("apply")
    assert (told.code, account.changes()) == (1, [])
    assert "layer.zip is not what was built" in told.text


@pytest.mark.parametrize(
    ("change", "code", "advice"),
    [
        ({"TENCENTCLOUD_SECRET_ID": "AKIDsomebodyElse"}, "AuthFailure.SecretIdNotFound", "TENCENTCLOUD_SECRET_ID"),
        ({"TENCENTCLOUD_SECRET_KEY": "a wrong key of mine"}, "AuthFailure.SignatureFailure", "TENCENTCLOUD_SECRET_KEY"),
    ],
)
def test_wrong_credentials_are_told_with_what_to_look_at(
    office: Office, account: Account, change: dict[str, str], code: str, advice: str
) -> None:
    office.release("r1")
    told = office.deploy("apply", change=change)
    assert (told.code, account.calls) == (1, [])
    assert code in told.text
    assert f"look at {advice}" in told.text


def test_an_environment_of_another_account_or_not_in_order_is_told(office: Office, account: Account) -> None:
    office.release("r1")
    assert "has no environment elsewhere-1" in office.deploy("plan", change={"ENV_ID": "elsewhere-1"}).text
    account.environments[ENV_ID].status = "UNAVAILABLE"
    assert f"environment {ENV_ID} is UNAVAILABLE" in office.deploy("plan").text


def test_without_http_access_the_plan_says_where_to_switch_it_on_and_apply_does_nothing(
    office: Office, account: Account
) -> None:
    office.release("r1")
    account.environments[ENV_ID] = Environment()
    told = office.deploy("apply")
    assert (told.code, account.changes()) == (1, [])
    assert "switch on HTTP access in the console" in told.text


def test_a_refusal_that_repeats_what_was_sent_shows_no_secret(office: Office, account: Account) -> None:
    """The fixture `office` looks through everything printed; here the platform itself says it back."""
    office.release("r1")
    account.faults.append(Fault("CreateFunction", "refuse", "getMenu", code="InvalidParameterValue.Environment"))
    told = office.deploy("apply")
    assert told.code == 1
    assert "«MONGODB_URI»" in told.text


def test_the_simulator_refuses_what_the_vendors_models_do_not_know(account: Account) -> None:
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.scf.v20180416.scf_client import ScfClient

    from tests.cloud_api.office import KEY, KEY_ID

    with serve(account) as endpoint:
        profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint.rpartition("/")[2]))
        client = ScfClient(Credential(KEY_ID, KEY), "ap-shanghai", profile)
        with pytest.raises(TencentCloudSDKException, match="UnknownParameter"):
            client.call_json("ListFunctions", {"Namespace": ENV_ID, "Colour": "red"})


def _health(*, schema_version: int) -> dict[str, object]:
    return {
        "now": "2026-11-24T12:00:00Z",
        "database": "ok",
        "schemaVersion": schema_version,
        "broker": "ok",
        "wechatPay": "ok",
        "wechatMessages": "ok",
    }
