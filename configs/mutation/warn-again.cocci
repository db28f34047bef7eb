// SPDX-License-Identifier: GPL-2.0
// Warn each time.
#include "site.cocci"

@@
expression c;
position p : script:python() { site(p) };
@@
- WARN_ON_ONCE@p(c)
+ WARN_ON(c)
