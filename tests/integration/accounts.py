"""The merchant accounts of a server under test, as the sandbox knows them, and its callers."""

import hashlib

PARTNER = {'key': 'sandbox-partner-key', 'username': 'sandbox', 'password': 'sandbox-password',
           'service_id': '628'}
EPAY = {'client_id': 'sandbox', 'client_secret': 'sandbox-client-secret*#',
        'terminal': 'sandbox-terminal'}


def _entries(settings, secrets):
    lines = [f'  settings {{ key: "{name}" value: "{value}" }}'
             for name, value in settings.items()]
    lines += [f'  secrets {{ key: "{name}" value {{ dev_value: "{value}" }} }}'
              for name, value in secrets.items()]
    return '\n'.join(lines)


def _account(name, tenant, provider, settings, secrets, currency, max_minor):
    return f'''
accounts {{
  id: "{name}" tenant: "{tenant}" provider: "{provider}"
{_entries(settings, secrets)}
  amount_limits {{
    min {{ currency_code: "{currency}" amount_minor: 100 }}
    max {{ currency_code: "{currency}" amount_minor: {max_minor} }}
  }}
}}'''


def upay_account(sandbox, name='shop', tenant='default'):
    """`sandbox`: its HTTP address."""
    return _account(
        name, tenant, 'upay',
        {'endpoint': f'http://{sandbox}/STAPI/STWS', 'username': PARTNER['username'],
         'service_id': PARTNER['service_id']},
        {'partner_key': PARTNER['key'], 'password': PARTNER['password']}, 'UZS', 1000000000)


def epay_account(sandbox, name='p2p', tenant='default', settings=None, secrets=None):
    """`sandbox`: its HTTP address. `settings` and `secrets` are those besides the needed ones."""
    return _account(
        name, tenant, 'epay',
        {'oauth_url': f'http://{sandbox}/epay2/oauth2/token',
         'transfer_url': f'http://{sandbox}/api/p2p/transfer',
         'confirm_url': f'http://{sandbox}/api/p2p/api/confirm',
         'status_url': f'http://{sandbox}/api/check-status/p2p/transaction',
         'terminal': EPAY['terminal'], 'client_id': EPAY['client_id'], **(settings or {})},
        {'client_secret': EPAY['client_secret'], **(secrets or {})}, 'KZT', 100000000)


def principal(name, key, more=''):
    """A caller who sends the bearer key `key`."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f'principals {{ name: "{name}" api_key_sha256: "{digest}" {more} }}'
