"""The page docs/benchmarks.md: targets first, then a table for each subject. Values come from bench.py."""

import dataclasses
import math
import statistics
import typing

from contenders import MOST
from measures import FEW, FOREIGN, SOME

KIB = 1024
MIB = 1024 * KIB


class Values:
    """What was measured, with the questions that tables and targets ask."""

    def __init__(self, values):
        self.values = values

    def all(self, group, label, name, column):
        return self.values.get(group, {}).get(label, {}).get(name, {}).get(column, [])

    def median(self, group, label, name, column="cpu"):
        found = self.all(group, label, name, column)
        return statistics.median(found) if found else None

    def ratios(self, group, label, name, other="floor", column="cpu", *, other_at=None):
        """Within each round, to what another one took (for another case: OTHER_AT)."""
        mine = self.all(group, label, name, column)
        theirs = self.all(*(other_at or (group, label)), other, column)
        return [a / b for a, b in zip(mine, theirs) if b]

    def ratio(self, *names, **more):
        """Median of the ratios."""
        found = self.ratios(*names, **more)
        return statistics.median(found) if found else None

    def names(self, group):
        return list(dict.fromkeys(name for label in self.values.get(group, {}).values() for name in label))

    def labels(self, group):
        return list(self.values.get(group, {}))


def with_spread(values, digits):
    """A median and from where to where the rounds went."""
    if not values:
        return "–"
    text = f"{statistics.median(values):,.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def surely_between(values):
    """From where to where the median of all that could be measured lies, with 95 %, whatever the values' distribution:
    two of them, by rank. None where there are too few."""
    n, below, rank = len(values), 0.0, 0
    while rank < n and below + math.comb(n, rank) / 2**n <= 0.025:
        below += math.comb(n, rank) / 2**n
        rank += 1
    known = sorted(values)
    return (known[rank - 1], known[n - rank]) if rank else None


def times(ratio):
    return "–" if ratio is None else f"{ratio:.2f} ×"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *["| " + " | ".join(row) + " |" for row in rows]]


def size(nbytes):
    if nbytes is None:
        return "–"
    if abs(nbytes) < 4096:
        return f"{nbytes:,.0f} B"
    return f"{nbytes / KIB:,.0f} KiB" if nbytes < 10 * MIB else f"{nbytes / MIB:,.1f} MiB"


# -- targets

@dataclasses.dataclass
class Target:
    """The median of what MEASURED(values) returns is to be at most LIMIT; SHOW writes both."""
    text: str
    measured: typing.Callable
    limit: float
    show: typing.Callable = times


def _worst(*found):
    """Of several series, the one whose median is highest."""
    return max((one for one in found if one), key=statistics.median, default=[])


def _ratio(group, label, other, **more):
    return lambda v: v.ratios(group, label, "dockgate", other, **more)


def _worst_of(group, other):
    return lambda v: _worst(*(v.ratios(group, label, "dockgate", other) for label in v.labels(group)))


def _all(group, label, column):
    return lambda v: v.all(group, label, "dockgate", column)


def _chunked_to_counted(v):
    """Chunked bodies beside counted ones, the worst of both ways and both sockets."""
    return _worst(*(v.ratios(group, f"chunked, {address}", "dockgate", "dockgate",
                             other_at=(group, f"content-length, {address}"))
                    for group in ("download", "upload") for address in ("tcp", "unix")))


def _more_for_a_body(v):
    """Microseconds that the check of a body adds."""
    return [a - b for a, b in zip(v.all("bodies", "checked", "dockgate", "cpu"),
                                  v.all("bodies", "passed on", "dockgate", "cpu"))]


def _more_for_a_view(v):
    """Nanoseconds a byte that the costliest view takes above twice the floor's CPU for the same list."""
    floor, size_ = v.all("views", "all of it", "floor", "cpu"), v.median("views", "all of it", "floor", "bytes")
    return _worst(*([(mine - 2 * theirs) * 1000 / size_
                     for mine, theirs in zip(v.all("views", label, "dockgate", "cpu"), floor)]
                    for label in v.labels("views")))


def microseconds(value):
    return "–" if value is None else f"{value:.1f} µs"


def nanoseconds(value):
    return "–" if value is None else f"{value:.1f} ns"


def milliseconds(value):
    return "–" if value is None else f"{value:.1f} ms"


