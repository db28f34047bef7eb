// SPDX-License-Identifier: GPL-2.0
// Do not warn.
#include "site.cocci"

@@
expression c;
position p : script:python() { site(p) };
@@
(
- WARN_ON_ONCE@p(c)
+ (c)
|
- WARN_ON@p(c)
+ (c)
)
