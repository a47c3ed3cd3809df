"""``sonnette g729``: encode, decode and look into files of speech.

The name of a file tells its format: ``.wav``; ``.bit``, the ITU's serial format; frames of
ten bytes one after the other for any other name of encoded speech, and raw 16-bit
little-endian samples for any other name of sound.  Sound is 8000 Hz, mono, 16 bits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from sonnette.apps.cli.g729_files import (
    FRAME_BYTES,
    PIECE,
    frame_writer,
    opened,
    read_frames,
    read_samples,
    sample_writer,
)
from sonnette.apps.cli.screen import AsJson, say, show, table, tell, write_json
from sonnette.codecs.g729 import Decoder, Encoder

LONG = 6000  # frames, a minute: from here on a bar shows how far it is
KINDS = {10: "speech", 2: "silence", 0: "untransmitted", None: "lost"}
KIND_COLUMNS = (("kind", "Kind"), ("frames", "Frames"), ("seconds", "Seconds"))

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Encode and decode G.729.")


@app.command("encode")
def encode_file(
    sound: Annotated[Path, typer.Argument(help="Sound to encode: .wav, else raw samples.")],
    encoded: Annotated[Path, typer.Argument(help="Where to: .bit, else ten bytes a frame.")],
    annex_b: Annotated[
        bool, typer.Option("--annex-b", help="Leave silence out (Annex B); needs .bit.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Encode sound; samples that do not fill a last frame are left out."""
    samples = read_samples(sound)
    count = len(samples) // FRAME_BYTES
    encoder, writer, found = Encoder(annex_b), frame_writer(encoded), dict.fromkeys(KINDS, 0)
    with opened(encoded) as file, _progress(count) as advance:
        for start in range(0, count, PIECE):
            stop = min(start + PIECE, count)
            frames = encoder.encode_many(samples[FRAME_BYTES * start : FRAME_BYTES * stop])
            file.writelines(writer(frames))
            for frame in frames:
                found[len(frame)] += 1
            advance(stop - start)
    _report(found, as_json)


@app.command("decode")
def decode_file(
    encoded: Annotated[
        Path, typer.Argument(help="Speech to decode: .bit, else ten bytes a frame.")
    ],
    sound: Annotated[Path, typer.Argument(help="Where to: .wav, else raw samples.")],
    as_json: AsJson = False,
) -> None:
    """Decode speech; lost frames are concealed."""
    frames = read_frames(encoded)
    decoder = Decoder()
    with sample_writer(sound) as write, _progress(len(frames)) as advance:
        for start in range(0, len(frames), PIECE):
            piece = frames[start : start + PIECE]
            write(decoder.decode_many(piece))
            advance(len(piece))
    _report(_count(frames), as_json)


@app.command("info")
def show_info(
    encoded: Annotated[Path, typer.Argument(help="Encoded speech: .bit, else ten bytes a frame.")],
    as_json: AsJson = False,
) -> None:
    """Show which frames a file holds."""
    _report(_count(read_frames(encoded)), as_json)


def _count(frames: list[bytes | None]) -> dict[int | None, int]:
    found = dict.fromkeys(KINDS, 0)
    for frame in frames:
        found[None if frame is None else len(frame)] += 1
    return found


def _report(found: dict[int | None, int], as_json: bool) -> None:
    total = sum(found.values())
    octets = sum((size or 0) * count for size, count in found.items())
    rate = 800 * octets // total if total else 0
    if as_json:
        kinds = {KINDS[size]: count for size, count in found.items()}
        write_json({"frames": total, "seconds": total / 100, "bits_per_second": rate, **kinds})
        return
    rows = [
        {"kind": say(KINDS[size]), "frames": count, "seconds": count / 100}
        for size, count in found.items()
        if count
    ]
    if rows:
        show(table("Frames", KIND_COLUMNS, rows))
    tell("{seconds} seconds at {rate} bit/s", seconds=total / 100, rate=rate)


@contextmanager
def _progress(count: int) -> Iterator[Any]:
    """Counts frames done; on a terminal a long file has a bar, which goes away when done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=count < LONG) as progress:
        task = progress.add_task(say("Frames"), total=count)
        yield lambda done: progress.advance(task, done)
