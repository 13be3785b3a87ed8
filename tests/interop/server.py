"""Serves one log over TLS to whoever signs for it; prints its URL, then a line for each request.

    server.py HOST PORT LOG KEY_FILE

The certificate is made from the key. The first answer breaks off in the middle; the rest is to be had as a range.
"""

import datetime
import gzip
import hashlib
import ipaddress
import ssl
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from protocol import load_key, verify


def certificate_file(key, host):
    """Certificate and private key in one PEM file."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), False)
        .sign(key, None)
    )
    file = tempfile.NamedTemporaryFile("wb", suffix=".pem", delete=False)
    with file:
        file.write(certificate.public_bytes(Encoding.PEM))
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file.name


def handler(url_of, log):
    etag = '"' + hashlib.sha256(log).hexdigest() + '"'

    class Handler(BaseHTTPRequestHandler):
        has_broken_off = False

        def do_GET(self):
            try:
                verify(url_of(self.path), self.headers)
            except Exception as error:
                return self.send_error(401, f"not signed for this URL: {error!r}")
            begin = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
            if begin and self.headers.get("If-Range") == etag:
                return self.answer_range(int(begin))
            if not Handler.has_broken_off:
                Handler.has_broken_off = True
                return self.answer(200, log[: len(log) // 2], len(log), {"ETag": etag})
            packed = gzip.compress(log)
            self.answer(200, packed, len(packed), {"Content-Encoding": "gzip"})

        def answer_range(self, begin):
            rest = log[begin:]
            where = f"bytes {begin}-{len(log) - 1}/{len(log)}"
            self.answer(206, rest, len(rest), {"ETag": etag, "Content-Range": where})

        def answer(self, status, body, length, headers):
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, template, *values):
            print(template % values, flush=True)

    return Handler


def main(host, port, log_file, key_file):
    with open(log_file, "rb") as file:
        log = file.read()
    base = f"https://{host}:{port}"
    server = ThreadingHTTPServer((host, int(port)), handler(lambda path: base + path, log))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file(load_key(key_file), host))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(f"serving {base}/logs/{hashlib.sha256(log).hexdigest()[:16]}", flush=True)
    server.serve_forever()


main(*sys.argv[1:])
