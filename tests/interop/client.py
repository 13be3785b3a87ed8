"""Downloads a log and checks it; prints the status and, when there is a log, its first line.

    client.py URL SHA256 KEY_FILE SERVER_KEY [SIGNED_URL]

The server is the one whose certificate holds SERVER_KEY. With SIGNED_URL the request is signed for that URL instead.
"""

import hashlib
import ssl
import sys
import tempfile
from urllib.parse import urlsplit

import requests
from cryptography.x509 import load_pem_x509_certificate

from protocol import address, load_key, signed_headers


def pinned_certificate(url, server_key):
    """The server's certificate in a file, which no other key can stand behind."""
    parts = urlsplit(url)
    pem = ssl.get_server_certificate((parts.hostname, parts.port or 443))
    shown = address(load_pem_x509_certificate(pem.encode()).public_key())
    if shown != server_key:
        raise SystemExit(f"the server shows the key {shown}")
    file = tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False)
    with file:
        file.write(pem)
    return file.name


def main(url, sha256, key_file, server_key, signed_url=None):
    headers = signed_headers(signed_url or url, load_key(key_file))
    certificate = pinned_certificate(url, server_key)
    answer = requests.get(url, headers=headers, verify=certificate, timeout=30, allow_redirects=False)
    print(answer.status_code)
    if answer.status_code != 200:
        print(answer.json()["error"])
        return
    if hashlib.sha256(answer.content).hexdigest() != sha256:
        raise SystemExit("the log is not the one that was posted")
    print(answer.headers["ETag"])
    print(answer.text.splitlines()[0])


main(*sys.argv[1:])
