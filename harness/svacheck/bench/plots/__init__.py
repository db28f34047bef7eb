# SPDX-License-Identifier: GPL-2.0
"""What a session of svacheck bench has measured, as figures."""

import os

from svacheck.cachedirs import Cache

# Before matplotlib is imported, which keeps a list of fonts
os.environ.setdefault("MPLCONFIGDIR", str(Cache.default().root / "matplotlib"))
