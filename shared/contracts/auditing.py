"""What is said about the audit of the books: `auditBooks`."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from shared.contracts.wire import Wire


class AuditBooks(Wire):
    """Go on with tonight's audit. Sent by the timer, whose fields are let through.

    Harmless when anybody calls it: each law is looked at once a night.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class AuditReply(Wire):
    """How far tonight's audit is: laws done and to come, and how many documents broke one so far.

    `failed` names the laws that could not be looked at in this run; the next tries them again.
    """

    night: str
    done: int
    left: int
    findings: int
    failed: tuple[str, ...] = ()
