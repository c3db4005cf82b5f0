#!/usr/bin/python3
"""Runs the commands that the documents promise: every sh block after `<!-- test: server -->`.

They are run as they stand, in the project's folder, against a server and a sandbox of the
test's own: only the default addresses and the build folder are replaced.
"""

import re
import subprocess

import harness

BLOCK = re.compile(r'<!-- test: server -->\n```sh\n(.*?)```', re.DOTALL)
DOCUMENTS = [harness.ROOT / 'README.md', *sorted((harness.ROOT / 'docs').rglob('*.md'))]


def marked_blocks():
    return [(path.relative_to(harness.ROOT), block)
            for path in DOCUMENTS for block in BLOCK.findall(path.read_text())]


class DocumentedCommands(harness.IntegrationTest):
    def as_here(self, block):
        server, sandbox = self.world.server.addresses, self.world.sandbox.addresses
        for documented, here in (('127.0.0.1:50051', server['grpc']),
                                 ('127.0.0.1:8080', server['public_http']),
                                 ('127.0.0.1:9090', server['admin_http']),
                                 ('127.0.0.1:8090', sandbox['http']),
                                 ('127.0.0.1:50061', sandbox['grpc']),
                                 ('build/release/', f'{harness.BUILD}/'),
                                 ('--config /etc/payments/server.textproto',
                                  f'--config {self.world.folder}/server.textproto --dev'),
                                 ('/var/backups/', f'{self.world.folder}/')):
            block = block.replace(documented, here)
        return block

    def test_they_work(self):
        name = self.payment_for_an_operator()
        blocks = marked_blocks()
        self.assertGreaterEqual(len(blocks), 3)
        for path, block in blocks:
            with self.subTest(f'{path}: {block}'):
                done = subprocess.run(
                    ['bash', '-euo', 'pipefail', '-c', self.as_here(block)], cwd=harness.ROOT,
                    capture_output=True, text=True, timeout=harness.PATIENCE_S, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # docs/operations.md has resolved it.
        self.assertEqual(self.world.get(name)['state'], 'PAYMENT_STATE_SUCCEEDED')

    def payment_for_an_operator(self):
        payment = self.world.create(self.world.active_card())
        self.world.plan_fault('HOLD_PAYMENT', kind='FAULT_KIND_WRONG_AMOUNT')
        self.world.payments.call('CapturePayment', {'name': payment['name']})
        return payment['name']

    def test_every_metric_in_the_document_exists(self):
        """Those with labels appear with their first value; the others at once."""
        document = (harness.ROOT / 'docs' / 'operations.md').read_text()
        named = set(re.findall(r'`(payments_\w+)`', document))
        card = self.world.active_card()
        self.world.create(card)
        metrics = self.metrics()
        # Their first values are the first trouble, and the first check that had to wait.
        for name in named - {'payments_troubles_total', 'payments_checks_postponed_total'}:
            with self.subTest(name):
                self.assertIn(f'# TYPE {name} ', metrics)

    def metrics(self):
        url = f"http://{self.world.server.addresses['admin_http']}/metrics"
        return subprocess.run(['curl', '-fsS', url], capture_output=True, text=True,
                              timeout=harness.PATIENCE_S, check=True).stdout


if __name__ == '__main__':
    harness.main()
