"""The ITU's test sequences, and both forms of the kernel to run them on."""

from array import array
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import NamedTuple

from sonnette.base.kernels import is_compiled
from sonnette.codecs.g729 import frames, kernel, read_serial
from tests import vectors

FRAME_BYTES = 160


class Sequence(NamedTuple):
    """A check: a serial stream and the samples that go in or come out."""

    name: str
    stream: str
    samples: str
    annex_b: bool = False

    def frames(self, count=None):
        data = (Path(vectors.ROOT) / "g729" / self.stream).read_bytes()
        return list(read_serial(data))[:count]

    def pcm(self, count=None):
        data = (Path(vectors.ROOT) / "g729" / self.samples).read_bytes()
        size = len(data) - len(data) % FRAME_BYTES if count is None else count * FRAME_BYTES
        return little_endian(data[:size])


def little_endian(data):
    samples = array("h", data)
    if memoryview(array("h", [1])).tobytes()[0] == 0:
        samples.byteswap()
    return samples


DECODER = [
    Sequence(name, f"annex_a/{name}.bit", f"annex_a/{name}.pst")
    for name in ("algthm", "erasure", "fixed", "lsp", "overflow", "speech", "tame")
] + [
    Sequence("tstseq1", "annex_b/tstseq1a.bit", "annex_b/tstseq1a.out", True),
    Sequence("tstseq2", "annex_b/tstseq2a.bit", "annex_b/tstseq2a.out", True),
    Sequence("tstseq4", "annex_b/tstseq4a.bit", "annex_b/tstseq4a.out", True),
    Sequence("tstseq5", "annex_b/tstseq5.bit", "annex_b/tstseq5a.out", True),
]
ENCODER = [
    Sequence(name, f"annex_a/{name}.bit", f"annex_a/{name}.in")
    for name in ("algthm", "fixed", "lsp", "speech", "tame")
] + [
    Sequence(f"tstseq{n}", f"annex_b/tstseq{n}a.bit", f"annex_b/tstseq{n}.bin", True)
    for n in (1, 2, 4)
]


def source_kernel():
    """The kernel as Python runs it, beside the compiled one."""
    path = Path(kernel.__file__).with_name("kernel.py")
    loader = SourceFileLoader("g729_kernel_source", str(path))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def compiled_kernel():
    """The compiled kernel, or None where none was built."""
    return kernel if is_compiled(kernel) else None


def decode(module, payloads):
    """All samples of these frames, by a fresh decoder of ``module``."""
    samples = array("h", bytes(FRAME_BYTES * len(payloads)))
    octets, kinds = frames.lay_out(payloads)
    module.DecoderKernel().decode(octets, kinds, memoryview(samples))
    return samples


def encode(module, samples, annex_b):
    """The frames of all samples, by a fresh encoder of ``module``."""
    count = len(samples) // 80
    octets, kinds = bytearray(10 * count), bytearray(count)
    module.EncoderKernel().encode(memoryview(samples), octets, kinds, annex_b)
    return [
        bytes(octets[10 * i : 10 * i + size]) for i, size in enumerate(frames.frame_sizes(kinds))
    ]
