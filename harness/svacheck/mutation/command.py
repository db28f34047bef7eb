# SPDX-License-Identifier: GPL-2.0
"""The command svacheck mutants."""

from __future__ import annotations

import json
import sys

from svacheck.errors import EXIT_INTERRUPTED, EXIT_PASS
from svacheck.mutation import campaign as campaigns
from svacheck.mutation import operators, report
from svacheck.mutation.campaign import HEADER, Options
from svacheck.progress import Progress


def mutants(options: Options, listing: bool, as_json: bool, progress: Progress) -> int:
    """List the mutants, or run a campaign and report; the exit status."""
    families = operators.expected()
    campaign = campaigns.prepare(options, progress)
    if listing:
        for mutant in campaign.mutants:
            print(f"{mutant.id} {mutant.name}:{mutant.line}:{mutant.column}")
        return EXIT_PASS
    campaigns.open_results(campaign)
    try:
        campaigns.run(campaign)
    except KeyboardInterrupt:
        name = campaign.folder.name
        print(
            f"svacheck: interrupted with {len(campaign.records)} results; go on with:"
            f" svacheck mutants --resume {name}",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    header = json.loads((campaign.folder / HEADER).read_text())
    order = {mutant.id: at for at, mutant in enumerate(campaign.mutants)}
    records = sorted(
        (r for r in campaign.records if r["id"] in order), key=lambda r: order[r["id"]]
    )
    made = report.summarise(header, records, campaign.proofs, families)
    report.write(made, campaign.folder)
    if as_json:
        print(json.dumps(made.data, indent=1))
    else:
        print("\n".join([*report.brief_lines(made.data), f"report {campaign.folder}/report.txt"]))
    return made.status
