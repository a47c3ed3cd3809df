"""The meter in the text format that Prometheus reads (exposition format 0.0.4)."""

from collections.abc import Iterator, Mapping

from sonnette.base.meter import Histogram, Labels, Meter

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(meter: Meter, gauges: Mapping[str, float]) -> str:
    """Every counter and histogram of ``meter``, and the present ``gauges``."""
    return "".join(f"{line}\n" for line in _lines(meter, gauges))


def readings(meter: Meter) -> dict[str, int]:
    """The counters alone, by their names in the same format."""
    return {f"{name}{_labels(labels)}": n for (name, labels), n in sorted(meter.counters.items())}


def _lines(meter: Meter, gauges: Mapping[str, float]) -> Iterator[str]:
    previous = ""
    for (name, labels), value in sorted(meter.counters.items()):
        if name != previous:
            yield f"# TYPE {name} counter"
            previous = name
        yield f"{name}{_labels(labels)} {value}"
    for name, histogram in sorted(meter.histograms.items()):
        yield from _histogram(name, histogram)
    for name, gauge in sorted(gauges.items()):
        yield f"# TYPE {name} gauge"
        yield f"{name} {gauge}"


def _histogram(name: str, histogram: Histogram) -> Iterator[str]:
    yield f"# TYPE {name} histogram"
    below = 0
    for bound, count in zip((*histogram.bounds, "+Inf"), histogram.counts, strict=True):
        below += count
        yield f'{name}_bucket{{le="{bound}"}} {below}'
    yield f"{name}_sum {histogram.total}"
    yield f"{name}_count {below}"


def _labels(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
