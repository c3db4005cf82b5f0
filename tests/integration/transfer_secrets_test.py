#!/usr/bin/python3
"""Card data, 3-D Secure results and tokens of cards are nowhere but on the wire: not in logs,
not in the database, not in events or answers."""

import json

import harness
from accounts import EPAY
from transfers import (CAREFUL_NUMBER, RECEIVER_NUMBER, SENDER_CODE, SENDER_NUMBER, TransferTest)

SECRET_HASH = 'what-callbacks-must-repeat'


class TransferSecrets(TransferTest):
    SERVER_OPTIONS = {'epay': {'secrets': {'secret_hash': SECRET_HASH}}}

    def setUp(self):
        super().setUp()
        self.answers = []
        self.posted = []

    def everything(self):
        """Transfers of every outcome; what was answered is in `answers`."""
        saving = {'saveSource': True, 'saveDestination': True, 'merchantCustomerId': 'c-1'}
        self.answers.append(self.transfer(**saving))
        self.answers.append(self.transfer(number='4400430000000484'))
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_APPLY_THEN_DROP')
        self.answers.append(self.transfer())
        self.world.wait_for(self.answers[-1]['name'], 'SUCCEEDED')
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_GARBAGE')
        self.answers.append(self.transfer())
        for refuse in (False, True):
            payment = self.careful()
            self.answers.append(payment)
            fields = self.bank_says(payment, refuse)
            self.posted.append(fields['PaRes'])
            self.answers.append(self.confirm(payment, fields))
        wrong = self.request(source={'cardData': {
            'number': SENDER_NUMBER, 'expiry': {'month': 13, 'year': 1999}, 'cvc': SENDER_CODE,
            'holderName': ''}})
        with self.assertRaises(harness.CallError) as raised:
            self.world.payments.call('CreatePayment', wrong)
        self.answers.append([raised.exception.message, raised.exception.details])
        self.answers.append(self.world.payments.call('ListPayments'))
        self.answers.append(self.world.payments.call('ListCards'))
        events = self.world.payments.stream('WatchEvents', {'beginning': True})
        _, before = events.until(lambda message: 'caughtUp' in message)
        events.cancel()
        self.answers.append(before)

    def places(self):
        """{where: what is to be seen there}, as bytes."""
        database = b''.join(path.read_bytes() for path in (self.world.folder / 'data').rglob('*')
                            if path.is_file())
        self.assertIn(b'accounts/p2p', database)
        return {'answers': json.dumps(self.answers).encode(),
                'log': self.world.server.log().encode(), 'database': database}

    def test_card_data_is_kept_nowhere(self):
        self.everything()
        self.world.restart_server()
        transfers = self.ledger()
        self.assertGreater(len(transfers), 4)
        secrets = {SENDER_NUMBER, CAREFUL_NUMBER, RECEIVER_NUMBER, EPAY['client_secret'],
                   SECRET_HASH, *self.posted,
                   *(transfer[side] for transfer in transfers
                     for side in ('senderCardId', 'receiverCardId') if transfer.get(side))}
        self.assertGreater(len(secrets), 7)
        for place, seen in self.places().items():
            for secret in secrets:
                self.assertNotIn(secret.encode(), seen, place)
            # Four digits may be anywhere by chance, but not as a field of a message.
            code = SENDER_CODE.encode()
            for field in (b'"%s"' % code, b'=%s ' % code, b'\x12\x04' + code, b'\x1a\x04' + code):
                self.assertNotIn(field, seen, place)


if __name__ == '__main__':
    harness.main()