def targets():
    """All of them, in the order of the page."""
    rows = []
    for connections in ("1 connection", "64 connections", "512 connections"):
        rows.append(Target(f"CPU per allowed request, {connections}: to the floor",
                           _ratio("requests", connections, "floor"), 1.2))
        for other in ("nginx", "haproxy"):
            rows.append(Target(f"CPU per allowed request, {connections}: to tuned {other}",
                               _ratio("requests", connections, other), 0.75))
    one = "1 connection"
    rows += [
        Target("CPU per denied request, 64 connections: to the floor's allowed one",
               lambda v: v.ratios("denied", "64 connections", "dockgate", "floor",
                                  other_at=("requests", "64 connections")), 0.6),
        Target("Latency on one connection, median: to the floor", _ratio("requests", one, "floor", column="p50"), 1.15),
        Target("Latency on one connection, 99 %: to the floor", _ratio("requests", one, "floor", column="p99"), 1.3),
        Target("CPU per GiB downloaded, worst way: to the floor", _worst_of("download", "floor"), 0.85),
        Target("CPU per GiB uploaded, worst way: to the floor", _worst_of("upload", "floor"), 0.85),
        Target("CPU per GiB of a tunnel, worst way: to the floor", _worst_of("tunnel", "floor"), 0.85),
        Target("Chunked bodies, worst way: to counted ones", _chunked_to_counted, 1.05),
        Target("Memory at rest (PSS)", _all("memory", "at rest", "bytes"), MIB, size),
        Target("Memory of an idle kept-alive connection", _all("memory", "an idle connection", "bytes"), 400, size),
        Target("Memory of an open, silent stream, both sides", _all("memory", "a silent stream", "bytes"), 1024, size),
        Target(f"Memory of the process with {MOST:,} streams", _all("memory", "a silent stream", "all"), 16 * MIB, size),
        Target("Memory of a connection with a slow reader of 10 GiB",
               _all("memory", "a slow reader of 10 GiB", "bytes"), MIB, size),
        Target("Start to first answer", _all("start", "first answer", "ms"), 10, milliseconds),
        Target(f"Start to first answer with {len(FOREIGN):,} variables of others", _all("start", f"{len(FOREIGN):,} variables", "ms"),
               10, milliseconds),
        Target(f"CPU per request beside {MOST:,} idle connections: to 64 idle",
               _ratio("idle", f"{MOST:,} idle", "dockgate", other_at=("idle", "64 idle")), 1.15),
        Target("CPU per request, two workers: to one",
               _ratio("workers", "2 workers", "dockgate", other_at=("workers", "1 worker")), 1.05),
        Target("CPU per request with 1,000 rules: to none",
               _ratio("rules", "1,000 rules", "dockgate", other_at=("rules", "no rules")), 1.3),
        Target("CPU per request with 1,000 names in a file: to no rules",
               _ratio("rules", "1,000 names in a file", "dockgate", other_at=("rules", "no rules")), 1.3),
        Target("The check of a body of containers/create adds", _more_for_a_body, 30, microseconds),
        Target("A view over 1,000 containers, above twice the floor's CPU, a byte", _more_for_a_view, 5, nanoseconds),
    ]
    return rows


def targets_table(v):
    rows = []
    for target in targets():
        found = target.measured(v)
        value = statistics.median(found) if found else None
        between = surely_between(found)
        met = "not measured" if value is None else "met" if value <= target.limit else "**not met**"
        rows.append([target.text, f"at most {target.show(target.limit)}", target.show(value),
                     " to ".join(target.show(one) for one in between) if between else "–", met])
    return table(["dockgate, one worker", "target", "measured", "95 %", ""], rows)


# -- subjects

def requests_table(v):
    labels = v.labels("requests")
    rows = []
    for name in v.names("requests"):
        cells = [name]
        for label in labels:
            values = v.all("requests", label, name, "cpu")
            cells.append(f"{with_spread(values, 1)}, {times(v.ratio('requests', label, name))}")
        values = v.all("denied", "64 connections", name, "cpu")
        ratio = v.ratio("denied", "64 connections", name, other_at=("requests", "64 connections"))
        cells.append(f"{with_spread(values, 1)}, {times(ratio)}" if values else "–")
        rows.append(cells)
    return table(["µs CPU a request", *labels, "denied, 64 connections"], rows)


def latency_table(v):
    rows = []
    for name in v.names("requests"):
        cells = [name]
        for column in ("p50", "p99"):
            values = v.all("requests", "1 connection", name, column)
            cells.append(f"{with_spread(values, 0)}, {times(v.ratio('requests', '1 connection', name, column=column))}")
        for label in v.labels("rate"):
            medians = [v.median("rate", label, name, column) for column in ("p50", "p99", "p999")]
            cells.append(" / ".join(f"{one:,.0f}" for one in medians if one is not None) or "–")
        rows.append(cells)
    return table(["latency in µs", "1 connection, median", "1 connection, 99 %",
                  *[f"{label}, 50 / 99 / 99.9 %" for label in v.labels("rate")]], rows)


