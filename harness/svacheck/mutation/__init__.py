# SPDX-License-Identifier: GPL-2.0
"""svacheck mutants: what the suites say when the code they judge is changed in one place."""
