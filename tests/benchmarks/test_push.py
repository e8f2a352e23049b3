"""The benchmark of a push interrupts it and counts, member by member, who got what."""

from __future__ import annotations

import pytest

from scripts.benchmarks import push as bench


@pytest.mark.usefixtures("db")  # the settings that are kept for the process are the tests' own
def test_a_short_run_previews_kills_stops_resumes_and_leaves_nobody_out(capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(["--members", "1000", "--kills", "1"])
    whole, rate, *bounds = capsys.readouterr().out.splitlines()
    assert whole.startswith("push: 1,000 members in ")
    assert rate.endswith("members/s undisturbed")
    assert [bound.partition(" (")[0].partition(":")[0] for bound in bounds] == [
        "preview, everybody",
        "preview, dormant 30 days",
        "preview, all conditions",
        "members with more than one coupon",
        "members without a coupon",
    ]
    assert "(1,000 members, " in bounds[0]
    assert [bound.split()[-1] for bound in bounds[-2:]] == ["holds", "holds"]