def bulk_table(v):
    names = v.names("download")
    rows = []
    for group in ("download", "upload", "tunnel"):
        for label in v.labels(group):
            cells = [f"{group}, {label}"]
            for name in names:
                values = v.all(group, label, name, "cpu")
                cells.append(f"{with_spread(values, 2)}, {times(v.ratio(group, label, name))}" if values else "–")
            rows.append(cells)
    return table(["s CPU a GiB", *names], rows)


def memory_table(v):
    rows = []
    for name in v.names("memory"):
        cells = [name]
        for label in v.labels("memory"):
            cells.append(size(v.median("memory", label, name, "bytes")))
        cells.append(size(v.median("memory", "a silent stream", name, "all")))
        rows.append(cells)
    return table(["memory (PSS)", *v.labels("memory"), f"process with {MOST:,} streams"], rows)


def cpu_table(v, group, head, other):
    """Rows of one case each: CPU a request, rate and 99 % of latency; ratio to the contender OTHER, or, if that is a
    label, to that case."""
    rows = []
    for label in v.labels(group):
        for name in v.names(group):
            if not v.all(group, label, name, "cpu"):
                continue
            at = (group, other) if other in v.labels(group) else None
            ratio = v.ratio(group, label, name, name if at else other, other_at=at)
            rows.append([label, name, f"{with_spread(v.all(group, label, name, 'cpu'), 1)}, {times(ratio)}",
                         with_spread(v.all(group, label, name, "rate"), 0),
                         " / ".join(f"{v.median(group, label, name, one):,.0f}" for one in ("p50", "p99"))])
    return table([head, "", "µs CPU a request", "requests a second", "latency in µs, 50 / 99 %"], rows)


def views_table(v):
    rows = []
    for label in v.labels("views"):
        for name in v.values["views"][label]:
            found = v.all("views", label, name, "cpu")
            rows.append([label, name, f"{with_spread(found, 0)}, "
                         + times(v.ratio("views", label, name, other_at=("views", "all of it"))),
                         size(v.median("views", label, name, "bytes"))])
    return table(["", "", "µs CPU a request", "bytes that the client gets"], rows)


def calls_table(v):
    rows = []
    for label in v.labels("calls"):
        for name in v.names("calls"):
            columns = v.values["calls"][label].get(name, {})
            parts = sorted(((one, column) for column, (one, *_) in columns.items() if column != "all"), reverse=True)
            rows.append([label, name, f"{v.median('calls', label, name, 'all'):.2f}" if columns else "–",
                         ", ".join(f"{column} {one:.2f}" for one, column in parts)])
    return table(["", "", "system calls a request", "which"], rows)


def start_table(v):
    labels = v.labels("start")
    return table(["ms from start to first answer", "", *labels[1:]],
                 [[name, *(with_spread(v.all("start", label, name, "ms"), 1) for label in labels)]
                  for name in v.names("start")])


def sections(v):
    """Heading, what has to be known, table. Those without values are left out."""
    return [
        ("requests", "CPU per request", "`GET /v1.41/containers/json` on kept-alive connections, 300 bytes of answer."
         " Denied is `GET /v1.41/images/json`; its ratio is to the floor's allowed request.", requests_table),
        ("requests", "Latency", "One connection: request after request. At a fixed rate: 64 connections; a latency"
         " counts from the moment at which the request was due, so that a stall is not hidden.", latency_table),
        ("download", "CPU per GiB", "One body on one connection, as fast as it goes, the client on TCP or a unix"
         " socket, the engine on a unix socket. Chunks have 32 KiB.", bulk_table),
        ("memory", "Memory", "Of the process, after its first hundred requests; of one connection, as the mean over all"
         " that were open. The kernel's socket buffers are not in it.", memory_table),
        ("idle", "Beside idle connections", "64 busy connections, as above, beside idle ones.",
         lambda v: cpu_table(v, "idle", "", "64 idle")),
        ("calls", "System calls", "Of the proxy's processes, by `strace -c -f`, in a run of its own.", calls_table),
        ("start", "Start", "From before the process is made to the first answer with status 200; with an"
         " environment as Kubernetes makes it, too, of which each variable might be a misspelt option.", start_table),
        ("workers", "Workers", "64 connections; the workers may use both cores, which engine and load use too.",
         lambda v: cpu_table(v, "workers", "", "1 worker")),
        ("dockerd", "A real engine", "`GET /v1.41/containers/json?all=1` of dockerd 20.10 with ten containers. It takes"
         " far longer than any proxy.", lambda v: cpu_table(v, "dockerd", "", "floor")),
        ("rules", "Rules", "64 connections; a thousand rules of the wollomatic dialect, alternatives inside, of which one in"
         " their midst allows the request, and a thousand names in `dockgate.yaml`, beside options.",
         lambda v: cpu_table(v, "rules", "", "no rules")),
        ("bodies", "Bodies of requests", "64 connections; `POST /v1.41/containers/create` with a body of 1,890 bytes as the docker"
         " CLI sends it, passed on as it is, or checked by the policy `safe` and written anew.",
         lambda v: cpu_table(v, "bodies", "", "passed on")),
        ("views", "Views", "4 connections; a list of 1,000 containers with 1.4 MB. Ratios are to the floor, which passes all"
         " of it.", views_table),
    ]


