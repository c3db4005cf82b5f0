"""Clients of our gRPC services: Api, on python3-grpcio, for many calls, streams or calls at
once; BufCurl, through reflection, because we did not write it. Their requests and answers are
dictionaries in protobuf's JSON form, which `buf curl` reads and prints too.

Connection is for thousands of answers and events, which are compared as they came: it speaks
messages.
"""

import base64
import json
import pathlib
import subprocess
import tempfile
import threading

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from processes import END_WITH_PARENT, PATIENCE_S, ROOT


def find_buf():
    found = sorted(ROOT.glob('node_modules/@bufbuild/buf-linux-*/bin/buf'))
    return str(found[0] if found else ROOT / 'node_modules' / '.bin' / 'buf')


BUF = find_buf()

PAYMENTS = 'payments.v1.PaymentsService'
SANDBOX = 'payments.sandbox.v1.SandboxService'

# A restarted server is found again within so many milliseconds.
RECONNECT_MS = 50
PAGE_SIZE = 1000


def load_contract():
    """Every message and service of proto/, without generated code."""
    sources = [str(path.relative_to(ROOT / 'proto')) for path in (ROOT / 'proto').rglob('*.proto')
               if 'third_party' not in path.parts]
    third_party = ['google/rpc/error_details.proto', 'google/rpc/status.proto']
    with tempfile.NamedTemporaryFile() as image:
        subprocess.run(['protoc', '-I', ROOT / 'proto', '-I', ROOT / 'proto' / 'third_party',
                        '--include_imports', f'--descriptor_set_out={image.name}',
                        *sources, *third_party], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(image.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


POOL = load_contract()
MESSAGES = message_factory.MessageFactory(POOL)


def message_class(full_name):
    return MESSAGES.GetPrototype(POOL.FindMessageTypeByName(full_name))


def to_dict(message):
    return json_format.MessageToDict(message)


def enum_name(message, field):
    """The name of an enum field's value, without what all its values begin with."""
    enum = message.DESCRIPTOR.fields_by_name[field].enum_type
    prefix = enum.values[0].name.removesuffix('UNSPECIFIED')
    return enum.values_by_number[getattr(message, field)].name.removeprefix(prefix)


class CallError(Exception):
    """A gRPC error, with google.rpc details decoded."""

    def __init__(self, error):
        self.code = error.code().name
        self.message = error.details()
        self.details = {}
        for key, value in error.trailing_metadata() or ():
            if key == 'grpc-status-details-bin':
                self._decode(value)
        super().__init__(f'{self.code} {self.reason}: {self.message}')

    def _decode(self, value):
        for detail in message_class('google.rpc.Status').FromString(value).details:
            name = detail.type_url.split('/')[-1]
            self.details[name] = to_dict(message_class(name).FromString(detail.value))

    @property
    def error_info(self):
        return self.details.get('google.rpc.ErrorInfo', {})

    @property
    def reason(self):
        return self.error_info.get('reason')

    @property
    def metadata(self):
        return self.error_info.get('metadata', {})

    @property
    def fields(self):
        violations = self.details.get('google.rpc.BadRequest', {}).get('fieldViolations', [])
        return [violation['field'] for violation in violations]


class Stream:
    """A server stream of dictionaries."""

    def __init__(self, call):
        self._call = call

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return to_dict(next(self._call))
        except grpc.RpcError as error:
            raise CallError(error) from None

    def until(self, wanted):
        """The first message that is `wanted`, and those before it."""
        before = []
        for message in self:
            if wanted(message):
                return message, before
            before.append(message)
        raise AssertionError(f'the stream ended after {before}')

    def cancel(self):
        self._call.cancel()


class Api:
    """One gRPC service at one address; `key` is the caller's, if callers need one."""

    def __init__(self, address, service, key=None, options=()):
        self._metadata = [('authorization', f'Bearer {key}')] if key else None
        # A pool of its own: a restarted server is not reached over its predecessor's connection.
        self._channel = grpc.insecure_channel(address, options=[
            ('grpc.enable_retries', 0), ('grpc.max_send_message_length', -1),
            ('grpc.use_local_subchannel_pool', 1), *options])
        self._service = POOL.FindServiceByName(service)
        # gRPC cancels a call that nobody refers to, perhaps before it was sent.
        self._pending = set()

    def _method(self, name, kind):
        method = self._service.FindMethodByName(name)
        request = MESSAGES.GetPrototype(method.input_type)
        call = getattr(self._channel, kind)(
            f'/{self._service.full_name}/{name}', request.SerializeToString,
            MESSAGES.GetPrototype(method.output_type).FromString)
        return call, request

    def call(self, name, request=None, timeout=PATIENCE_S):
        return self.start(name, request, timeout)()

    def start(self, name, request=None, timeout=PATIENCE_S):
        """Sends the request; calling the result waits for the answer."""
        method, request_class = self._method(name, 'unary_unary')
        future = method.future(json_format.ParseDict(request or {}, request_class()), timeout,
                               self._metadata)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)

        def answer():
            try:
                return to_dict(future.result())
            except grpc.RpcError as error:
                raise CallError(error) from None
        return answer

    def stream(self, name, request, timeout=PATIENCE_S):
        method, request_class = self._method(name, 'unary_stream')
        return Stream(method(json_format.ParseDict(request, request_class()), timeout,
                             self._metadata))

    def close(self):
        self._channel.close()


class Connection:
    """Thread-safe. Calls wait for a server that is not there, as long as they may take."""

    def __init__(self, address, service=PAYMENTS, key=None):
        self._metadata = [('authorization', f'Bearer {key}')] if key else None
        self._channel = grpc.insecure_channel(address, options=[
            ('grpc.enable_retries', 0), ('grpc.use_local_subchannel_pool', 1),
            ('grpc.initial_reconnect_backoff_ms', RECONNECT_MS),
            ('grpc.min_reconnect_backoff_ms', RECONNECT_MS),
            ('grpc.max_reconnect_backoff_ms', RECONNECT_MS),
            ('grpc.max_receive_message_length', -1)])
        self._service = POOL.FindServiceByName(service)

    def describe(self, method):
        """Its descriptor."""
        return self._service.FindMethodByName(method)

    def _method(self, name, kind):
        method = self.describe(name)
        return getattr(self._channel, kind)(
            f'/{self._service.full_name}/{name}',
            message_class(method.input_type.full_name).SerializeToString,
            message_class(method.output_type.full_name).FromString)

    def start(self, name, request, timeout):
        """Sends the request; calling the result waits for the answer."""
        future = self._method(name, 'unary_unary').future(request, timeout, self._metadata,
                                                          wait_for_ready=True)

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
        return self._method(name, 'unary_stream')(request, timeout, self._metadata,
                                                  wait_for_ready=True)

    def list(self, method, timeout, **wanted):
        """Everything that a method lists, page by page."""
        described = self.describe(method)
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


class BufCurl:
    """The same, through `buf curl` and server reflection."""

    BASE = [BUF, 'curl', '--protocol', 'grpc', '--http2-prior-knowledge']

    def __init__(self, address, service):
        self._url = f'http://{address}'
        self._service = service

    def command(self, method, request):
        return [*self.BASE, '-d', json.dumps(request), f'{self._url}/{self._service}/{method}']

    def call(self, method, request=None):
        """(gRPC code as a number, answer or error)."""
        done = subprocess.run(self.command(method, request or {}), capture_output=True, text=True,
                              cwd=ROOT, timeout=PATIENCE_S, check=False)
        if done.returncode == 0:
            return 0, json.loads(done.stdout or '{}')
        if done.returncode % 8 != 0:
            raise AssertionError(f'buf curl: {done.stderr}')
        return done.returncode // 8, json.loads(done.stderr)

    def ok(self, method, request=None):
        code, answer = self.call(method, request)
        if code != 0:
            raise AssertionError(f'{method}: {answer}')
        return answer

    def run(self, *arguments):
        """`buf curl` with other arguments, on the server's own address."""
        return subprocess.run([*self.BASE, *arguments, self._url], capture_output=True, text=True,
                              cwd=ROOT, timeout=PATIENCE_S, check=True).stdout

    def stream(self, method, request):
        return BufCurlStream(self.command(method, request))

    @staticmethod
    def decode_detail(detail):
        """An error detail, decoded by `buf convert`; buf curl leaves it in base64."""
        value = detail['value']
        binary = base64.b64decode(value + '=' * (-len(value) % 4))
        done = subprocess.run(
            [BUF, 'convert', '.', '--type', detail['type'], '--from', '-#format=binpb',
             '--to', '-#format=json'],
            input=binary, capture_output=True, cwd=ROOT, timeout=PATIENCE_S, check=True)
        return json.loads(done.stdout)


class BufCurlStream:
    """The messages of a stream, as `buf curl` prints them."""

    def __init__(self, command):
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [*END_WITH_PARENT, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=ROOT)
        # A message that never comes ends the stream, and so the wait for it.
        self._watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self._text = ''

    def __iter__(self):
        return self

    def __next__(self):
        decoder = json.JSONDecoder()
        while True:
            try:
                message, end = decoder.raw_decode(self._text)
                self._text = self._text[end:].lstrip()
                return message
            except ValueError:
                pass
            line = self._process.stdout.readline()
            if not line:
                raise StopIteration
            self._text = (self._text + line).lstrip()

    def end(self):
        """What it said on stderr, once the server has ended the stream."""
        _, errors = self._process.communicate(timeout=PATIENCE_S)
        self._watchdog.cancel()
        return errors

    def cancel(self):
        self._watchdog.cancel()
        self._process.kill()
        self._process.communicate()
