"""The parts of `docs/api.md` that no contract tells."""

from __future__ import annotations

HEAD = """# API reference

Written by `scripts/reference` from the code; a test keeps it current.

**Calling.** In the mini-program: `wx.cloud.callFunction({name, data})`, or the typed client of
[docs/client](client/README.md), which also resends. The function answers an envelope, always one of these two:

```json
{"success": true, "data": {}, "requestId": "r-1"}
{"success": false, "code": "STOCK_SHORT", "message": "红烧黄河鲤鱼库存不足", "details": {}, "requestId": "r-2"}
```

`code` is stable and for programs, `message` is Chinese and for the person who reads it, `details` is what the code is
about. The envelope's `requestId` is the call's own: what the log knows it by. The HTTP status counts only for calls
over HTTP access (store PCs).

**Resending.** A command that changes something takes a `requestId` that the client makes (a UUID), once per thing the
guest wants done. No answer, `BUSY` or `UNKNOWN`: send the same command with the same `requestId` again after 3, 6, 12
and 20 seconds; it happens once, and the answer is the first one's. Any other failure is final: nothing was changed, and
the same call will be refused again. The same `requestId` with another body is `REQUEST_ID_REUSED`.

**Who calls.** The platform proves who calls; no field does. A guest is anybody with the mini-program; staff are guests
whom the shop has bound to a role. `shopId` picks one of a staff member's own shops and may be left out if there is one.

**Values.** Money is in fen (6800 is ¥68.00), times are ISO 8601 with offset. A field that is not listed is refused by
name. A request leaves out what is not required (rather than send `null`), a reply what there is nothing to say about.
"""

FOR_MACHINES = """## For machines

What timers, functions and store PCs call. The store PC calls over HTTP, signed.
"""

REFUSALS = """## Refusals

Any function may answer `INVALID_ARGUMENT`, `UNAUTHENTICATED`, `PERMISSION_DENIED`, `BUSY`, `UNKNOWN` and `INTERNAL`;
the others are named with the function.
"""
