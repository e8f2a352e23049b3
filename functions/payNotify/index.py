"""Hear what WeChat Pay says of payments and refunds; called by WeChat Pay."""

from __future__ import annotations

from shared.contracts.payments import NotifyReply, PayNotify
from shared.entry import Machine, callback_function
from shared.usecases.hearing import take_notice


@callback_function("payNotify", PayNotify)
def main(told: PayNotify, machine: Machine) -> NotifyReply:
    return take_notice(told, machine)
