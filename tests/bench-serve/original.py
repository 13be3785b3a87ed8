"""The original design: the server's protocol with FastAPI under uvicorn, checked as the agent does.

    python original.py DIRECTORY PORT
"""

import re
import sys
import time
from collections import defaultdict, deque
from pathlib import Path

import base58
import uvicorn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import FileResponse

directory, port = Path(sys.argv[1]), int(sys.argv[2])
url = f"https://127.0.0.1:{port}"
active = set((directory / "peers").read_text().split())
requests_per_minute = sys.maxsize
bytes_per_day = sys.maxsize
recent = defaultdict(deque)
sent = defaultdict(int)
seen = {}
log_id = re.compile(r"[0-9a-f]{16}")
app = FastAPI(openapi_url=None)


@app.get("/logs/{name}")
async def log(
    name: str,
    x_peer_pubkey: str = Header(),
    x_timestamp: int = Header(),
    x_signature: str = Header(),
):
    now = time.time()
    if abs(now - x_timestamp) > 300:
        raise HTTPException(401, "timestamp")
    if x_peer_pubkey not in active:
        raise HTTPException(403, "not active")
    message = f"{url}/logs/{name}{x_timestamp}{x_peer_pubkey}".encode()
    try:
        key = Ed25519PublicKey.from_public_bytes(base58.b58decode(x_peer_pubkey))
        key.verify(base58.b58decode(x_signature), message)
    except (ValueError, InvalidSignature):
        raise HTTPException(401, "signature") from None
    if x_signature in seen:
        raise HTTPException(401, "replay")
    seen[x_signature] = x_timestamp
    times = recent[x_peer_pubkey]
    while times and times[0] < now - 60:
        times.popleft()
    if len(times) >= requests_per_minute:
        raise HTTPException(429, "rate")
    times.append(now)
    path = directory / "www" / name
    if not log_id.fullmatch(name) or not path.exists():
        raise HTTPException(404, "unknown")
    size = path.stat().st_size
    day = (x_peer_pubkey, int(now // 86400))
    if sent[day] + size > bytes_per_day:
        raise HTTPException(429, "quota")
    sent[day] += size
    return FileResponse(path, media_type="application/octet-stream")


uvicorn.run(
    app,
    host="127.0.0.1",
    port=port,
    log_level="error",
    access_log=False,
    ssl_certfile=str(directory / "chain.pem"),
    ssl_keyfile=str(directory / "key.pem"),
)
