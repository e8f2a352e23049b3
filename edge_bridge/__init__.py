"""The store PC's daemon: broker → transport → spool → worker → rendering → device → receipt, one way only."""

__version__ = "0.1.0"
