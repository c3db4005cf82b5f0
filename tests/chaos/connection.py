"""A service over a connection of its own, in protobuf messages.

clients.Api speaks dictionaries, which is kind to a reader and slow; here are thousands of
answers and events, which are compared as they came.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))

# pylint: disable=wrong-import-position
import grpc

import clients
from clients import CallError, message_class

__all__ = ['CallError', 'Connection', 'SANDBOX', 'enum_name', 'message_class']

PAYMENTS = 'payments.v1.PaymentsService'
SANDBOX = 'payments.sandbox.v1.SandboxService'

# A restarted server is found again within so many milliseconds.
RECONNECT_MS = 50
PAGE_SIZE = 1000


def enum_name(message, field):
    """The name of an enum field's value, without what all its values begin with."""
    enum = message.DESCRIPTOR.fields_by_name[field].enum_type
    prefix = enum.values[0].name.removesuffix('UNSPECIFIED')
    return enum.values_by_number[getattr(message, field)].name.removeprefix(prefix)


class Connection:
    """Thread-safe. Calls wait for a server that is not there, as long as they may take."""

    def __init__(self, address, service=PAYMENTS):
        self._channel = grpc.insecure_channel(address, options=[
            ('grpc.enable_retries', 0), ('grpc.use_local_subchannel_pool', 1),
            ('grpc.initial_reconnect_backoff_ms', RECONNECT_MS),
            ('grpc.min_reconnect_backoff_ms', RECONNECT_MS),
            ('grpc.max_reconnect_backoff_ms', RECONNECT_MS),
            ('grpc.max_receive_message_length', -1)])
        self._service = clients.POOL.FindServiceByName(service)

    def _method(self, name, kind):
        method = self._service.FindMethodByName(name)
        return getattr(self._channel, kind)(
            f'/{self._service.full_name}/{name}',
            message_class(method.input_type.full_name).SerializeToString,
            message_class(method.output_type.full_name).FromString)

    def start(self, name, request, timeout):
        """Sends the request; calling the result waits for the answer."""
        future = self._method(name, 'unary_unary').future(request, timeout, wait_for_ready=True)

        def answer():
            try:
                return future.result()
            except grpc.RpcError as error:
                raise CallError(error) from None
        return answer

    def call(self, name, request, timeout):
        return self.start(name, request, timeout)()

    def stream(self, name, request, timeout=None):
        """An iterator that can be cancelled; raises grpc.RpcError at its end."""
        return self._method(name, 'unary_stream')(request, timeout, wait_for_ready=True)

    def list(self, method, timeout, **wanted):
        """Everything that a method lists, page by page."""
        described = self._service.FindMethodByName(method)
        items = next(field.name for field in described.output_type.fields
                     if field.label == field.LABEL_REPEATED)
        request = message_class(described.input_type.full_name)(page_size=PAGE_SIZE, **wanted)
        listed = []
        while True:
            answer = self.call(method, request, timeout)
            listed += getattr(answer, items)
            if not answer.next_page_token:
                return listed
            request.page_token = answer.next_page_token

    def close(self):
        self._channel.close()
