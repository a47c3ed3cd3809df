"""G.729 against Debian's libbcg729 in a C loop, in turns on the same sound."""

import random
import shutil
import subprocess
import tempfile
import time
import tracemalloc
from array import array
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from sonnette.base.kernels import is_compiled
from sonnette.codecs.g729 import Decoder, Encoder, kernel
from tests import vectors
from tests.bench.unavailable import Unavailable

ROUNDS = 5
PAIRS = 1000
BATCH = 2  # frames a call, as a packet of 20 ms holds
SINGLE_FRAMES = 3000
Start = Callable[[], Callable[[Any], bytes]]  # makes a coder and gives its method
NAMES = ("encode", "decode", "encode, Annex B", "decode, Annex B")


def run(seconds: float = 3.0) -> dict[str, Any]:
    """CPU a frame of both and their ratio, memory of a pair, time to make 1,000 pairs."""
    with tempfile.TemporaryDirectory() as folder:
        sound = speech(seconds)
        reference = build(Path(folder))
        path = Path(folder) / "sound.raw"
        path.write_bytes(sound)
        pairs = [(ours(sound), theirs(reference, path)) for _ in range(ROUNDS)]
    rows = []
    for index, name in enumerate(NAMES):
        mine = median(pair[0][index] for pair in pairs) * 1e6
        other = median(pair[1][index] for pair in pairs) * 1e6
        rows.append({"operation": name, "ours": mine, "bcg729": other, "ratio": mine / other})
    made, memory = creation()
    return {
        "tables": {
            "microseconds of CPU a frame of 10 ms": rows,
            "microseconds of each frame, one a call": worst_frames(sound),
        },
        "ratio": {row["operation"]: row["ratio"] for row in rows},
        "compiled": is_compiled(kernel),
        "1000 pairs made in s": made,
        "bytes a pair": memory,
        "noise and loss over speech": odd_frames(sound),
        "notes": [
            f"Ours is called from Python with {BATCH} frames at a time.",
            f"A single frame's time is the least of {ROUNDS}; others on the machine add to it.",
            "Annex B takes steady noise for silence: its median frame there is one not sent.",
        ],
    }


def speech(seconds: float) -> bytes:
    """The ITU's speech sequence where it is at hand, else something with pitch and pauses."""
    if vectors.ROOT:
        data = (Path(vectors.ROOT) / "g729/annex_a/speech.in").read_bytes()
        return data[: len(data) // 320 * 320]
    count = int(seconds * 8000) // 160 * 160
    return array(
        "h",
        (
            (i * i // (80 + i // 4000 % 7)) % 9001 - 4500 if i // 6000 % 3 else i % 5
            for i in range(count)
        ),
    ).tobytes()


def build(folder: Path) -> Path:
    """Compile the loop around libbcg729."""
    compiler = shutil.which("cc")
    program = folder / "bcg729"
    source = Path(__file__).with_suffix(".c")
    if compiler is None:
        raise Unavailable("a C compiler")
    command = [compiler, "-O2", "-o", str(program), str(source), "-lbcg729"]
    if subprocess.run(command, capture_output=True).returncode:
        raise Unavailable("libbcg729, of Debian's package libbcg729-dev")
    return program


def theirs(program: Path, sound: Path) -> list[float]:
    """CPU seconds a frame of libbcg729."""
    told = subprocess.run([str(program), str(sound)], capture_output=True, check=True, text=True)
    return [float(word) for word in told.stdout.split()[:4]]


def ours(sound: bytes) -> list[float]:
    """CPU seconds a frame of ours, through Python."""
    spent = []
    for annex_b in (False, True):
        encoder, decoder = Encoder(annex_b), Decoder()
        pieces = [sound[at : at + 160 * BATCH] for at in range(0, len(sound), 160 * BATCH)]
        start = time.process_time()
        frames = [encoder.encode_many(piece) for piece in pieces]
        middle = time.process_time()
        for batch in frames:
            decoder.decode_many(batch)
        count = len(sound) / 160
        spent += [(middle - start) / count, (time.process_time() - middle) / count]
    return spent


def creation() -> tuple[float, float]:
    """Seconds to make 1,000 pairs, and bytes a pair takes."""
    start = time.process_time()
    pairs = [(Encoder(), Decoder()) for _ in range(PAIRS)]
    made = time.process_time() - start
    del pairs
    tracemalloc.start()
    kept = [(Encoder(), Decoder()) for _ in range(10)]
    memory = tracemalloc.get_traced_memory()[0] / len(kept)
    tracemalloc.stop()
    return made, memory


def odd_frames(sound: bytes) -> float:
    """CPU to decode random bits and losses, over CPU to decode speech."""
    usual = Encoder().encode_many(sound)[:1500]
    odd = [bytes((37 * i + j * j) % 256 for j in range(10)) if i % 3 else None for i in range(1500)]
    return decoding(odd) / decoding(usual)


def worst_frames(sound: bytes) -> list[dict[str, Any]]:
    """The slowest frame over the median frame, of usual streams and odd ones."""
    chance = random.Random(1)
    speech_in = [sound[at : at + 160] for at in range(0, len(sound), 160)][:SINGLE_FRAMES]
    noise = [chance.randbytes(160) for _ in range(SINGLE_FRAMES)]
    bits = [chance.randbytes(10) for _ in range(SINGLE_FRAMES)]
    mixed = [chance.choice((None, b"", frame[:2], frame, frame)) for frame in bits]
    return [
        worst_frame("encode speech", lambda: Encoder().encode, speech_in),
        worst_frame("encode speech, Annex B", lambda: Encoder(annex_b=True).encode, speech_in),
        worst_frame("encode full-scale noise", lambda: Encoder().encode, noise),
        worst_frame("encode that noise, Annex B", lambda: Encoder(annex_b=True).encode, noise),
        worst_frame("decode speech", lambda: Decoder().decode, Encoder().encode_many(sound)),
        worst_frame("decode random bits", lambda: Decoder().decode, bits),
        worst_frame("decode random bits, SIDs and losses", lambda: Decoder().decode, mixed),
    ]


def worst_frame(stream: str, start: Start, pieces: list[Any]) -> dict[str, Any]:
    """The median and the worst frame of one stream, and their ratio."""
    times = frame_times(start, pieces)
    usual, worst = median(times) * 1e6, max(times) * 1e6
    return {"stream": stream, "median": usual, "worst": worst, "worst/median": worst / usual}


def frame_times(start: Start, pieces: list[Any]) -> list[float]:
    """Seconds for each piece: the least of some rounds, each from a fresh start."""
    least = [float("inf")] * len(pieces)
    for _ in range(ROUNDS):
        step = start()
        for index, piece in enumerate(pieces):
            begun = time.perf_counter()
            step(piece)
            least[index] = min(least[index], time.perf_counter() - begun)
    return least


def decoding(frames: Any) -> float:
    """The least of some CPU times to decode these frames."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        Decoder().decode_many(frames)
        times.append(time.process_time() - start)
    return min(times)
