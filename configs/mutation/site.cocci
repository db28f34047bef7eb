// SPDX-License-Identifier: GPL-2.0
// Which of the places that an operator fits is meant: mutation/sites.py runs it on copies whose
// folder says so, "LINE.COLUMN", or asks for all of them with the folder "list".
@initialize:python@
@@
import os
import sys

def site(p):
    place, folder = p[0], os.path.basename(os.path.dirname(p[0].file))
    if folder == "list":
        print("SITE", place.file, place.line, place.column, place.current_element, file=sys.stderr)
        return False
    return folder.split("-")[0] == f"{place.line}.{place.column}"
