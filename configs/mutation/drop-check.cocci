// SPDX-License-Identifier: GPL-2.0
// Leave out a check and what follows from it.
#include "site.cocci"

@@
expression c;
statement s;
position p : script:python() { site(p) };
@@
- if@p (c) s
