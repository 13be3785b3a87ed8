"""A whole life on the ledger, by a client of another language that follows the IDL alone; prints what it saw as JSON.

    ledger.py RPC_URL PROGRAM IDL_FILE AUTHORITY_KEY_FILE
"""

import json
import sys
import time

from solders.keypair import Keypair

import anchor

FUNDS = 1_000_000_000
LOG_URL = "https://reporter.example:9000/logs/0707070707070707"


def refusal(act):
    """The name of the error with which the program refuses."""
    try:
        act()
    except anchor.Refused as refused:
        return str(refused)
    return None


def when_due(act, error):
    """Does what the program refuses with `error` until a cycle is over."""
    for _ in range(600):
        refused = refusal(act)
        if refused is None:
            return
        assert refused == error, refused
        time.sleep(0.1)
    raise TimeoutError(error)


def main(rpc_url, program_id, idl_file, authority_file):
    program = anchor.load(idl_file, program_id, rpc_url)
    with open(authority_file) as file:
        authority = Keypair.from_json(file.read())
    reporter, voter, newcomer = Keypair(), Keypair(), Keypair()
    for user in [reporter, voter, newcomer]:
        program.confirm(program.ask("requestAirdrop", str(user.pubkey()), FUNDS))
    seen = {}

    peers = {}
    for user in [reporter, voter]:
        accounts = {"user": user.pubkey(), "authority": authority.pubkey()}
        joined = program.call(
            "join_network", [user, authority], accounts, endpoint="https://reporter.example:9000", karma=60
        )
        peers[user] = joined["peer"]
    joined = program.call(
        "join_network", [newcomer], {"user": newcomer.pubkey()}, endpoint="https://newcomer.example", karma=0
    )
    peers[newcomer] = joined["peer"]
    peer = lambda user: program.account("Peer", peers[user])
    seen["joined"] = [peer(user)["karma"] for user in [reporter, voter, newcomer]]

    owner = {"owner": reporter.pubkey()}
    minted = program.call("mint_nft", [reporter], owner, log_url=LOG_URL, file_hash=bytes([7] * 32))
    post = minted["post"]
    on_post = {"post": post, "owner_peer": peers[reporter]}
    program.call("set_endpoint", [voter], {"user": voter.pubkey()}, endpoint="https://voter.example")
    mirror = "https://voter.example/mirrors/0707070707070707"
    program.call("add_mirror", [voter], {"user": voter.pubkey(), "post": post}, url=mirror)

    like = lambda user: program.call("like_post", [user], {"liker": user.pubkey(), **on_post})
    dispute = lambda user: program.call("dispute_post", [user], {"disputer": user.pubkey(), **on_post})
    seen["own"] = refusal(lambda: like(reporter))
    verdicts = [(like(voter)["like"], voter)]
    seen["liked"] = peer(reporter)["karma"]
    seen["twice"] = refusal(lambda: like(voter))
    verdicts += [(dispute(user)["dispute"], user) for user in [voter, newcomer]]
    seen["disputed"] = peer(reporter)["karma"]
    seen["opinion"] = peer(reporter)["opinions"][voter.pubkey().__bytes__()[0] & 127]
    program.call("retract_post", [reporter], {**owner, "post": post})
    shown = program.account("Post", post)
    seen["post"] = {name: shown[name] for name in ["log_url", "likes", "disputes", "retracted", "mirror_urls"]}
    assert shown["owner"] == reporter.pubkey() and shown["mirror_owners"] == [voter.pubkey()]

    leave = lambda user: program.call("leave_network", [user], {"user": user.pubkey()})
    seen["too soon"] = refusal(lambda: leave(reporter))
    retired = {**owner, "post": post, "nft_mint": minted["nft_mint"]}
    retire = lambda: program.call("retire_post", [reporter], retired)
    seen["counted"] = refusal(retire)
    close = lambda verdict, user: program.call(
        "close_verdict", [newcomer], {"verdict": verdict, "voter": user.pubkey(), "post": post}
    )
    when_due(lambda: close(*verdicts[0]), "StillCounted")
    late = lambda: program.call("add_mirror", [newcomer], {"user": newcomer.pubkey(), "post": post}, url="https://newcomer.example/mirrors/07")
    seen["late"] = refusal(late)
    seen["mirrored"] = refusal(retire)
    withdrawn = {"user": reporter.pubkey(), "mirror_owner": voter.pubkey(), "post": post}
    program.call("remove_mirror", [reporter], withdrawn, url=mirror)
    retire()
    seen["retired"] = program.account("Post", post)
    for verdict, user in verdicts[1:]:
        close(verdict, user)
    for verdict, _ in verdicts:
        assert program.ask("getAccountInfo", str(verdict), {"encoding": "base64"})["value"] is None

    state = program.resolve(program.instructions["advance_cycle"]["accounts"], {}, {})["state"]
    before, held = program.account("State", state), program.balance(state)
    when_due(lambda: program.call("advance_cycle", [newcomer], {}), "CycleNotOver")
    seen["advanced"] = program.account("State", state)["cycle_index"] > before["cycle_index"]
    when_due(lambda: leave(reporter), "TooSoon")
    seen["forfeited"] = program.balance(state) - held == before["parameters"]["bond"]
    leave(newcomer)
    seen["left"] = [peer(user)["active"] for user in [reporter, voter, newcomer]]
    seen["bonds"] = [peer(user)["bond"] for user in [reporter, newcomer]]
    print(json.dumps(seen))


main(*sys.argv[1:])