def write(about, plot_name):
    """The whole page."""
    v = Values(about["values"])
    share = max((max(columns.get("generator", [0])) for labels in v.values.values() for names in labels.values()
                 for columns in names.values()), default=0)
    lines = [
        "# Benchmarks",
        "",
        "<!-- Made by script/bench; run it again instead of editing. -->",
        "",
        f"Measured on {about['machine']}: {'; '.join(about['versions'])}. Medians of {about['rounds']} rounds"
        f" (of what takes longer {SOME} or {FEW}, of memory 1 to 3), in which the proxies run in turn; in brackets the lowest"
        " and the highest round; ratios are medians of the ratios within a round. Targets have two figures beside the"
        " median: between them the median of endlessly many rounds lies, with a certainty of 95 % (by ranks)."
        + (" A quick run: few rounds, so wide spreads." if about["quick"] else ""),
        "",
        "What counts is the CPU time of the proxy's processes (nanoseconds of the scheduler). Each proxy has one worker"
        " on a core of its own and writes an access log into a pipe that is read; dockgate's and the tuned ones' is in"
        " JSON. A stub engine and the load generator share the other core"
        f" (the generator took at most {share * 100:.0f} % of it).",
        "",
        "*floor* is a relay of one thread that copies bytes, 64 KiB at a time, and looks at nothing: what a proxy costs"
        " more is what it costs to read and decide. *nginx* and *haproxy* have a regex for each option and are tuned:"
        " kept connections to the engine, no buffering on disk. *As shipped* are the same in the manner of the images"
        " that people run: mjmccans' nginx, Tecnativa's haproxy. All of it is in `tests/bench`.",
        "",
        f"![What the proxies cost, as bars]({plot_name})",
        "",
        "## Targets",
        "",
        *targets_table(v),
    ]
    for group, heading, text, make in sections(v):
        if v.labels(group):
            lines += ["", f"## {heading}", "", text, "", *make(v)]
    lines += ["", "## Repeat it", "", "`script/bench` (about ten minutes), `script/bench --quick` (below three), or a"
              " part: `script/bench --only download --contenders floor,dockgate --rounds 5`. It needs Debian's"
              " nginx-light and haproxy and installs them; for the real engine also root and docker.io."]
    return "\n".join(lines) + "\n"


SHORT = [
    ("µs CPU a request", "requests", "64 connections", "cpu", "{:.1f}"),
    ("denied", "denied", "64 connections", "cpu", "{:.1f}"),
    ("s CPU a GiB down", "download", "chunked, tcp", "cpu", "{:.2f}"),
    ("up", "upload", "chunked, tcp", "cpu", "{:.2f}"),
    ("memory at rest", "memory", "at rest", "bytes", None),
    ("an idle connection", "memory", "an idle connection", "bytes", None),
    ("a silent stream", "memory", "a silent stream", "bytes", None),
]
BEGIN, END = "<!-- script/bench writes from here -->\n", "<!-- to here -->\n"


def short_table(v):
    rows = []
    for name in v.names("requests"):
        cells = [name]
        for _, group, label, column, form in SHORT:
            value = v.median(group, label, name, column)
            cells.append("–" if value is None else form.format(value) if form else size(value))
        rows.append(cells)
    return table(["", *[head for head, *_ in SHORT]], rows)


def with_short_table(readme, about):
    """README's text with the short table in its place."""
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + "\n".join(short_table(Values(about["values"]))) + "\n" + END + after


def summary(about):
    """The targets, for the terminal."""
    return "\n".join(targets_table(Values(about["values"])))


def plain(values):
    """All that was measured, as lines."""
    v = Values(values)
    lines = []
    for group in values:
        for label in v.labels(group):
            lines.append(f"\n{group}, {label}")
            for name, columns in values[group][label].items():
                cells = [f"{column} {statistics.median(all_):.4g} [{min(all_):.4g} {max(all_):.4g}]"
                         for column, all_ in columns.items()]
                lines.append(f"  {name:<20} {times(v.ratio(group, label, name)):>7}   " + "  ".join(cells))
    return "\n".join(lines)
