"""Tests of the store PC's daemon, on a real broker, virtual printers and a small cloud that checks signatures."""
