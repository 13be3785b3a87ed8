"""A client of a Solana program that knows nothing of it but its Anchor IDL: bytes, addresses and errors all come from there."""

import base64
import hashlib
import json
import struct
import time

import requests
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

NUMBERS = {"bool": "<?", "u8": "<B", "i8": "<b", "u64": "<Q", "i64": "<q"}


class Refused(Exception):
    """The program's own error, by the name that the IDL gives its number."""


class Same(Exception):
    """The ledger has taken the very same transaction within this slot."""


class Program:
    def __init__(self, idl, program_id, rpc_url):
        self.idl, self.id, self.rpc_url = idl, Pubkey.from_string(program_id), rpc_url
        self.types = {entry["name"]: entry["type"]["fields"] for entry in idl["types"]}
        self.instructions = {entry["name"]: entry for entry in idl["instructions"]}
        self.errors = {entry["code"]: entry["name"] for entry in idl["errors"]}
        for kind, entries in [("global", idl["instructions"]), ("account", idl["accounts"])]:
            for entry in entries:
                expected = hashlib.sha256(f"{kind}:{entry['name']}".encode()).digest()[:8]
                assert bytes(entry["discriminator"]) == expected, entry["name"]

    # Borsh, both ways.

    def encode(self, kind, value):
        match kind:
            case "pubkey":
                return bytes(value)
            case "string":
                return struct.pack("<I", len(value)) + value.encode()
            case {"array": [item, _]}:
                return b"".join(self.encode(item, one) for one in value)
            case _:
                return struct.pack(NUMBERS[kind], value)

    def decode(self, kind, data):
        """A value, and what is left of the bytes."""
        match kind:
            case "pubkey":
                return Pubkey(data[:32]), data[32:]
            case "string":
                end = 4 + struct.unpack("<I", data[:4])[0]
                return data[4:end].decode(), data[end:]
            case {"array": [item, count]}:
                return self.decode_items(item, count, data)
            case {"vec": item}:
                return self.decode_items(item, struct.unpack("<I", data[:4])[0], data[4:])
            case {"defined": {"name": name}}:
                return self.decode_fields(self.types[name], data)
            case _:
                size = struct.calcsize(NUMBERS[kind])
                return struct.unpack(NUMBERS[kind], data[:size])[0], data[size:]

    def decode_items(self, kind, count, data):
        items = []
        for _ in range(count):
            item, data = self.decode(kind, data)
            items.append(item)
        return items, data

    def decode_fields(self, fields, data):
        value = {}
        for field in fields:
            value[field["name"]], data = self.decode(field["type"], data)
        return value, data

    # Instructions.

    def address(self, pda, accounts, arguments):
        """Where the seeds lead."""

        def seed(entry):
            if entry["kind"] == "const":
                return bytes(entry["value"])
            return bytes((accounts if entry["kind"] == "account" else arguments)[entry["path"]])

        program = Pubkey(seed(pda["program"])) if "program" in pda else self.id
        return Pubkey.find_program_address([seed(entry) for entry in pda["seeds"]], program)[0]

    def resolve(self, described, accounts, arguments):
        """The accounts of an instruction by name; those that the IDL can tell, it tells."""
        accounts = dict(accounts)
        missing = [entry for entry in described if entry["name"] not in accounts and not entry.get("optional")]
        while missing:
            left = []
            for entry in missing:
                try:
                    known = entry.get("address")
                    address = Pubkey.from_string(known) if known else self.address(entry["pda"], accounts, arguments)
                    accounts[entry["name"]] = address
                except KeyError:
                    left.append(entry)
            if len(left) == len(missing):
                raise KeyError([entry["name"] for entry in left])
            missing = left
        return accounts

    def instruction(self, name, accounts, **arguments):
        described = self.instructions[name]
        accounts = self.resolve(described["accounts"], accounts, arguments)
        data = bytes(described["discriminator"])
        for argument in described["args"]:
            data += self.encode(argument["type"], arguments[argument["name"]])
        metas = [
            AccountMeta(accounts[entry["name"]], entry.get("signer", False), entry.get("writable", False))
            for entry in described["accounts"]
            if entry["name"] in accounts
        ]
        return Instruction(self.id, data, metas), accounts

    def call(self, name, signers, accounts, **arguments):
        """Sends an instruction, which the first signer pays, and gives the addresses of its accounts when it is confirmed."""
        instruction, accounts = self.instruction(name, accounts, **arguments)
        while True:
            try:
                self.send(instruction, signers)
                return accounts
            except Same:
                time.sleep(0.05)

    def send(self, instruction, signers):
        blockhash = Hash.from_string(self.ask("getLatestBlockhash")["value"]["blockhash"])
        message = Message.new_with_blockhash([instruction], signers[0].pubkey(), blockhash)
        packed = base64.b64encode(bytes(Transaction(signers, message, blockhash))).decode()
        self.confirm(self.ask("sendTransaction", packed, {"encoding": "base64"}))

    # JSON-RPC.

    def ask(self, method, *params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = requests.post(self.rpc_url, json=body, timeout=30).json()
        if "error" in answer:
            self.refused(((answer["error"].get("data") or {}).get("err")))
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def refused(self, error):
        """Raises what the ledger or the program has against a transaction, if it is known here."""
        if error == "AlreadyProcessed":
            raise Same
        if isinstance(error, dict) and "InstructionError" in error:
            reason = error["InstructionError"][1]
            if isinstance(reason, dict) and reason.get("Custom") in self.errors:
                raise Refused(self.errors[reason["Custom"]])

    def confirm(self, signature):
        for _ in range(1000):
            [status] = self.ask("getSignatureStatuses", [signature])["value"]
            if status:
                self.refused(status["err"])
                assert status["err"] is None, status
                return
            time.sleep(0.02)
        raise TimeoutError(signature)

    def account(self, name, address):
        """An account of the program, by the IDL; none when there is none."""
        value = self.ask("getAccountInfo", str(address), {"encoding": "base64"})["value"]
        if value is None or not value["lamports"]:
            return None
        data = base64.b64decode(value["data"][0])
        [described] = [entry for entry in self.idl["accounts"] if entry["name"] == name]
        assert value["owner"] == str(self.id) and data[:8] == bytes(described["discriminator"])
        fields, rest = self.decode_fields(self.types[name], data[8:])
        assert not rest, "the account goes on after its last field"
        return fields

    def balance(self, address):
        return self.ask("getBalance", str(address))["value"]


def load(idl_file, program_id, rpc_url):
    with open(idl_file) as file:
        return Program(json.load(file), program_id, rpc_url)
