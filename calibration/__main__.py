"""`python -m calibration`: checks the lab against experiments whose truth is known, and prints what was found."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from calibration.alike import check_alike, check_families, check_uneven
from calibration.check import Check, print_checks
from calibration.choosing import check_choosing
from calibration.controls import check_controls
from calibration.crew import Crew, open_crew
from calibration.effects import check_effects, check_several
from calibration.faults import FAULTS
from calibration.grids import check_grids
from calibration.looks import check_looks, check_stopping
from calibration.missing import check_missing
from calibration.passing import check_passes
from calibration.product import SHIPPED, Product
from calibration.relations import check_relations
from calibration.running import check_runs
from calibration.scheduling import check_schedules
from calibration.size import SIZES, Size

Case = Callable[[Size, Crew, Product], Iterator[Check]]
CASES: Mapping[str, Case] = {
    "alike": check_alike,
    "families": check_families,
    "effects": check_effects,
    "uneven": check_uneven,
    "several": check_several,
    "looks": check_looks,
    "stopping": check_stopping,
    "passes": check_passes,
    "grids": check_grids,
    "choosing": check_choosing,
    "missing": check_missing,
    "relations": check_relations,
    "controls": check_controls,
    "schedules": check_schedules,
    "runs": check_runs,
}


def main(arguments: Sequence[str]) -> int:
    """Check, print, and say by the exit code whether all is as it has to be."""
    parser = argparse.ArgumentParser(prog="python -m calibration", description=__doc__)
    parser.add_argument("--case", action="append", choices=list(CASES), help="only this one; may be given again")
    parser.add_argument("--size", choices=list(SIZES), default="full", help="how much is drawn")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="that share the drawing")
    parser.add_argument("--fault", choices=list(FAULTS), help="put this fault in the lab's place: it has to be found")
    given = parser.parse_args(arguments)
    product, case = FAULTS[given.fault] if given.fault else (SHIPPED, "")
    names = given.case or ([case] if case else list(CASES))
    began, found = time.monotonic(), []
    with open_crew(given.seed, given.processes) as crew:
        for name in (name for name in CASES if name in names):
            start = time.monotonic()
            checks = list(CASES[name](SIZES[given.size], crew, product))
            print_checks(f"{name} ({time.monotonic() - start:.0f} s)", checks)
            found += checks
    out = [check.what for check in found if not check.is_good]
    print(f"\n{len(found)} checks, {len(out)} out, {time.monotonic() - began:.0f} s, {given.size}, seed {given.seed}")
    return int(bool(out))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
