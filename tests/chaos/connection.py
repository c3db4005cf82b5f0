"""The clients of tests/integration that speak messages."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))

# pylint: disable=wrong-import-position
from clients import SANDBOX, CallError, Connection, enum_name, message_class

__all__ = ['CallError', 'Connection', 'SANDBOX', 'enum_name', 'message_class']
