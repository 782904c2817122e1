"""The report for people: hosts, findings, and what was not checked."""

import sys

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .report import SEVERITIES, Report
from .sarif import sentence

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_WIDE = 200
"""Characters of a line of the table where no terminal says how many there are."""


def show(report: Report) -> None:
    """Print the report: as wide as the terminal, elsewhere as wide as it takes."""
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)
    if report.hosts:
        console.print(_hosts(report))
    for finding in report.findings:
        style = _STYLES[finding.severity]
        where = f" {finding.region}" if finding.region else ""
        console.print(f"[{style}]{finding.severity}[/] [bold]{finding.rule}[/]{where}", soft_wrap=True)
        concerned = [host for host in finding.hosts if host != finding.resource]
        hosts = f" (hosts {', '.join(concerned)})" if concerned else ""
        console.print(f"  {escape(finding.text)}{hosts}", soft_wrap=True, highlight=False)
    for note in report.not_checked:
        console.print(f"[magenta]{escape(sentence(note))}[/]", soft_wrap=True, highlight=False)
    console.print(summary(report), soft_wrap=True, highlight=False)


def summary(report: Report) -> str:
    """Return the last line: how many hosts, findings by severity, and what is open."""
    judged = sum(host.judged for host in report.hosts)
    counts = {name: sum(one.severity == name for one in report.findings) for name in reversed(SEVERITIES)}
    found = ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing"
    places = _number(len(report.regions), "region")
    text = f"Account {report.account}, {places}: {_number(judged, 'Connector host')}; found: {found}."
    if others := len(report.hosts) - judged:
        text += f" Not judged: {_number(others, 'instance')} that only a name tells of (--perhaps)."
    if report.not_checked:
        text += f" {_number(len(report.not_checked), 'check')} could not be made, see above."
    return text


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _hosts(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    told = any(host.connector for host in report.hosts)
    for title in ("Region", "Host", "Name", "State", "Exit", "Remote Network", *(["Connector"] if told else []), "Why"):
        table.add_column(title, overflow="fold")
    for host in report.hosts:
        connector = [f"{host.connector} {host.connector_state} {host.connector_version}".strip()] if told else []
        why = ", ".join(host.why) + ("" if host.judged else " (not judged)")
        row = (host.zone or host.region, host.id, host.name, host.state, host.exit_ip, host.network, *connector, why)
        table.add_row(*map(escape, row))
    return table
