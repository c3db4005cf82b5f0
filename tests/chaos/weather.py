"""How the provider misbehaves in one round. Drawn from a seed, so that it can be drawn again."""

from typing import NamedTuple

METHODS = ('HOLD_CREATE', 'HOLD_PAYMENT', 'HOLD_CHECK', 'HOLD_CANCEL', 'REGISTER_CARD')
FAULTS_MAX = 6
CALLS_MAX = 12
# Longer than the server waits for an answer (timeouts.provider_request in chaos_test.py).
DELAY_MS_MAX = 1500

# Whose answer is replaced: the call itself may have been executed, or not.
DISTORTED = ('GARBAGE', 'HTTP_STATUS', 'SOAP_FAULT', 'EMPTY_RETURN', 'NO_RETURN')
HTTP_STATUSES = (500, 502, 503, 504)
# A failure inside the provider: says nothing of what was done.
INTERNAL = 'STPIMS-ERR-001'
REFUSALS = {'HOLD_CREATE': 'STPIMS-ERR-112', 'HOLD_PAYMENT': 'ERROR', 'HOLD_CANCEL': 'ERROR'}

CALLBACKS = ('NORMAL', 'NORMAL', 'NONE', 'DUPLICATE', 'LATE', 'EARLY', 'FORGED_TOKEN',
             'FORGED_STATUS')
ENCODINGS = ('JSON', 'FORM', 'JSON_WRONG_CONTENT_TYPE', 'JSON_STRINGS')

CLEAR_SKY = {'kind': 'CALLBACK_KIND_NORMAL'}


class Weather(NamedTuple):
    """One round's misbehaviour, as orders to the sandbox."""
    faults: list
    callbacks: dict
    # NONE, REFUSE or DROP.
    outage: str

    def without_outage(self):
        return self._replace(outage='NONE')

    def bring(self, bank):
        bank.call('SetOutage', {'kind': f'OUTAGE_KIND_{self.outage}'})
        bank.call('ClearFaults')
        bank.call('SetCallbackPolicy', {'hold': self.callbacks, 'registration': self.callbacks})
        for plan in self.faults:
            bank.call('PlanFault', plan)


def end_outage(bank):
    bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})


CLEAR = Weather([], CLEAR_SKY, 'NONE')


def milliseconds(random, most):
    return f'{random.randint(1, most) / 1000:.3f}s'


def draw_fault(random):
    method = random.choice(METHODS)
    kind = random.choice(('APPLY_THEN_DROP', 'DROP_BEFORE_APPLY', 'INTERNAL', 'DELAY',
                          'IN_PROCESS', 'REFUSAL', *DISTORTED))
    # "In process" of what is over would be the provider contradicting itself.
    if kind == 'IN_PROCESS' and method.endswith('CHECK'):
        kind = 'DELAY'
    fault = {'kind': f'FAULT_KIND_{kind}'}
    if kind in DISTORTED:
        fault['applyFirst'] = random.random() < 0.5
    if kind == 'HTTP_STATUS':
        fault['httpStatus'] = random.choice(HTTP_STATUSES)
    if kind == 'DELAY':
        fault = {'delay': milliseconds(random, DELAY_MS_MAX)}
    if kind == 'IN_PROCESS':
        fault |= {'resolveAfter': milliseconds(random, DELAY_MS_MAX),
                  'resolveAsFailed': random.random() < 0.3,
                  'omitHoldId': method == 'HOLD_CREATE' and random.random() < 0.3}
    # A refusal that lies would be the provider's fault, not ours to find: never executed.
    if kind == 'INTERNAL' or kind == 'REFUSAL' and method not in REFUSALS:
        fault = {'kind': 'FAULT_KIND_BUSINESS_ERROR', 'code': INTERNAL,
                 'applyFirst': random.random() < 0.5}
    elif kind == 'REFUSAL':
        fault = {'kind': 'FAULT_KIND_BUSINESS_ERROR', 'code': REFUSALS[method]}
    return {'method': f'METHOD_{method}', 'calls': random.randint(1, CALLS_MAX), 'fault': fault}


def draw(random):
    kind = random.choice(CALLBACKS)
    callbacks = {'kind': f'CALLBACK_KIND_{kind}',
                 'encoding': f'CALLBACK_ENCODING_{random.choice(ENCODINGS)}'}
    if kind == 'LATE':
        callbacks['delay'] = milliseconds(random, 2 * DELAY_MS_MAX)
    faults = [draw_fault(random) for _ in range(random.randint(0, FAULTS_MAX))]
    outage = random.choices(('NONE', 'REFUSE', 'DROP'), (6, 1, 1))[0]
    return Weather(faults, callbacks, outage)
