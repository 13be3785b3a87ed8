"""The published protocol, from its description (docs/PROTOCOL.md) alone: who asks for a log, and when, is signed."""

import json
import time

import base58
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def load_key(path):
    """The private key in a Solana CLI key file: 64 numbers, seed then public key."""
    with open(path) as file:
        return Ed25519PrivateKey.from_private_bytes(bytes(json.load(file)[:32]))


def address(public_key):
    """The base58 form of a public key."""
    return base58.b58encode(public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def message(log_url, timestamp, peer):
    return f"{log_url}{timestamp}{peer}".encode()


def signed_headers(log_url, key, timestamp=None):
    timestamp = int(time.time()) if timestamp is None else timestamp
    peer = address(key.public_key())
    return {
        "X-Peer-Pubkey": peer,
        "X-Timestamp": str(timestamp),
        "X-Signature": base58.b58encode(key.sign(message(log_url, timestamp, peer))).decode(),
    }


def verify(log_url, headers):
    """Raises when the headers are not signed for this URL within the last five minutes."""
    peer, timestamp = headers["X-Peer-Pubkey"], headers["X-Timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        raise ValueError("the timestamp is off")
    key = Ed25519PublicKey.from_public_bytes(base58.b58decode(peer))
    key.verify(base58.b58decode(headers["X-Signature"]), message(log_url, timestamp, peer))
