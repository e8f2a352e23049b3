"""The demo's data, read from JSON into frozen dataclasses, whole and sound or not at all."""

from scripts.local.dataset.entries import (
    BrandData,
    DeviceData,
    PrinterData,
    ShopData,
    StaffData,
    StationData,
    TableData,
)
from scripts.local.dataset.load import YUWEIFANG, DatasetError, load_dataset
from scripts.local.dataset.whole import Dataset

__all__ = [
    "YUWEIFANG",
    "BrandData",
    "Dataset",
    "DatasetError",
    "DeviceData",
    "PrinterData",
    "ShopData",
    "StaffData",
    "StationData",
    "TableData",
    "load_dataset",
]
